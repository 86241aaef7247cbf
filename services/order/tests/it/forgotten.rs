//! Guests who ask to be forgotten.

use serde_json::{Value, json};
use warung_chassis::testing;
use warung_contracts::{
    event::{GuestForgotten, StockRejected},
    id::OrderId,
};

use crate::{guests::guest_body, shop::Shop};

const PATH: &str = "/api/v1/admin/guests/erase";

/// A guest's order: its id and its token.
async fn guests_order(shop: &Shop, email: &str) -> (OrderId, String) {
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let mut body = guest_body();
    body["contact"]["email"] = json!(email);
    let placed = shop.guest_checkout(&cart, "k", body).await.body;
    (placed["id"].as_str().unwrap().parse().unwrap(), placed["access_token"].as_str().unwrap().to_owned())
}

async fn end(shop: &Shop, order_id: OrderId) {
    shop.app.deliver(&StockRejected { order_id, shortages: vec![] }).await.unwrap();
}

async fn seen(shop: &Shop, id: OrderId) -> Value {
    shop.as_admin("GET", &format!("/api/v1/orders/{id}"), None).await
}

/// Whether anything in the database holds this.
async fn is_kept(shop: &Shop, text: &str) -> bool {
    let pool = shop.app.db.as_ref().unwrap().pool();
    let all = "SELECT string_agg(t, ' ') FROM (SELECT o::text FROM orders o UNION ALL SELECT s::text FROM order_search s \
               UNION ALL SELECT k::text FROM idempotency_keys k UNION ALL SELECT h::text FROM order_history h) x (t)";
    let kept: String = sqlx::query_scalar(all).fetch_one(pool).await.unwrap();
    kept.contains(text) || kept.contains(&hex::encode(text))
}

#[tokio::test]
async fn what_is_personal_of_a_guests_orders_goes_on_request_and_the_orders_stay() {
    let shop = Shop::start().await;
    let (ended, _) = guests_order(&shop, "Tamu@Example.com").await;
    end(&shop, ended).await;
    let (open, token) = guests_order(&shop, "tamu@example.com").await;
    // A wildcard of SQL is a letter of an address.
    let (other, _) = guests_order(&shop, "tam_@example.com").await;
    shop.app.published().await;
    let body = || Some(json!({"email": "TAMU@example.com"}));
    for nobody in [None, Some(shop.token.as_str())] {
        let refused = shop.app.send("POST", PATH, nobody, body()).await.status.as_u16();
        assert_eq!(refused, if nobody.is_some() { 403 } else { 401 });
    }
    assert_eq!(shop.as_admin("POST", PATH, body()).await, json!({"orders": 2}));
    let mut told: Vec<OrderId> =
        shop.app.published_only::<GuestForgotten>().await.into_iter().map(|event| event.order_id).collect();
    told.sort_unstable();
    assert_eq!(told, [ended, open]);
    // Once: nothing is left to be done.
    assert_eq!(shop.as_admin("POST", PATH, body()).await, json!({"orders": 0}));
    assert!(shop.app.published().await.is_empty());

    let gone = seen(&shop, ended).await;
    assert_eq!((gone.get("contact"), gone.get("note")), (None, None), "{gone}");
    assert_eq!(
        (
            &gone["shipping_address"]["line1"],
            &gone["shipping_address"]["country"],
            &gone["total"]["amount_minor"]
        ),
        (&json!("erased"), &json!("ID"), &json!(2_500))
    );
    let still = seen(&shop, open).await;
    assert_eq!(still["shipping_address"]["line1"], "Jl. Kopi 1", "the parcel needs it: {still}");
    // Nobody takes up what is left of it: it would be erased with all that its new owner ordered.
    let headers = [("order-token", token.as_str())];
    let claim = format!("/api/v1/orders/{open}/claim");
    let claimed = shop.app.send_with("POST", &claim, Some(&shop.token), &headers, None).await;
    assert_eq!(claimed.status, 404, "{}", claimed.body);
    end(&shop, open).await;
    assert_eq!(seen(&shop, open).await["shipping_address"]["line1"], "erased");
    assert!(!is_kept(&shop, "tamu@example.com").await);
    assert_eq!(seen(&shop, other).await["contact"]["email"], "tam_@example.com");

    let changes = shop.as_admin("GET", "/api/v1/admin/changes", None).await;
    let noted: Vec<&Value> = changes["items"].as_array().unwrap().iter().collect();
    assert_eq!(noted.len(), 2, "{changes}");
    assert!(
        noted.iter().all(|change| change["subject"] == "guest" && change["after"] == json!({"erased": true}))
    );
    assert_eq!(noted[1]["subject_id"], json!(ended));
    shop.stop().await;
}

#[tokio::test]
async fn what_an_account_ordered_or_claimed_is_not_a_guests() {
    let shop = Shop::start().await;
    let own = shop.order().await;
    let (claimed, token) = guests_order(&shop, "tamu@example.com").await;
    let headers = [("order-token", token.as_str())];
    let claim = format!("/api/v1/orders/{claimed}/claim");
    assert_eq!(shop.app.send_with("POST", &claim, Some(&shop.token), &headers, None).await.status, 200);
    for email in ["tamu@example.com".to_owned(), format!("{}@example.com", shop.user.uuid().simple())] {
        assert_eq!(shop.as_admin("POST", PATH, Some(json!({"email": email}))).await, json!({"orders": 0}));
    }
    for id in [own, claimed] {
        assert_eq!(seen(&shop, id).await["shipping_address"]["line1"], "Jl. Kopi 1");
    }
    let wrong = shop.app.send("POST", PATH, Some(&testing::admin()), Some(json!({"email": "tamu"}))).await;
    assert_eq!((wrong.status.as_u16(), &wrong.body["errors"][0]["field"]), (400, &json!("email")));
    shop.stop().await;
}
