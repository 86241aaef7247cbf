//! Where an order goes is corrected.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::{
    auth::Role,
    testing::{self, Answer},
};
use warung_contracts::{
    event::{
        OrderAddressCorrected, OrderConfirmed, ParcelState, ShipmentAddressKept, ShipmentChanged,
        ShippedParcel, UserDeleted,
    },
    id::{OrderId, ShipmentId, UserId},
};

use crate::{guests::guest_body, shop::Shop};

/// The address of checkouts here, with another number of the house.
fn right() -> Value {
    json!({"recipient": "Sari", "line1": "Jl. Kopi 11", "city": "Bandung", "postal_code": "40111", "country": "ID"})
}

fn with(field: &str, value: &str) -> Value {
    let mut address = right();
    address[field] = json!(value);
    address
}

fn path(id: OrderId) -> String {
    format!("/api/v1/orders/{id}/shipping-address")
}

impl Shop {
    async fn put(&self, id: OrderId, token: Option<&str>, headers: &[(&str, &str)], to: Value) -> Answer {
        let key = Uuid::now_v7().to_string();
        let mut all = vec![("idempotency-key", key.as_str())];
        all.extend(headers);
        self.app.send_with("PUT", &path(id), token, &all, Some(to)).await
    }

    /// Corrected by its customer.
    async fn correct(&self, id: OrderId, to: Value) -> Answer {
        self.put(id, Some(&self.token), &[], to).await
    }

    /// What shipment tells when the correction of this version came too late.
    fn kept(&self, order_id: OrderId, version: i64, line1: &str) -> ShipmentAddressKept {
        ShipmentAddressKept {
            order_id,
            shipment_id: ShipmentId(Uuid::now_v7()),
            user_id: self.user,
            version,
            shipping_address: serde_json::from_value(with("line1", line1)).unwrap(),
        }
    }

    async fn line1(&self, id: OrderId) -> String {
        let order = self.as_admin("GET", &format!("/api/v1/orders/{id}"), None).await;
        order["shipping_address"]["line1"].as_str().unwrap().to_owned()
    }

    /// (actor, author, text) of what the timeline says of the address.
    async fn told_of_address(&self, id: OrderId) -> Vec<(String, Value, String)> {
        let timeline = self.as_admin("GET", &format!("/api/v1/admin/orders/{id}/timeline"), None).await;
        let lines = timeline["items"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        lines
            .filter(|line| line["kind"] == "address")
            .map(|line| (text(&line["actor"]), line["author"].clone(), text(&line["text"])))
            .collect()
    }

    async fn found(&self, text: &str) -> usize {
        let found = self.as_admin("GET", &format!("/api/v1/admin/orders?q={text}"), None).await;
        found["items"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_customer_corrects_the_address_and_all_that_follows_has_it() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let was = shop.detail(id).await;
    assert_eq!(
        (&was["address_version"], &was["actions"]),
        (&json!(1), &json!(["cancel", "correct_address"]))
    );
    let headers = [("idempotency-key", "k1"), ("if-match", "\"1\"")];
    let to = with("recipient", "Budiarto");
    let first = shop.app.send_with("PUT", &path(id), Some(&shop.token), &headers, Some(to.clone())).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let is = &first.body["shipping_address"];
    assert_eq!((&is["recipient"], &is["line1"]), (&json!("Budiarto"), &json!("Jl. Kopi 11")));
    assert_eq!(first.body["address_version"], 2);
    // Sent again, and sent once more as another request: once.
    let again = shop.app.send_with("PUT", &path(id), Some(&shop.token), &headers, Some(to.clone())).await;
    assert_eq!((again.headers["idempotency-replayed"].to_str().unwrap(), &again.body), ("true", &first.body));
    assert_eq!(shop.correct(id, to.clone()).await.body["address_version"], 2);
    let told = shop.app.published_only::<OrderAddressCorrected>().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].order_id, told[0].version, told[0].confirmed), (id, 2, false));
    assert_eq!(told[0].shipping_address.line1, "Jl. Kopi 11");
    // Who read the address of before is told so.
    let stale = shop.put(id, Some(&shop.token), &[("if-match", "\"1\"")], right()).await;
    assert_eq!(stale.status, 412, "{}", stale.body);

    let line =
        ("customer".to_owned(), json!(shop.user), "the address was corrected: recipient, line1".to_owned());
    assert_eq!(shop.told_of_address(id).await, [line]);
    assert_eq!((shop.found("budiarto").await, shop.found("sari").await), (1, 0));
    // Paid after it: what is packed goes there.
    shop.app.deliver(&shop.reserved(id)).await.unwrap();
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    let confirmed = shop.told::<OrderConfirmed>().await;
    assert_eq!(confirmed[0].shipping_address.recipient, "Budiarto");
    assert_eq!(confirmed[0].address_version, Some(2));
    assert_eq!(shop.correct(id, right()).await.status, 200);
    let told = shop.app.published_only::<OrderAddressCorrected>().await;
    assert_eq!((told[0].version, told[0].confirmed), (3, true));
    let exported = shop.app.exported(shop.user).await;
    assert_eq!(exported["orders"][0]["shipping_address"]["recipient"], "Sari");
    shop.stop().await;
}

#[tokio::test]
async fn another_country_or_province_is_another_order() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    for (field, elsewhere) in [("country", "SG"), ("province", "Bali")] {
        let refused = shop.correct(id, with(field, elsewhere)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["type"], "https://warung.dev/problems/address-elsewhere");
        assert_eq!(refused.body["errors"][0]["field"], field);
    }
    let wrong = shop.correct(id, with("line1", " ")).await;
    assert_eq!((wrong.status.as_u16(), &wrong.body["errors"][0]["field"]), (400, &json!("line1")));
    assert!(shop.app.published().await.is_empty());
    assert_eq!(shop.line1(id).await, "Jl. Kopi 1");
    // Spelling makes no other province.
    let mut body = crate::shop::body();
    body["shipping_address"]["province"] = json!("Jawa Barat");
    shop.fill_anew().await;
    let placed = shop.post("/api/v1/checkout", "k", Some(body)).await.body;
    let id: OrderId = placed["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(shop.correct(id, with("province", " jawa barat")).await.status, 200);
    assert_eq!(shop.correct(id, right()).await.status, 422, "without a province tax may be another");
    shop.stop().await;
}

#[tokio::test]
async fn what_has_left_or_ended_goes_where_it_goes() {
    let shop = Shop::start().await;
    let refused = async |id: OrderId| {
        let refused = shop.correct(id, right()).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert_eq!(refused.body["type"], "https://warung.dev/problems/address-not-correctable");
        let actions = shop.detail(id).await["actions"].clone();
        assert!(!actions.as_array().unwrap().contains(&json!("correct_address")), "{actions}");
    };
    let shipped = shop.order().await;
    shop.app.deliver(&shop.paid(shipped)).await.unwrap();
    shop.app.deliver(&shop.dispatched(shipped)).await.unwrap();
    refused(shipped).await;
    // Its parcels are heard of before.
    let parcel = shop.order().await;
    shop.app.deliver(&shop.paid(parcel)).await.unwrap();
    let told = |version, state| ShipmentChanged {
        order_id: parcel,
        shipment_id: ShipmentId(Uuid::now_v7()),
        version,
        parcels: vec![ShippedParcel {
            number: 1,
            state,
            carrier: "Sandbox Express".into(),
            tracking_number: None,
            tracking_url: None,
            since: shop.app.clock.now(),
            items: vec![],
            place: None,
            backordered: None,
        }],
    };
    shop.app.deliver(&told(1, ParcelState::Created)).await.unwrap();
    assert_eq!(shop.correct(parcel, with("line1", "Jl. Kopi 2")).await.status, 200);
    shop.app.deliver(&told(2, ParcelState::Dispatched)).await.unwrap();
    refused(parcel).await;
    let cancelled = shop.order().await;
    shop.post(&format!("/api/v1/orders/{cancelled}/cancel"), "c", None).await;
    refused(cancelled).await;
    shop.stop().await;
}

#[tokio::test]
async fn guests_and_staff_correct_and_nobody_else() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 1)]).await;
    let placed = shop.guest_checkout(&cart, "k", guest_body()).await.body;
    let id: OrderId = placed["id"].as_str().unwrap().parse().unwrap();
    let token = placed["access_token"].as_str().unwrap();
    assert_eq!(shop.put(id, None, &[], right()).await.status, 404);
    assert_eq!(shop.put(id, Some(&shop.token), &[], right()).await.status, 404);
    let by_guest = shop.put(id, None, &[("order-token", token)], right()).await;
    assert_eq!(by_guest.status, 200, "{}", by_guest.body);
    let staff = UserId(Uuid::now_v7());
    let by_staff =
        shop.put(id, Some(&testing::token(staff, &[Role::Staff])), &[], with("line1", "Jl. Kopi 12")).await;
    assert_eq!(by_staff.status, 200, "{}", by_staff.body);
    assert!(by_staff.body["actions"].as_array().unwrap().contains(&json!("correct_address")));
    let lines = shop.told_of_address(id).await;
    let who: Vec<_> = lines.iter().map(|(actor, author, _)| (actor.as_str(), author.clone())).collect();
    assert_eq!(who, [("customer", Value::Null), ("staff", json!(staff))]);
    let told = shop.told::<OrderAddressCorrected>().await;
    assert_eq!(told.iter().map(|event| event.version).collect::<Vec<_>>(), [2, 3]);
    shop.stop().await;
}

#[tokio::test]
async fn a_correction_that_came_too_late_is_taken_back() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    for line1 in ["Jl. Kopi 11", "Jl. Kopi 111"] {
        assert_eq!(shop.correct(id, with("line1", line1)).await.status, 200);
    }
    shop.app.published().await;
    // Of the first of two: the second is answered by itself.
    shop.app.deliver(&shop.kept(id, 2, "Jl. Kopi 1")).await.unwrap();
    assert_eq!(shop.line1(id).await, "Jl. Kopi 111");
    let (told, kept) = (Uuid::now_v7(), shop.kept(id, 3, "Jl. Kopi 1"));
    for _ in 0..2 {
        shop.app.deliver_as(told, &kept).await.unwrap();
    }
    assert_eq!(shop.line1(id).await, "Jl. Kopi 1");
    assert_eq!(shop.detail(id).await["address_version"], 4);
    let lines = shop.told_of_address(id).await;
    let late: Vec<_> = lines.iter().filter(|(actor, ..)| actor == "shipment").collect();
    assert_eq!(late.len(), 2, "{lines:?}");
    assert!(late[0].2.contains("had left"), "{late:?}");
    assert!(shop.app.published().await.is_empty(), "shipment knows");
    // It may come before that of the parcel that left, and after the end.
    shop.app.deliver(&shop.dispatched(id)).await.unwrap();
    assert_eq!(shop.state(id).await, "shipped");
    let unknown = shop.kept(OrderId(Uuid::now_v7()), 2, "Jl. Kopi 1");
    assert!(shop.app.deliver(&unknown).await.is_err(), "it waits for the order");
    shop.stop().await;
}

#[tokio::test]
async fn of_an_account_that_is_gone_no_address_comes_back() {
    let shop = Shop::start().await;
    let (ended, open) = (shop.order().await, shop.order().await);
    for id in [ended, open] {
        shop.app.deliver(&shop.paid(id)).await.unwrap();
        assert_eq!(shop.correct(id, right()).await.status, 200);
    }
    shop.complete(ended, shop.total()).await;
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    shop.app.deliver(&shop.kept(ended, 2, "Jl. Kopi 1")).await.unwrap();
    assert_eq!(shop.line1(ended).await, "erased");
    assert_eq!((shop.found("sari").await, shop.told_of_address(ended).await.len()), (1, 2));
    // The token outlives the account by minutes.
    let gone = shop.correct(open, with("line1", "Jl. Kopi 2")).await;
    assert_eq!(gone.status, 401, "{}", gone.body);
    // What is on its way still needs its address, and leaves none.
    shop.app.deliver(&shop.kept(open, 2, "Jl. Kopi 1")).await.unwrap();
    assert_eq!(shop.line1(open).await, "Jl. Kopi 1");
    shop.complete(open, shop.total()).await;
    assert_eq!((shop.line1(open).await.as_str(), shop.found("sari").await), ("erased", 0));
    let pool = shop.app.db.as_ref().unwrap().pool();
    let all = "SELECT string_agg(t, ' ') FROM (SELECT o::text FROM orders o UNION ALL SELECT s::text FROM order_search s \
               UNION ALL SELECT l::text FROM order_timeline l) x (t)";
    let kept: String = sqlx::query_scalar(all).fetch_one(pool).await.unwrap();
    assert!(!kept.contains("Jl. Kopi") && !kept.to_lowercase().contains("sari"), "{kept}");
    shop.stop().await;
}

#[tokio::test]
async fn a_correction_and_a_parcel_that_leaves_in_one_moment_have_one_outcome() {
    let shop = Shop::start().await;
    for _ in 0..8 {
        let id = shop.order().await;
        shop.app.deliver(&shop.paid(id)).await.unwrap();
        shop.app.published().await;
        let left = shop.dispatched(id);
        let (corrected, heard) = tokio::join!(shop.correct(id, right()), shop.app.deliver(&left));
        heard.unwrap();
        let told = shop.app.published_only::<OrderAddressCorrected>().await;
        let taken = corrected.status == 200;
        assert!(taken || corrected.status == 409, "{}", corrected.body);
        assert_eq!(told.len(), usize::from(taken));
        assert_eq!(shop.line1(id).await, if taken { "Jl. Kopi 11" } else { "Jl. Kopi 1" });
    }
    shop.stop().await;
}
