//! Sweeping, also when there is a lot.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use warung_chassis::{housekeeping, testing::TestApp};

use crate::sample::service;

/// Rows that a statement may delete before the time for it could end.
const GUARD: &str = "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    IF (SELECT count(*) FROM gone) > 5000 THEN RAISE 'too many rows at once'; END IF; RETURN NULL; END $$; \
    CREATE TRIGGER guard AFTER DELETE ON inbox REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION guard(); \
    CREATE TRIGGER guard AFTER DELETE ON idempotency_keys REFERENCING OLD TABLE AS gone FOR EACH STATEMENT \
    EXECUTE FUNCTION guard();";

async fn fill(pool: &PgPool, rows: i32, at: OffsetDateTime) {
    sqlx::query("INSERT INTO inbox SELECT gen_random_uuid(), 'type', $2 FROM generate_series(1, $1)")
        .bind(rows)
        .bind(at)
        .execute(pool)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO idempotency_keys (caller, key, fingerprint, status, body, created_at) \
         SELECT 'caller', gen_random_uuid(), '', 200, '', $2 FROM generate_series(1, $1)",
    )
    .bind(rows)
    .bind(at)
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn all_that_is_old_is_swept_few_rows_at_a_time_and_nothing_else() {
    let app = TestApp::start(service(), &[]).await;
    let (pool, now) = (app.db.as_ref().unwrap().pool(), app.clock.now());
    sqlx::raw_sql(GUARD).execute(pool).await.unwrap();
    fill(pool, 10_001, now - Duration::days(90)).await;
    fill(pool, 3, now - Duration::hours(1)).await;
    housekeeping::sweep(pool, now).await.unwrap();
    let left: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM idempotency_keys)")
            .fetch_one(pool)
            .await
            .unwrap();
    assert_eq!(left, (3, 3));
    app.stop().await;
}
