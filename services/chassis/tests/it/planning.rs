//! Statements that are made often are planned once.

use sqlx::PgConnection;
use uuid::Uuid;
use warung_chassis::testing::TestApp;

use crate::sample::service;

/// By a list of one id, which PostgreSQL can't see in a plan for any list and takes for ten.
const ASKED: &str = "SELECT event_id FROM inbox WHERE event_id = ANY($1)";

async fn ask(conn: &mut PgConnection, times: u32) {
    for _ in 0..times {
        sqlx::query(ASKED).bind(vec![Uuid::nil()]).fetch_all(&mut *conn).await.unwrap();
    }
}

/// How often it was planned for its values on this connection.
async fn planned_for_values(conn: &mut PgConnection) -> i64 {
    let query =
        "SELECT coalesce(sum(custom_plans), 0)::bigint FROM pg_prepared_statements WHERE statement = $1";
    sqlx::query_scalar(query).bind(ASKED).fetch_one(conn).await.unwrap()
}

#[tokio::test]
async fn a_unit_of_work_and_a_look_plan_a_statement_once_and_a_plain_read_for_its_values() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.as_ref().unwrap();
    let mut tx = db.begin().await.unwrap();
    ask(tx.conn(), 10).await;
    assert_eq!(planned_for_values(tx.conn()).await, 0);
    drop(tx);
    let mut look = db.look().await.unwrap();
    ask(&mut look, 10).await;
    assert_eq!(planned_for_values(&mut look).await, 0);
    drop(look);
    let mut conn = db.pool().acquire().await.unwrap();
    ask(&mut conn, 10).await;
    assert_eq!(planned_for_values(&mut conn).await, 10);
    drop(conn);
    app.stop().await;
}
