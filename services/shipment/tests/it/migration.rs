//! What the first version wrote is what the next one reads.

use sqlx::{Executor as _, PgConnection, Row as _};

use crate::start;

const FIRST: &str = include_str!("../../migrations/20261121000001_create_shipments.sql");
const PARCELS: &str = include_str!("../../migrations/20261121000003_create_parcels.sql");

/// A parcel that is under way, one that was delivered, and what happened to it.
const OLD: &str = "
    INSERT INTO shipments SELECT ('00000000-0000-7000-8000-00000000000' || n)::uuid, gen_random_uuid(), 'KOPI-' || n,
        gen_random_uuid(), state, 'Sandbox Express', 'SBX' || n, '{\"recipient\": \"Sari\"}',
        '[{\"sku\": \"A\", \"quantity\": 2}, {\"sku\": \"B\", \"quantity\": 3}]', now(), now()
    FROM (VALUES (1, 'dispatched'), (2, 'delivered')) AS old (n, state);
    INSERT INTO tracking_events SELECT '00000000-0000-7000-8000-000000000002', n, 'created', 'text ' || n, now()
    FROM generate_series(0, 11) AS n;
";

async fn migrated(conn: &mut PgConnection) {
    conn.execute("CREATE SCHEMA old; SET search_path = old").await.unwrap();
    for statements in [FIRST, OLD, PARCELS] {
        conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()))).await.unwrap();
    }
}

#[tokio::test]
async fn shipments_of_the_first_version_become_one_parcel_each() {
    let app = start().await;
    let mut conn = app.db.as_ref().unwrap().pool().acquire().await.unwrap().detach();
    migrated(&mut conn).await;
    let rows = sqlx::query(
        "SELECT number, state, carrier, tracking_number, items::text AS items, poll_at IS NOT NULL AS asked FROM parcels ORDER BY 4",
    );
    let rows = rows.fetch_all(&mut conn).await.unwrap();
    let read = |at: usize| {
        let row = &rows[at];
        let texts: [String; 4] =
            ["state", "carrier", "tracking_number", "items"].map(|column| row.get(column));
        (row.get::<i32, _>("number"), texts, row.get::<bool, _>("asked"))
    };
    let items = r#"[{"line": 0, "quantity": 2}, {"line": 1, "quantity": 3}]"#;
    assert_eq!(read(0), (1, ["dispatched", "sandbox", "SBX1", items].map(str::to_owned), true));
    assert_eq!(read(1), (1, ["delivered", "sandbox", "SBX2", items].map(str::to_owned), false));
    let told: Vec<String> = sqlx::query_scalar("SELECT description FROM parcel_events ORDER BY position")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert_eq!(told, (0..12).map(|n| format!("text {n}")).collect::<Vec<_>>());
    drop(conn);
    app.stop().await;
}
