//! Pages that are kept in memory.

use serde_json::json;
use warung_chassis::testing::TestApp;
use warung_contracts::id::ProductId;

use crate::shop::{order, product, start};

async fn shown(app: &TestApp, id: ProductId) -> (String, i64) {
    let page = app.send("GET", &format!("/api/v1/products/{id}"), None, None).await.body;
    (page["name"].as_str().unwrap().to_owned(), page["available"].as_i64().unwrap())
}

/// Changes the database behind the service's back, as another replica does.
async fn elsewhere(app: &TestApp, statement: &'static str) {
    sqlx::raw_sql(statement).execute(app.db.as_ref().unwrap().pool()).await.unwrap();
}

#[tokio::test]
async fn a_page_is_kept_until_another_replicas_change_is_heard_of() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    app.run_job("hear_changes").await;
    assert_eq!(shown(&app, id).await, ("Kopi".into(), 5));
    elsewhere(&app, "UPDATE products SET name = 'Teh'").await;
    assert_eq!(shown(&app, id).await.0, "Kopi", "nobody told");
    elsewhere(
        &app,
        "INSERT INTO product_changes (product_id, created_at) SELECT product_id, now() FROM products",
    )
    .await;
    app.run_job("hear_changes").await;
    assert_eq!(shown(&app, id).await.0, "Teh");
    let stock = "UPDATE stock_levels SET on_hand = 7; INSERT INTO stock_movements \
        (product_id, variant_id, location_id, kind, on_hand_delta, reserved_delta, actor, created_at) \
        SELECT product_id, variant_id, location_id, 'adjusted', 2, 0, 'x', now() FROM stock_levels";
    elsewhere(&app, stock).await;
    app.run_job("hear_changes").await;
    assert_eq!(shown(&app, id).await.1, 7);
    // What happens on this replica shows at once.
    app.deliver(&order(&[(id, 1)])).await.unwrap();
    assert_eq!(shown(&app, id).await.1, 6);
    let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM product_changes");
    app.run_job("sweep_changes").await;
    assert_ne!(rows.fetch_one(app.db.as_ref().unwrap().pool()).await.unwrap(), 0, "they are not old yet");
    assert_eq!(json!(id), json!(id.to_string()));
    app.stop().await;
}

#[tokio::test]
async fn old_changes_go_few_at_a_time_however_many_there_are() {
    let app = start().await;
    let pool = app.db.as_ref().unwrap().pool();
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let many = format!(
        "DELETE FROM product_changes; \
         INSERT INTO product_changes (product_id, created_at) \
             SELECT '{}', CASE WHEN n = 1 THEN 'infinity' ELSE '-infinity' END::timestamptz FROM generate_series(1, 12000) n; \
         CREATE FUNCTION too_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF (SELECT count(*) FROM gone) > 5000 THEN RAISE 'too many at once'; END IF; RETURN NULL; END $$; \
         CREATE TRIGGER too_many AFTER DELETE ON product_changes REFERENCING OLD TABLE AS gone \
             FOR EACH STATEMENT EXECUTE FUNCTION too_many()",
        id.uuid()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(many)).execute(pool).await.unwrap();
    app.run_job("sweep_changes").await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM product_changes").fetch_one(pool).await.unwrap();
    assert_eq!(left, 1, "what is not old");
    app.stop().await;
}
