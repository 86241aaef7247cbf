//! An access token outlives its account by some minutes: nothing is written with it any more.

use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;
use warung_chassis::testing;
use warung_contracts::{
    event::{OrderPlaced, PaymentDecided, StockRejected, UserDeleted},
    id::{OrderId, PaymentId, UserId},
};

use crate::shop::Shop;

/// The lock that an erasure takes, as `is_erased` knows it.
pub const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))";

/// Returns when somebody waits for a lock as [`LOCK`].
pub async fn until_somebody_waits(pool: &PgPool) {
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                   WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    testing::eventually("somebody waits", async || {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await.unwrap();
        (waiting > 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_orders_cancels_and_returns_nothing() {
    let shop = Shop::start().await;
    let (open, done) = (shop.order().await, shop.order().await);
    shop.complete(done, shop.total()).await;
    shop.fill_anew().await;
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    let sent_back = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "Sari changed her mind"});
    let why = json!({"reason": "Sari has moved"});
    for (path, body) in [
        ("/api/v1/checkout".to_owned(), crate::shop::body()),
        (format!("/api/v1/orders/{open}/cancel"), why),
        (format!("/api/v1/orders/{done}/returns"), sent_back),
    ] {
        let answer = shop.post(&path, "k", Some(body)).await;
        assert_eq!(answer.status, 401, "{path}: {}", answer.body);
    }
    assert!(shop.app.published().await.is_empty());
    assert_eq!(shop.app.answers_kept(shop.user).await, 0);
    assert_eq!(shop.get("/api/v1/orders").await.body["items"].as_array().unwrap().len(), 2);
    shop.stop().await;
}

#[tokio::test]
async fn an_order_that_meets_the_end_of_its_account_is_not_placed() {
    let shop = Shop::start().await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    let mut erasure = pool.begin().await.unwrap();
    sqlx::query(LOCK).bind(shop.user.uuid()).execute(&mut *erasure).await.unwrap();
    sqlx::query("INSERT INTO erased_users (user_id, erased_at) VALUES ($1, now())")
        .bind(shop.user.uuid())
        .execute(&mut *erasure)
        .await
        .unwrap();
    let end = async {
        until_somebody_waits(pool).await;
        erasure.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(shop.checkout("k"), end);
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(shop.app.published_only::<OrderPlaced>().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn an_erasure_waits_for_the_order_that_is_being_placed() {
    let shop = Shop::start().await;
    let id: OrderId = shop.order().await;
    let pool = shop.app.db.as_ref().unwrap().pool();
    let mut checkout = pool.begin().await.unwrap();
    let gone: bool = sqlx::query_scalar("SELECT is_erased($1)")
        .bind(shop.user.uuid())
        .fetch_one(&mut *checkout)
        .await
        .unwrap();
    assert!(!gone);
    let free = "SELECT pg_try_advisory_xact_lock(hashtextextended('erasure of ' || $1::text, 0))";
    let is_free =
        async || -> bool { sqlx::query_scalar(free).bind(shop.user.uuid()).fetch_one(pool).await.unwrap() };
    assert!(!is_free().await);
    checkout.commit().await.unwrap();
    assert!(is_free().await);
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    let forget: bool = sqlx::query_scalar("SELECT forget FROM orders WHERE order_id = $1")
        .bind(id.uuid())
        .fetch_one(pool)
        .await
        .unwrap();
    assert!(forget, "it is erased at its end");
    shop.stop().await;
}

#[tokio::test]
async fn why_somebody_decided_about_a_payment_is_not_kept_longer_than_the_account() {
    let shop = Shop::start().await;
    let order_id = shop.order().await;
    let (payment_id, author) = (PaymentId(Uuid::now_v7()), UserId(Uuid::now_v7()));
    let decided = |amount, reason: &str| {
        let (deed, reason) = ("refund".to_owned(), reason.to_owned());
        PaymentDecided { order_id, payment_id, deed, amount, author, reason }
    };
    shop.app.deliver(&decided(Some(shop.total()), "Sari asked: at once")).await.unwrap();
    shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await.unwrap();
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    // Told before, heard after.
    shop.app.deliver(&decided(None, "Sari called")).await.unwrap();
    let path = format!("/api/v1/admin/orders/{order_id}/timeline");
    let timeline = shop.as_admin("GET", &path, None).await;
    let entries = timeline["items"].as_array().unwrap().iter();
    let said: Vec<&Value> =
        entries.filter(|entry| entry["author"] == json!(author)).map(|entry| &entry["text"]).collect();
    let all = format!("{} is to go back: erased", shop.total());
    assert_eq!(said, [&json!(all), &json!("all is to go back: erased")]);
    shop.stop().await;
}
