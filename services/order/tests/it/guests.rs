//! Orders of people without an account.

use serde_json::{Value, json};
use sha2::Digest as _;
use tonic::Code;
use warung_chassis::testing::Answer;
use warung_contracts::{
    event::{OrderPlaced, UserDeleted},
    grpc::order::{GetTokenRequest, guests_client::GuestsClient},
    id::OrderId,
};

use crate::shop::{Shop, body};

pub fn guest_body() -> Value {
    let mut body = body();
    body["contact"] = json!({"email": "Tamu@Example.com", "name": "Tamu", "locale": "en"});
    body["note"] = json!("Leave it at the door");
    body
}

impl Shop {
    pub async fn guest_checkout(&self, cart: &str, key: &str, body: Value) -> Answer {
        let headers = [("x-cart-token", cart), ("idempotency-key", key)];
        self.app.send_with("POST", "/api/v1/checkout", None, &headers, Some(body)).await
    }
}

#[tokio::test]
async fn a_guest_orders_and_sees_the_order_by_its_token_alone() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let first = shop.guest_checkout(&cart, "k1", guest_body()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.headers["cache-control"], "no-store");
    let token = first.body["access_token"].as_str().unwrap();
    let again = shop.guest_checkout(&cart, "k1", guest_body()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, first.body);

    let placed = shop.app.published_only::<OrderPlaced>().await;
    let contact = placed[0].contact.clone().unwrap();
    assert_eq!((contact.email.as_str(), contact.locale.as_str()), ("tamu@example.com", "en"));
    assert_eq!(placed[0].cart_token_hash.as_ref().unwrap().len(), 64);
    let hash = hex::encode(sha2::Sha256::digest(token));
    assert_eq!(placed[0].order_token_hash.as_ref(), Some(&hash));
    let pool = shop.app.db.as_ref().unwrap().pool();
    let kept: String = sqlx::query_scalar(
        "SELECT string_agg(t::text, ' ') FROM (SELECT o::text FROM orders o UNION ALL SELECT k::text \
         FROM idempotency_keys k) t",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert!(!kept.contains(token) && !kept.contains(&cart), "a token is stored");

    let path = format!("/api/v1/orders/{}", placed[0].order_id);
    let order = shop.app.send_with("GET", &path, None, &[("order-token", token)], None).await;
    assert_eq!(order.body["note"], "Leave it at the door", "{}", order.body);
    assert_eq!(order.body["actions"], json!(["cancel", "correct_address"]));
    for wrong in ["", "nonsense", cart.as_str()] {
        let answer = shop.app.send_with("GET", &path, None, &[("order-token", wrong)], None).await;
        assert_eq!(answer.status, 404);
    }
    let headers = [("order-token", token), ("idempotency-key", "c")];
    let cancelled = shop.app.send_with("POST", &format!("{path}/cancel"), None, &headers, None).await;
    assert_eq!(cancelled.body["cancel_reason"], "by_customer", "{}", cancelled.body);
    shop.stop().await;
}

#[tokio::test]
async fn a_guest_who_lost_the_token_finds_the_order_by_number_and_address_alone() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let placed = shop.guest_checkout(&cart, "k1", guest_body()).await.body;
    let number = placed["number"].as_str().unwrap().to_lowercase();
    let look_up = async |number: &str, email: &str| {
        let body = Some(json!({"number": number, "email": email}));
        shop.app.send("POST", "/api/v1/orders/lookup", None, body).await
    };
    let found = look_up(&number, " TAMU@example.com ").await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.headers["cache-control"], "no-store");
    assert_eq!((&found.body["id"], &found.body["access_token"]), (&placed["id"], &placed["access_token"]));
    // Neither is right alone, and nothing tells which was wrong.
    let wrong =
        [look_up(&number, "sari@example.com").await, look_up("KOPI-AAAAA-AAAAA", "tamu@example.com").await];
    assert!(wrong.iter().all(|answer| answer.status == 404));
    assert_eq!(wrong[0].body["detail"], wrong[1].body["detail"]);
    // An account's order is its own.
    let own = shop.checkout("k2").await.body;
    let email = format!("{}@example.com", shop.user.uuid().simple());
    assert_eq!(look_up(own["number"].as_str().unwrap(), &email).await.status, 404);
    shop.stop().await;
}

#[tokio::test]
async fn who_writes_to_guests_is_told_the_token_of_a_guests_order_alone() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let placed = shop.guest_checkout(&cart, "k1", guest_body()).await.body;
    let own = shop.checkout("k2").await.body;
    let mut guests = GuestsClient::new(shop.app.peer("notification").await);
    let mut token = async |order_id: &Value| {
        let order_id = order_id.as_str().unwrap().to_owned();
        guests.get_token(GetTokenRequest { order_id }).await.map(|answer| answer.into_inner().token)
    };
    assert_eq!(Some(token(&placed["id"]).await.unwrap().as_str()), placed["access_token"].as_str());
    assert_eq!(token(&own["id"]).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(token(&json!("ord_nonsense")).await.unwrap_err().code(), Code::InvalidArgument);
    shop.stop().await;
}

#[tokio::test]
async fn a_guest_says_whom_to_tell_and_whose_cart_it_is() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let no_contact = shop.guest_checkout(&cart, "k1", body()).await;
    assert_eq!(
        (no_contact.status.as_u16(), &no_contact.body["errors"][0]["field"]),
        (400, &json!("contact"))
    );
    let headers = [("idempotency-key", "k1")];
    let no_cart = shop.app.send_with("POST", "/api/v1/checkout", None, &headers, Some(guest_body())).await;
    assert_eq!((no_cart.status.as_u16(), &no_cart.body["errors"][0]["field"]), (400, &json!("X-Cart-Token")));
    let made_up = shop.guest_checkout("made up", "k1", guest_body()).await;
    assert_eq!((made_up.status.as_u16(), &made_up.body["errors"][0]["field"]), (400, &json!("X-Cart-Token")));
    let headers = [("x-cart-token", cart.as_str())];
    let quote = shop.app.send_with("POST", "/api/v1/checkout/quote", None, &headers, Some(json!({}))).await;
    assert_eq!(quote.body["totals"]["total"]["amount_minor"], 2_500, "{}", quote.body);
    shop.stop().await;
}

#[tokio::test]
async fn a_guest_counts_by_address_when_a_coupon_is_limited() {
    let shop = Shop::start().await;
    shop.coupon(json!({"code": "ONCE", "benefit": {"kind": "percent", "ppm": 1}, "limit_per_user": 1})).await;
    let mut body = guest_body();
    body["coupons"] = json!(["ONCE"]);
    for (key, status) in [("k1", 201), ("k2", 422)] {
        let cart = shop.peers.guest(&[(shop.product, 1)]).await;
        let answer = shop.guest_checkout(&cart, key, body.clone()).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    shop.stop().await;
}

#[tokio::test]
async fn of_a_deleted_account_amounts_stay_and_nothing_of_the_person() {
    let shop = Shop::start().await;
    let place = async |key: &str| {
        let mut order = body();
        order["contact"] = json!({"email": "sari@example.com", "name": "Sari Dewi"});
        order["note"] = json!("for my mother");
        shop.fill_anew().await;
        let answer = shop.post("/api/v1/checkout", key, Some(order)).await;
        let id: OrderId = answer.body["id"].as_str().unwrap().parse().unwrap();
        let note = json!({"text": "Sari called"});
        shop.as_admin("POST", &format!("/api/v1/admin/orders/{id}/notes"), Some(note)).await;
        (id, answer.body)
    };
    let ((ended, body), (open, _)) = (place("k1").await, place("k2").await);
    shop.post(&format!("/api/v1/orders/{ended}/cancel"), "c", Some(json!({"reason": "Sari is away"}))).await;
    let (by_shop, _) = place("k3").await;
    let why = json!({"reason": "Sari never answered"});
    shop.as_admin("POST", &format!("/api/v1/orders/{by_shop}/cancel"), Some(why)).await;
    shop.app.deliver(&shop.paid(open)).await.unwrap();
    assert_eq!(shop.app.exported(shop.user).await["orders"].as_array().unwrap().len(), 3);
    assert_eq!(shop.app.answers_kept(shop.user).await, 4);
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    assert_eq!(shop.app.answers_kept(shop.user).await, 0, "they hold the address");
    let detail = shop.detail(ended).await;
    assert_eq!((&detail["total"], &detail["lines"]), (&body["total"], &body["lines"]));
    assert_eq!((detail.get("contact"), detail.get("note")), (None, None));
    assert_eq!(detail["shipping_address"]["recipient"], "erased");
    assert_eq!(detail["shipping_address"]["country"], "ID");
    // What is on its way still needs its address; it goes with the end.
    assert_eq!(shop.detail(open).await["shipping_address"]["recipient"], "Sari");
    shop.app.deliver(&shop.delivered(open)).await.unwrap();
    let pool = shop.app.db.as_ref().unwrap().pool();
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT o::text FROM orders o UNION ALL SELECT e::text FROM order_timeline e \
         UNION ALL SELECT h::text FROM order_history h) AS t (row) \
         WHERE row ILIKE '%sari%' OR row LIKE '%mother%' OR row LIKE '%Jl. Kopi%'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    assert_eq!(shop.app.exported(shop.user).await["orders"][0]["contact"], json!(null));
    shop.stop().await;
}
