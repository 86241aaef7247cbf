//! A guest's order becomes an account's.

use serde_json::json;
use tonic::Code;
use warung_chassis::testing::{self, Answer};
use warung_contracts::{
    event::{OrderClaimed, OrderPlaced, StockRejected, UserDeleted},
    grpc::order::{GetTokenRequest, guests_client::GuestsClient},
    id::{OrderId, UserId},
};

use crate::{
    gone::{LOCK, until_somebody_waits},
    guests::guest_body,
    shop::Shop,
};

/// A guest's order: its id, its token, and as whom events speak of the guest.
async fn ordered(shop: &Shop) -> (OrderId, String, UserId) {
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let placed = shop.guest_checkout(&cart, &cart, guest_body()).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let told = shop.app.published_only::<OrderPlaced>().await;
    (told[0].order_id, placed.body["access_token"].as_str().unwrap().to_owned(), told[0].user_id)
}

async fn claim(shop: &Shop, account: &str, order: OrderId, token: &str) -> Answer {
    let path = format!("/api/v1/orders/{order}/claim");
    shop.app.send_with("POST", &path, Some(account), &[("order-token", token)], None).await
}

#[tokio::test]
async fn who_logs_in_keeps_the_order_and_its_token_opens_nothing() {
    let shop = Shop::start().await;
    let (order, token, guest_id) = ordered(&shop).await;
    let claimed = claim(&shop, &shop.token, order, &token).await;
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    assert_eq!(
        (&claimed.body["id"], &claimed.body["actions"]),
        (&json!(order), &json!(["cancel", "correct_address"]))
    );
    let told = shop.app.published_only::<OrderClaimed>().await;
    let number = claimed.body["number"].as_str().unwrap().to_owned();
    assert_eq!(
        told,
        [OrderClaimed { order_id: order, number: number.clone(), user_id: shop.user, guest_id }]
    );

    assert_eq!(shop.get("/api/v1/orders").await.body["items"][0]["id"], json!(order));
    assert_eq!(shop.app.exported(shop.user).await["orders"][0]["contact"]["name"], "Tamu");
    let path = format!("/api/v1/orders/{order}");
    let by_token = shop.app.send_with("GET", &path, None, &[("order-token", &token)], None).await;
    assert_eq!(by_token.status, 404);
    let body = Some(json!({"number": number, "email": "tamu@example.com"}));
    assert_eq!(shop.app.send("POST", "/api/v1/orders/lookup", None, body).await.status, 404);
    let mut guests = GuestsClient::new(shop.app.peer("notification").await);
    let asked = guests.get_token(GetTokenRequest { order_id: order.to_string() }).await;
    assert_eq!(asked.unwrap_err().code(), Code::NotFound);
    let timeline = shop.as_admin("GET", &format!("/api/v1/admin/orders/{order}/timeline"), None).await;
    let last = timeline["items"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["author"]), (&json!("claimed"), &json!(shop.user)), "{timeline}");
    // Once more changes nothing, with the token or without; nobody else gets it.
    for sent in [token.as_str(), ""] {
        assert_eq!(claim(&shop, &shop.token, order, sent).await.status, 200);
    }
    assert_eq!(claim(&shop, &testing::customer().1, order, &token).await.status, 404);
    assert!(shop.app.published().await.is_empty());
    shop.stop().await;
}

#[tokio::test]
async fn an_order_is_claimed_by_its_own_token_alone() {
    let shop = Shop::start().await;
    let ((order, _, _), (_, others, _)) = (ordered(&shop).await, ordered(&shop).await);
    let accounts = shop.order().await;
    let stranger = testing::customer().1;
    for (order, token) in [(order, others.as_str()), (order, ""), (accounts, others.as_str())] {
        assert_eq!(claim(&shop, &stranger, order, token).await.status, 404);
    }
    let path = format!("/api/v1/orders/{order}/claim");
    assert_eq!(shop.app.send_with("POST", &path, None, &[("order-token", &others)], None).await.status, 401);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_accounts_at_once_one_has_the_order() {
    let shop = Shop::start().await;
    let (order, token, _) = ordered(&shop).await;
    let accounts: Vec<(UserId, String)> = (0..8).map(|_| testing::customer()).collect();
    let claims = accounts.iter().map(|(_, account)| claim(&shop, account, order, &token));
    let statuses: Vec<u16> =
        futures::future::join_all(claims).await.iter().map(|answer| answer.status.as_u16()).collect();
    let winner = statuses.iter().position(|status| *status == 200).expect("somebody has it");
    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), accounts.len() - 1, "{statuses:?}");
    let told = shop.app.published_only::<OrderClaimed>().await;
    assert_eq!(told.iter().map(|told| told.user_id).collect::<Vec<_>>(), [accounts[winner].0]);
    shop.stop().await;
}

#[tokio::test]
async fn a_coupon_counts_for_the_account_too() {
    let shop = Shop::start().await;
    shop.coupon(json!({"code": "ONCE", "benefit": {"kind": "percent", "ppm": 1}, "limit_per_user": 1})).await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let mut body = guest_body();
    body["coupons"] = json!(["ONCE"]);
    let placed = shop.guest_checkout(&cart, "k", body).await.body;
    let (order, token) = (placed["id"].as_str().unwrap().parse().unwrap(), placed["access_token"].as_str());
    assert_eq!(claim(&shop, &shop.token, order, token.unwrap()).await.status, 200);
    let refused = shop.checkout_with("own", &["ONCE"]).await;
    assert_eq!(refused.body["type"], "https://warung.dev/problems/coupon-refused", "{}", refused.body);
    shop.stop().await;
}

#[tokio::test]
async fn what_was_claimed_goes_with_the_account() {
    let shop = Shop::start().await;
    let (order, token, _) = ordered(&shop).await;
    assert_eq!(claim(&shop, &shop.token, order, &token).await.status, 200);
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    shop.app.deliver(&StockRejected { order_id: order, shortages: vec![] }).await.unwrap();
    let pool = shop.app.db.as_ref().unwrap().pool();
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT o::text FROM orders o UNION ALL SELECT s::text FROM order_search s \
         UNION ALL SELECT k::text FROM idempotency_keys k) AS t (row) WHERE row ~* 'tamu|jl\\. kopi|at the door'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    shop.stop().await;
}

#[tokio::test]
async fn an_account_that_is_being_deleted_claims_nothing() {
    let shop = Shop::start().await;
    let (order, token, guest_id) = ordered(&shop).await;
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
    let (answer, ()) = tokio::join!(claim(&shop, &shop.token, order, &token), end);
    assert_eq!(answer.status, 401, "{}", answer.body);
    let owner: uuid::Uuid = sqlx::query_scalar("SELECT user_id FROM orders WHERE order_id = $1")
        .bind(order.uuid())
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(UserId(owner), guest_id);
    // The guest still has it.
    let path = format!("/api/v1/orders/{order}");
    let seen = shop.app.send_with("GET", &path, None, &[("order-token", &token)], None).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    shop.stop().await;
}
