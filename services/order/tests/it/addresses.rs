//! A checkout that names an address of the account's.

use serde_json::{Value, json};
use warung_chassis::testing::{self, TestApp};
use warung_contracts::{
    event::{OrderPlaced, UserRegistered},
    id::UserId,
};

use crate::{
    guests::guest_body,
    peers::Served,
    shop::{Shop, body},
};

/// A shop beside a real user.
struct Beside {
    shop: Shop,
    people: Served,
}

impl Beside {
    async fn start() -> Self {
        let people = Served::start(TestApp::start(warung_user::service(), &[]).await).await;
        let shop = Shop::start_with("IDR", &[("WARUNG_USER_URL", &people.url)]).await;
        Self { shop, people }
    }

    /// Has an account keep an address; returns its id.
    async fn keep(&self, user_id: UserId, token: &str) -> String {
        let (email, name, locale) = ("sari@example.com".into(), "Sari".into(), "id".into());
        let registered = UserRegistered { user_id, email, name, locale };
        self.people.app.deliver(&registered).await.unwrap();
        let address = json!({
            "label": "Home", "recipient": "Siti Rahma", "line1": "Jl. Braga 1", "city": "Bandung",
            "province": "Jawa Barat", "postal_code": "40111", "country": "ID",
        });
        let answer = self.people.app.send("POST", "/api/v1/me/addresses", Some(token), Some(address)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn remove(&self, id: &str) {
        let path = format!("/api/v1/me/addresses/{id}");
        let answer = self.people.app.send("DELETE", &path, Some(&self.shop.token), None).await;
        assert!(answer.status.is_success(), "{}", answer.body);
    }

    async fn stop(self) {
        self.shop.stop().await;
        self.people.stop().await;
    }
}

/// A body of checkout that names an address.
fn kept(id: &str) -> Value {
    let mut body = body();
    body.as_object_mut().unwrap().remove("shipping_address");
    body["shipping_address_id"] = json!(id);
    body
}

#[tokio::test]
async fn an_order_keeps_the_address_as_it_was_at_the_checkout() {
    let beside = Beside::start().await;
    let shop = &beside.shop;
    let id = beside.keep(shop.user, &shop.token).await;
    let quoted = shop.quote(json!({"shipping_address_id": id})).await;
    assert_eq!(quoted.status, 200, "{}", quoted.body);
    let placed = shop.post("/api/v1/checkout", "k1", Some(kept(&id))).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let address = json!({
        "recipient": "Siti Rahma", "phone": null, "line1": "Jl. Braga 1", "line2": null, "city": "Bandung",
        "province": "Jawa Barat", "postal_code": "40111", "country": "ID",
    });
    let told = shop.app.published_only::<OrderPlaced>().await;
    assert_eq!(json!(told[0].shipping_address), address);
    beside.remove(&id).await;
    // The same request again is the same order, though the address is gone.
    let again = shop.post("/api/v1/checkout", "k1", Some(kept(&id))).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (201, &placed.body["id"]), "{}", again.body);
    let order = shop.detail(placed.body["id"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(order["shipping_address"], address);
    beside.stop().await;
}

#[tokio::test]
async fn an_address_that_is_not_the_accounts_is_refused() {
    let beside = Beside::start().await;
    let shop = &beside.shop;
    let (other, others_token) = testing::customer();
    let foreign = beside.keep(other, &others_token).await;
    let removed = beside.keep(shop.user, &shop.token).await;
    beside.remove(&removed).await;
    for (key, id) in [("k1", &foreign), ("k2", &removed)] {
        let quoted = shop.quote(json!({"shipping_address_id": id})).await;
        let placed = shop.post("/api/v1/checkout", key, Some(kept(id))).await;
        for answer in [quoted, placed] {
            assert_eq!(answer.status, 422, "{}", answer.body);
            assert_eq!(answer.body["type"], "https://warung.dev/problems/address-unknown");
            assert_eq!(answer.body["errors"][0]["field"], "shipping_address_id");
        }
    }
    assert!(shop.app.published().await.is_empty(), "nothing was ordered");
    beside.stop().await;
}

#[tokio::test]
async fn one_of_address_and_id_is_said_and_guests_write_theirs() {
    let shop = Shop::start().await;
    let id = "adr_01930000000070008000000000000001";
    let mut both = body();
    both["shipping_address_id"] = json!(id);
    let mut neither = body();
    neither.as_object_mut().unwrap().remove("shipping_address");
    for (key, body, field) in [("k1", both, "shipping_address_id"), ("k2", neither, "shipping_address")] {
        let answer = shop.post("/api/v1/checkout", key, Some(body)).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let mut guests = guest_body();
    guests.as_object_mut().unwrap().remove("shipping_address");
    guests["shipping_address_id"] = json!(id);
    let answer = shop.guest_checkout(&cart, "k3", guests).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.body["errors"][0]["field"], "shipping_address_id");
    // Nobody is at user's address here: what it is needed for waits, all else goes on.
    let away = shop.post("/api/v1/checkout", "k4", Some(kept(id))).await;
    assert_eq!(away.status, 503, "{}", away.body);
    assert_eq!(shop.post("/api/v1/checkout", "k5", Some(body())).await.status, 201);
    shop.stop().await;
}
