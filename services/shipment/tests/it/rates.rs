//! Rates and quotes: kept by administrators, asked over a real listener.

use serde_json::{Value, json};
use time::Duration;
use tonic::Code;
use warung_chassis::{
    auth::Role,
    grpc::Channel,
    testing::{self, TestApp},
};
use warung_contracts::grpc::shipment::{
    AcceptQuoteRequest, Destination, GetQuotesRequest, Item, Quote, rates_client::RatesClient,
};

use crate::start;

const RATES: &str = "/api/v1/shipping/rates";

/// A running service and a client of it.
struct World {
    app: TestApp,
    client: RatesClient<Channel>,
}

impl World {
    async fn start() -> Self {
        let app = start().await;
        let client = RatesClient::new(app.peer("order").await);
        Self { app, client }
    }

    async fn add(&self, rate: Value) -> Value {
        let answer = self.app.send("POST", RATES, Some(&testing::admin()), Some(rate)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let location = format!("{RATES}/{}", answer.body["id"].as_str().unwrap());
        assert_eq!(answer.headers["location"], location);
        answer.body
    }

    async fn quotes(&mut self, request: &GetQuotesRequest) -> Result<Vec<Quote>, tonic::Status> {
        Ok(self.client.get_quotes(request.clone()).await?.into_inner().quotes)
    }

    async fn accept(&mut self, token: &str, request: &GetQuotesRequest) -> Result<Quote, tonic::Status> {
        let GetQuotesRequest { destination, items, subtotal_minor, currency } = request.clone();
        let request =
            AcceptQuoteRequest { token: token.into(), destination, items, subtotal_minor, currency };
        Ok(self.client.accept_quote(request).await?.into_inner())
    }

    async fn refusal(&mut self, token: &str, request: &GetQuotesRequest) -> String {
        let status = self.accept(token, request).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
        status.message().to_owned()
    }

    async fn stop(self) {
        self.app.stop().await;
    }
}

fn idr(amount_minor: i64) -> Value {
    json!({"amount_minor": amount_minor, "currency": "IDR"})
}

fn by_weight() -> Value {
    json!({
        "service": "regular", "name": "Reguler", "places": [{"country": "ID"}], "base_price": idr(200_000),
        "by_weight": {"step_grams": 1000, "step_price": idr(900_000), "divisor": 6000},
        "free_from": idr(50_000_000), "days_min": 2, "days_max": 4,
    })
}

fn flat(province: &str, price: i64) -> Value {
    let places = json!([{"country": "ID", "province": province}]);
    json!({"service": "regular", "name": "Reguler", "places": places, "base_price": idr(price)})
}

/// Two packets of coffee of 600 g to Bandung.
fn coffee() -> GetQuotesRequest {
    let (country, province) = ("ID".into(), "Jawa Barat".into());
    let destination = Destination { country, province, postal_code: "40111".into(), city: "Bandung".into() };
    let item = Item { weight_grams: 600, length_mm: 100, width_mm: 80, height_mm: 200, quantity: 2 };
    GetQuotesRequest {
        destination: Some(destination),
        items: vec![item],
        subtotal_minor: 20_000_000,
        currency: "IDR".into(),
    }
}

#[tokio::test]
async fn without_rates_there_are_no_quotes() {
    let mut world = World::start().await;
    assert_eq!(world.quotes(&coffee()).await.unwrap(), vec![]);
    // Neither with one that is switched off.
    let mut off = by_weight();
    off["active"] = json!(false);
    world.add(off).await;
    assert_eq!(world.quotes(&coffee()).await.unwrap(), vec![]);
    world.stop().await;
}

#[tokio::test]
async fn quotes_are_cheapest_first_and_for_the_closest_place() {
    let mut world = World::start().await;
    world.add(by_weight()).await;
    world.add(flat("jawa barat", 1_500_000)).await;
    let mut express = flat("Jawa Barat", 1_000_000);
    express["service"] = json!("express");
    world.add(express).await;
    let prices = async |world: &mut World, request: &GetQuotesRequest| {
        let quotes = world.quotes(request).await.unwrap().into_iter();
        quotes.map(|quote| (quote.service, quote.price_minor)).collect::<Vec<_>>()
    };
    let mut request = coffee();
    assert_eq!(
        prices(&mut world, &request).await,
        [("express".into(), 1_000_000), ("regular".into(), 1_500_000)]
    );
    // Elsewhere by weight: 1.2 kg is two begun kilograms.
    request.destination.as_mut().unwrap().province = "Bali".into();
    assert_eq!(prices(&mut world, &request).await, [("regular".into(), 2_000_000)]);
    // A pillow of 36,000 cm³ counts as 6 kg.
    request.items =
        vec![Item { weight_grams: 800, length_mm: 300, width_mm: 300, height_mm: 400, quantity: 1 }];
    assert_eq!(prices(&mut world, &request).await, [("regular".into(), 5_600_000)]);
    request.subtotal_minor = 50_000_000;
    assert_eq!(prices(&mut world, &request).await, [("regular".into(), 0)]);
    request.destination.as_mut().unwrap().country = "SG".into();
    let status = world.quotes(&request).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::FailedPrecondition, "destination-not-served"));
    world.stop().await;
}

#[tokio::test]
async fn a_quote_holds_for_what_it_was_made_for_until_it_expires() {
    let mut world = World::start().await;
    let rate = world.add(by_weight()).await;
    let quote = world.quotes(&coffee()).await.unwrap().remove(0);
    assert_eq!((quote.price_minor, quote.currency.as_str(), quote.days_max), (2_000_000, "IDR", 4));
    assert_eq!(quote.expires_at, (testing::epoch() + Duration::minutes(30)).unix_timestamp());
    assert_eq!(world.accept(&quote.token, &coffee()).await.unwrap(), quote);
    // A new price does not touch it.
    let path = format!("{RATES}/{}", rate["id"].as_str().unwrap());
    assert_eq!(world.app.send("DELETE", &path, Some(&testing::admin()), None).await.status, 204);
    assert_eq!(world.accept(&quote.token, &coffee()).await.unwrap(), quote);

    let mut moved = coffee();
    moved.destination.as_mut().unwrap().city = "Cimahi".into();
    assert_eq!(world.refusal(&quote.token, &moved).await, "quote-other-address");
    let mut more = coffee();
    more.items[0].quantity = 3;
    assert_eq!(world.refusal(&quote.token, &more).await, "quote-other-goods");
    let mut cheaper = coffee();
    cheaper.subtotal_minor -= 1;
    assert_eq!(world.refusal(&quote.token, &cheaper).await, "quote-other-goods");
    assert_eq!(world.refusal("made.up", &coffee()).await, "quote-invalid");
    world.app.clock.advance(Duration::minutes(30));
    assert_eq!(world.refusal(&quote.token, &coffee()).await, "quote-expired");
    world.stop().await;
}

#[tokio::test]
async fn what_no_quote_can_be_made_of_is_named() {
    let mut world = World::start().await;
    let wrong = |change: fn(&mut GetQuotesRequest)| {
        let mut request = coffee();
        change(&mut request);
        request
    };
    for (request, field) in [
        (wrong(|r| r.destination = None), "destination"),
        (wrong(|r| r.destination.as_mut().unwrap().country = "Indonesia".into()), "destination.country"),
        (wrong(|r| r.items.clear()), "items"),
        (wrong(|r| r.items = vec![r.items[0]; 501]), "items"),
        (wrong(|r| r.items[0].quantity = 0), "items"),
        (wrong(|r| r.items[0].length_mm = 100_001), "items"),
        (wrong(|r| r.subtotal_minor = -1), "subtotal_minor"),
        (wrong(|r| r.currency = "USD".into()), "currency"),
    ] {
        let status = world.quotes(&request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert!(status.message().starts_with(field), "{status:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn administrators_keep_rates_and_staff_read_them() {
    let world = World::start().await;
    let (app, admin) = (&world.app, testing::admin());
    let rate = world.add(by_weight()).await;
    let path = format!("{RATES}/{}", rate["id"].as_str().unwrap());
    let read = app.send("GET", &path, Some(&admin), None).await;
    assert_eq!((read.status.as_u16(), &read.body), (200, &rate));
    assert_eq!(read.headers["etag"], "\"1\"");
    assert_eq!(rate["by_weight"], by_weight()["by_weight"]);

    let replace = async |version: &str, body: Value| {
        app.send_with("PUT", &path, Some(&admin), &[("if-match", version)], Some(body)).await
    };
    let replaced = replace("\"1\"", flat("Bali", 5)).await;
    assert_eq!((replaced.status.as_u16(), &replaced.body["version"]), (200, &json!(2)), "{}", replaced.body);
    assert_eq!(replaced.body.get("by_weight"), None);
    assert_eq!(replaced.body["places"], json!([{"country": "ID", "province": "Bali"}]));
    assert_eq!(replace("\"1\"", by_weight()).await.status, 412);

    app.clock.advance(Duration::milliseconds(1));
    world.add(by_weight()).await;
    let first = app.send("GET", &format!("{RATES}?limit=1"), Some(&admin), None).await.body;
    assert_eq!(first["items"], json!([replaced.body]));
    let next = format!("{RATES}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(app.send("GET", &next, Some(&admin), None).await.body["items"].as_array().unwrap().len(), 1);

    let (_, customer) = testing::customer();
    assert_eq!(app.send("GET", RATES, Some(&customer), None).await.status, 403);
    assert_eq!(app.send("POST", RATES, Some(&customer), Some(by_weight())).await.status, 403);
    assert_eq!(app.send("DELETE", &path, Some(&admin), None).await.status, 204);
    assert_eq!(app.send("DELETE", &path, Some(&admin), None).await.status, 404);
    assert_eq!(app.send("GET", &path, Some(&admin), None).await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn a_wrong_field_of_a_rate_is_named() {
    let world = World::start().await;
    for (pointer, value, field) in [
        ("/service", json!("Reguler!"), "service"),
        ("/places/0/country", json!("id"), "places[0].country"),
        ("/base_price/amount_minor", json!(-1), "base_price"),
        ("/base_price/currency", json!("USD"), "base_price.currency"),
        ("/by_weight/step_grams", json!(0), "by_weight.step_grams"),
        ("/by_weight/divisor", json!(0), "by_weight.divisor"),
        ("/free_from/currency", json!("USD"), "free_from.currency"),
        ("/days_max", json!(1), "days_max"),
    ] {
        let mut rate = by_weight();
        *rate.pointer_mut(pointer).unwrap() = value;
        let answer = world.app.send("POST", RATES, Some(&testing::admin()), Some(rate)).await;
        assert_eq!(answer.status, 400, "{pointer}: {}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], field, "{}", answer.body);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_storefront_learns_where_the_shop_sends_to() {
    let world = World::start().await;
    let path = "/api/v1/shipping/destinations";
    let free = world.app.send("GET", path, None, None).await;
    assert_eq!((free.status.as_u16(), free.body), (200, json!({"everywhere": true, "countries": []})));
    world.add(flat("Bali", 1_500_000)).await;
    let some = world.app.send("GET", path, None, None).await;
    let bali = json!([{"country": "ID", "provinces": ["Bali"]}]);
    assert_eq!(some.body, json!({"everywhere": false, "countries": bali}));
    let known = [("if-none-match", some.headers["etag"].to_str().unwrap())];
    assert_eq!(world.app.send_with("GET", path, None, &known, None).await.status, 304);
    world.stop().await;
}

#[tokio::test]
async fn who_changed_a_rate_from_what_to_what_is_kept() {
    let world = World::start().await;
    let (adi, budi) = (testing::customer().0, testing::customer().0);
    let by = |who| testing::token(who, &[Role::Admin]);
    let made = world.app.send("POST", RATES, Some(&by(adi)), Some(by_weight())).await.body;
    let other = world.add(flat("Bali", 5)).await;
    let path = format!("{RATES}/{}", made["id"].as_str().unwrap());
    let mut dearer = by_weight();
    dearer["base_price"] = idr(300_000);
    world.app.clock.advance(Duration::SECOND);
    assert_eq!(world.app.send("PUT", &path, Some(&by(budi)), Some(dearer)).await.status, 200);
    // What is refused changes nothing.
    let stale = [("if-match", "\"1\"")];
    let late = world.app.send_with("PUT", &path, Some(&by(budi)), &stale, Some(by_weight())).await;
    assert_eq!(late.status, 412);
    world.app.clock.advance(Duration::SECOND);
    assert_eq!(world.app.send("DELETE", &path, Some(&by(adi)), None).await.status, 204);
    assert_eq!(world.app.send("DELETE", &path, Some(&by(adi)), None).await.status, 404);

    let list = async |query: &str| -> Value {
        let path = format!("/api/v1/admin/shipping/changes{query}");
        let answer = world.app.send("GET", &path, Some(&testing::admin()), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let own = format!("?rate_id={}", made["id"].as_str().unwrap());
    let changes = list(&own).await["items"].as_array().unwrap().clone();
    let row = |change: &Value| {
        let price = |when: &str| change[when]["base_price"]["amount_minor"].clone();
        json!([change["author"], price("before"), price("after")])
    };
    let rows: Vec<Value> = changes.iter().map(row).collect();
    assert_eq!(
        rows,
        [json!([adi, 300_000, null]), json!([budi, 200_000, 300_000]), json!([adi, null, 200_000])]
    );
    assert!(changes[0].get("after").is_none() && changes[2].get("before").is_none(), "{changes:?}");
    assert_eq!(changes[1]["before"]["by_weight"], by_weight()["by_weight"]);
    // Of all, page by page.
    let first = list("?limit=3").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = list(&format!("?limit=3&cursor={cursor}")).await;
    assert_eq!(rest["items"][0]["rate_id"], made["id"], "{rest}");
    assert!(first["items"].as_array().unwrap().iter().any(|change| change["rate_id"] == other["id"]));

    let staff = testing::token(budi, &[Role::Staff]);
    assert_eq!(world.app.send("GET", "/api/v1/admin/shipping/changes", Some(&staff), None).await.status, 403);
    let pool = world.app.db.as_ref().unwrap().pool();
    for harm in ["UPDATE changes SET author = gen_random_uuid()", "DELETE FROM changes", "TRUNCATE changes"] {
        let refused = sqlx::raw_sql(harm).execute(pool).await.unwrap_err();
        assert!(refused.to_string().contains("only added to"), "{harm}: {refused}");
    }
    world.stop().await;
}
