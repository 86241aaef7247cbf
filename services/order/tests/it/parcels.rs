//! The parcels of an order in the order.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::{events::handler::Effect, testing};
use warung_contracts::{
    event::{
        OrderConfirmed, ParcelState, Place, ShipmentChanged, ShipmentDispatched, ShippedItem, ShippedParcel,
        StockPart, StockReserved,
    },
    id::{LocationId, OrderId, ShipmentId},
};

use crate::{guests::guest_body, shop::Shop};

impl Shop {
    /// What shipment tells of an order whose parcels are in these states.
    fn changed(&self, order_id: OrderId, version: i64, states: &[ParcelState]) -> ShipmentChanged {
        let parcel = |(state, number): (&ParcelState, u32)| ShippedParcel {
            number,
            state: *state,
            carrier: "Sandbox Express".into(),
            tracking_number: (*state != ParcelState::Created).then(|| format!("SBX{number}")),
            tracking_url: (*state != ParcelState::Created)
                .then(|| format!("https://sandbox.example/{number}")),
            since: self.app.clock.now(),
            items: vec![ShippedItem { line: 0, quantity: 1 }],
            place: None,
            backordered: None,
        };
        let parcels = states.iter().zip(1..).map(parcel).collect();
        ShipmentChanged { order_id, shipment_id: ShipmentId(Uuid::now_v7()), version, parcels }
    }

    async fn parcels(&self, id: OrderId) -> Vec<String> {
        let detail = self.detail(id).await;
        let states = detail["parcels"].as_array().unwrap().iter();
        states.map(|parcel| parcel["state"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_order_shows_its_parcels_as_they_were_told_last() {
    use ParcelState::{Created, Delivered, Dispatched};

    let shop = Shop::start().await;
    let id = shop.order().await;
    assert_eq!(shop.detail(id).await["parcels"], json!([]));
    let (told, first) = (Uuid::now_v7(), shop.changed(id, 1, &[Created]));
    assert_eq!(shop.app.deliver_as(told, &first).await.unwrap(), Effect::Done);
    assert_eq!(shop.parcels(id).await, ["created"]);
    shop.app.deliver(&shop.changed(id, 4, &[Dispatched, Delivered])).await.unwrap();
    // Late, twice, and replayed under another id.
    shop.app.deliver(&shop.changed(id, 3, &[Dispatched, Created])).await.unwrap();
    assert_eq!(shop.app.deliver_as(told, &first).await.unwrap(), Effect::Duplicate);
    shop.app.deliver(&first).await.unwrap();
    assert_eq!(shop.parcels(id).await, ["dispatched", "delivered"]);
    let detail = shop.detail(id).await;
    let mut second = detail["parcels"][1].clone();
    second.as_object_mut().unwrap().remove("since");
    assert_eq!(
        second,
        json!({
            "number": 2, "state": "delivered", "carrier": "Sandbox Express", "tracking_number": "SBX2",
            "tracking_url": "https://sandbox.example/2", "items": [{"line": 0, "quantity": 1}],
        })
    );
    // It moves no order: what happened to them is told beside it.
    assert_eq!(detail["state"], "placed");

    let by_staff = shop.app.send("GET", &format!("/api/v1/orders/{id}"), Some(&testing::admin()), None).await;
    assert_eq!(by_staff.body["parcels"], detail["parcels"]);
    shop.stop().await;
}

#[tokio::test]
async fn a_guest_sees_the_parcels_by_the_token_and_by_number_and_address() {
    let shop = Shop::start().await;
    let cart = shop.peers.guest(&[(shop.product, 2)]).await;
    let placed = shop.guest_checkout(&cart, "k1", guest_body()).await.body;
    let id: OrderId = placed["id"].as_str().unwrap().parse().unwrap();
    shop.app.deliver(&shop.changed(id, 1, &[ParcelState::Dispatched])).await.unwrap();
    let token = placed["access_token"].as_str().unwrap();
    let path = format!("/api/v1/orders/{id}");
    let seen = shop.app.send_with("GET", &path, None, &[("order-token", token)], None).await.body;
    let number: &Value = &seen["parcels"][0]["tracking_number"];
    assert_eq!(number, "SBX1", "{seen}");
    let body = json!({"number": placed["number"], "email": "tamu@example.com"});
    let found = shop.app.send("POST", "/api/v1/orders/lookup", None, Some(body)).await.body;
    assert_eq!(found["parcels"], seen["parcels"], "{found}");
    shop.stop().await;
}

/// Two pieces at a place, of which so many have yet to come.
fn part(shop: &Shop, backordered: u32) -> StockPart {
    let place = Place { id: LocationId(Uuid::now_v7()), code: "sby".into(), name: "Surabaya".into() };
    StockPart { variant_id: shop.product.default_variant(), place, quantity: 2, backordered }
}

#[tokio::test]
async fn from_where_an_order_is_served_is_passed_on_when_it_is_paid() {
    let shop = Shop::start().await;
    let id = shop.order().await;
    let served_from = vec![part(&shop, 1)];
    let reserved = StockReserved { served_from: served_from.clone(), ..shop.reserved(id) };
    for _ in 0..2 {
        shop.app.deliver(&reserved).await.unwrap();
    }
    // It is kept through whatever else is heard before.
    shop.app.deliver(&shop.pending(id)).await.unwrap();
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    assert_eq!(confirmed(&shop).await, [served_from]);

    // News that comes after the payment changes nothing: what is told is told.
    let late = shop.order().await;
    shop.app.deliver(&shop.paid(late)).await.unwrap();
    shop.app
        .deliver(&StockReserved { served_from: vec![part(&shop, 0)], ..shop.reserved(late) })
        .await
        .unwrap();
    assert_eq!(confirmed(&shop).await, [vec![]]);
    shop.stop().await;
}

/// From where the orders are served that were told as confirmed since the last look.
async fn confirmed(shop: &Shop) -> Vec<Vec<StockPart>> {
    let told = shop.app.published_only::<OrderConfirmed>().await;
    told.into_iter().map(|event| event.served_from).collect()
}

#[tokio::test]
async fn a_parcel_shows_its_place_and_what_it_waits_for() {
    use ParcelState::{Created, Dispatched};

    let shop = Shop::start().await;
    let id = shop.order().await;
    let StockPart { place, .. } = part(&shop, 0);
    let mut told = shop.changed(id, 1, &[Created, Created, Dispatched]);
    for parcel in &mut told.parcels {
        parcel.place = Some(place.clone());
    }
    told.parcels[1].backordered = Some(1);
    shop.app.deliver(&told).await.unwrap();
    let detail = shop.detail(id).await;
    let parcels = detail["parcels"].as_array().unwrap();
    assert_eq!(parcels[0]["place"], json!({"id": place.id, "code": "sby", "name": "Surabaya"}));
    let waits: Vec<Value> = parcels.iter().map(|p| json!([p["waits_for"], p["backordered"]])).collect();
    assert_eq!(waits, [json!(["carrier", null]), json!(["goods", 1]), json!([null, null])]);
    shop.stop().await;
}

#[tokio::test]
async fn a_corrected_number_is_shown_wherever_the_order_shows_it() {
    use ParcelState::{Created, Dispatched};

    let shop = Shop::start().await;
    let id = shop.order().await;
    shop.app.deliver(&shop.reserved(id)).await.unwrap();
    shop.app.deliver(&shop.paid(id)).await.unwrap();
    let mut told = shop.changed(id, 1, &[Created, Dispatched]);
    let left = ShipmentDispatched {
        carrier: told.parcels[1].carrier.clone(),
        tracking_number: told.parcels[1].tracking_number.clone().unwrap(),
        ..shop.dispatched(id)
    };
    shop.app.deliver(&left).await.unwrap();
    shop.app.deliver(&told).await.unwrap();
    let shown = async || shop.detail(id).await["tracking"].clone();
    assert_eq!(shown().await, json!({"carrier": "Sandbox Express", "number": "SBX2"}));
    told.version = 2;
    (told.parcels[1].carrier, told.parcels[1].tracking_number) = ("Pak Budi".into(), Some("B-2".into()));
    shop.app.deliver(&told).await.unwrap();
    assert_eq!(shown().await, json!({"carrier": "Pak Budi", "number": "B-2"}));
    shop.stop().await;
}
