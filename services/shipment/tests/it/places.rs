//! Parcels by place, and goods that the shop has yet to get.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;
use warung_chassis::testing::{self, TestApp};
use warung_contracts::{
    event::{OrderConfirmed, OrderLine, Place, ShipmentChanged, ShipmentDispatched, StockPart},
    id::{LocationId, ProductId},
};

use crate::{confirmed, only, path, post, start, start_with};

fn place(code: &str, name: &str) -> Place {
    Place { id: LocationId(Uuid::now_v7()), code: code.into(), name: name.into() }
}

/// Three pieces, one at Main and two at Surabaya, and two of another line that Surabaya has yet to get.
fn served() -> (OrderConfirmed, [Place; 2]) {
    let mut order = confirmed(testing::customer().0);
    let first = order.lines[0].clone();
    let second = OrderLine { product_id: ProductId(Uuid::now_v7()), quantity: 2, ..first.clone() };
    order.lines = vec![OrderLine { quantity: 3, ..first }, second];
    let places = [place("main", "Main"), place("sby", "Surabaya")];
    let part = |line: usize, at: usize, quantity, backordered| StockPart {
        variant_id: order.lines[line].variant(),
        place: places[at].clone(),
        quantity,
        backordered,
    };
    order.served_from = vec![part(0, 0, 1, 0), part(0, 1, 2, 0), part(1, 1, 2, 2)];
    (order, places)
}

fn parcel(order: &OrderConfirmed, number: u32, what: &str) -> String {
    format!("{}/parcels/{number}/{what}", path(order))
}

async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.send("GET", path, Some(&testing::admin()), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Of each parcel the place, what it waits for, what has yet to come, and (line, quantity) of what is inside.
async fn shown(app: &TestApp, order: &OrderConfirmed) -> Vec<Value> {
    let body = get(app, &path(order)).await;
    let items = |parcel: &Value| -> Vec<Value> {
        let all = parcel["items"].as_array().unwrap().iter();
        all.map(|item| json!([item["line"], item["quantity"]])).collect()
    };
    let row = |p: &Value| json!([p["place"]["name"], p["waits_for"], p["backordered"], items(p)]);
    body["parcels"].as_array().unwrap().iter().map(row).collect()
}

async fn step(app: &TestApp) -> u64 {
    app.clock.advance(Duration::seconds(2));
    app.run_job("carrier").await
}

#[tokio::test]
async fn each_place_packs_its_own_parcel_and_what_has_yet_to_come_waits_for_staff() {
    let app = start().await;
    let (order, places) = served();
    let id = app.deliver(&order).await.unwrap();
    app.deliver_as(id, &order).await.unwrap();
    app.deliver(&order).await.unwrap();
    let packed = [
        json!(["Main", "carrier", 0, [[0, 1]]]),
        json!(["Surabaya", "carrier", 0, [[0, 2]]]),
        json!(["Surabaya", "goods", 2, [[1, 2]]]),
    ];
    assert_eq!(shown(&app, &order).await, packed);
    let told = only::<ShipmentChanged>(&app.published().await);
    let of = |news: &ShipmentChanged| -> Vec<(Place, Option<u32>)> {
        news.parcels.iter().map(|parcel| (parcel.place.clone().unwrap(), parcel.backordered)).collect()
    };
    let [main, sby] = places.clone();
    assert_eq!(
        told.iter().map(of).collect::<Vec<_>>(),
        [[(main, None), (sby.clone(), None), (sby, Some(2))]]
    );
    let listed = &get(&app, "/api/v1/shipments?state=created").await["items"][0];
    assert_eq!((&listed["places"], &listed["backordered"]), (&json!(places), &json!(2)), "{listed}");
    let label = get(&app, &parcel(&order, 3, "label")).await;
    assert_eq!((&label["place"]["code"], &label["backordered"]), (&json!("sby"), &json!(2)), "{label}");

    // The carrier moves what is there, and never what is not.
    assert_eq!((step(&app).await, step(&app).await, step(&app).await), (2, 2, 0));
    app.published().await;
    let states = async || -> Vec<Value> {
        let body = get(&app, &path(&order)).await;
        body["parcels"].as_array().unwrap().iter().map(|parcel| parcel["state"].clone()).collect()
    };
    assert_eq!(states().await, ["delivered", "delivered", "created"]);

    // One of two has come.
    let (staff, split) = (testing::admin(), json!({"items": [{"line": 1, "quantity": 1}]}));
    assert_eq!(post(&app, &parcel(&order, 3, "split"), &staff, "s", split).await.status, 200);
    let answer = post(&app, &parcel(&order, 4, "dispatch"), &staff, "d", json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        shown(&app, &order).await[2..],
        [json!(["Surabaya", "goods", 1, [[1, 1]]]), json!(["Surabaya", null, 0, [[1, 1]]])]
    );
    let told = only::<ShipmentDispatched>(&app.published().await);
    assert_eq!(
        told.iter().map(|event| (event.parcel, event.remaining)).collect::<Vec<_>>(),
        [(Some(4), Some(2))]
    );
    assert_eq!(step(&app).await, 1, "from then on its carrier is asked");
    assert_eq!(states().await, ["delivered", "delivered", "created", "delivered"]);
    app.stop().await;
}

#[tokio::test]
async fn a_carrier_that_gives_numbers_is_asked_to_take_a_parcel_once_its_goods_have_come() {
    let app =
        start_with(&[("WARUNG_SANDBOX_CARRIER_BOOKS", "true"), ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0")])
            .await;
    let (order, _) = served();
    app.deliver(&order).await.unwrap();
    assert_eq!(app.run_job("bookings").await, 2);
    assert_eq!(app.run_job("bookings").await, 0, "what is not there is not booked");
    let (staff, third) = (testing::admin(), parcel(&order, 3, "dispatch"));
    // Sent twice it is one arrival.
    for _ in 0..2 {
        let came = post(&app, &third, &staff, "came", json!({})).await;
        assert_eq!(came.status, 200, "{}", came.body);
        assert_eq!(came.body["parcels"][2]["waits_for"], "carrier", "{}", came.body);
    }
    assert_eq!(app.run_job("bookings").await, 1);
    assert_eq!(post(&app, &third, &staff, "go", json!({})).await.status, 200);
    assert_eq!(get(&app, &path(&order)).await["parcels"][2]["state"], "dispatched");
    app.stop().await;
}

#[tokio::test]
async fn an_order_of_which_nobody_said_where_it_is_goes_as_ever() {
    let app = start().await;
    let (order, _) = served();
    let order = OrderConfirmed { served_from: vec![], ..order };
    app.deliver(&order).await.unwrap();
    assert_eq!(shown(&app, &order).await, [json!([null, "carrier", 0, [[0, 3], [1, 2]]])]);
    assert_eq!(step(&app).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn staff_list_what_a_place_packs_by_its_id_or_code_page_by_page() {
    let app = start().await;
    let (first, [main, _]) = served();
    let (second, [other, _]) = served();
    let mut alone = second.clone();
    alone.order_id = warung_contracts::id::OrderId(Uuid::now_v7());
    alone.served_from.retain(|part| part.place == other);
    for order in [&first, &second, &alone] {
        app.deliver(order).await.unwrap();
    }
    let listed = async |query: &str| -> Vec<Value> {
        let page = get(&app, &format!("/api/v1/shipments?{query}")).await;
        page["items"].as_array().unwrap().iter().map(|item| item["order_id"].clone()).collect()
    };
    let [first, second, alone] = [&first, &second, &alone].map(|order| json!(order.order_id));
    assert_eq!(listed("place=main").await, [alone.clone(), second.clone(), first.clone()]);
    assert_eq!(listed("place=sby").await, [second.clone(), first.clone()]);
    // Another place of the same code, as one that was given up and opened anew.
    assert_eq!(listed(&format!("place={}", main.id)).await, std::slice::from_ref(&first));
    assert_eq!(listed(&format!("place={}", other.id)).await, [alone.clone(), second.clone()]);
    assert_eq!(listed("place=main&state=created").await, [alone.clone(), second.clone(), first.clone()]);
    assert_eq!(listed("place=main&state=dispatched").await, [Value::Null; 0]);
    assert_eq!(listed("place=nowhere").await, [Value::Null; 0]);
    let page = get(&app, "/api/v1/shipments?place=main&limit=2").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(listed(&format!("place=main&limit=2&cursor={cursor}")).await, [first]);
    let empty = app.send("GET", "/api/v1/shipments?place=", Some(&testing::admin()), None).await;
    assert_eq!(empty.status, 400, "{}", empty.body);
    app.stop().await;
}
