//! Staff look for orders, customers through their own.

use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;
use warung_chassis::{auth::Role, testing};
use warung_contracts::{
    event::{PaymentDisputeClosed, PaymentDisputed, PaymentRefunded, StockRejected, UserDeleted},
    id::{DisputeId, OrderId, UserId},
    money::Money,
};

use crate::shop::{PRICE, Shop, body, first_try};

impl Shop {
    /// The ids of the orders that a search finds, in their order.
    pub async fn find(&self, query: &str) -> Vec<OrderId> {
        let found = self.as_admin("GET", &format!("/api/v1/admin/orders?{query}"), None).await;
        let items = found["items"].as_array().unwrap().iter();
        items.map(|order| order["id"].as_str().unwrap().parse().unwrap()).collect()
    }

    /// Lets some time pass: ids made within one millisecond have no order of their own.
    fn later(&self) {
        self.app.clock.advance(Duration::seconds(1));
    }

    /// An order of so many items.
    async fn order_of(&self, quantity: u32) -> OrderId {
        self.later();
        self.peers.fill(&self.token, &[(self.product, quantity)]).await;
        let placed = self.checkout(&Uuid::now_v7().to_string()).await;
        placed.body["id"].as_str().unwrap().parse().unwrap()
    }

    fn went_back(&self, order_id: OrderId, amount_minor: i64) -> PaymentRefunded {
        let amount = Money::new(amount_minor, self.total().currency);
        let payment_id = first_try(order_id);
        PaymentRefunded { order_id, payment_id, user_id: self.user, amount, refund_id: None, offline: None }
    }
}

#[tokio::test]
async fn staff_look_for_orders() {
    let shop = Shop::start().await;
    let first = shop.order().await;
    shop.app.clock.advance(Duration::seconds(1));
    let second = shop.order().await;
    shop.app.clock.advance(Duration::hours(1));
    let third = shop.order().await;
    shop.app.deliver(&shop.paid(third)).await.unwrap();
    let number = shop.detail(first).await["number"].as_str().unwrap().to_lowercase();
    let email = format!("{}@example.com", shop.user.uuid().simple()).to_uppercase();
    assert_eq!(shop.find(&format!("number={number}")).await, [first]);
    assert_eq!(shop.find(&format!("email={email}")).await, [third, second, first]);
    assert_eq!(shop.find("state=confirmed").await, [third]);
    assert_eq!(shop.find("to=2026-01-01T00:30:00Z").await, [second, first]);
    assert_eq!(shop.find("from=2026-01-01T00:30:00Z&state=placed").await, []);
    assert_eq!(shop.find(&format!("user_id={}", UserId(Uuid::now_v7()))).await, []);
    let page = shop.as_admin("GET", "/api/v1/admin/orders?limit=2", None).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(shop.find(&format!("limit=2&cursor={cursor}")).await, [first]);
    assert_eq!(shop.get("/api/v1/admin/orders").await.status, 403);
    let staff = testing::token(UserId(Uuid::now_v7()), &[Role::Staff]);
    assert_eq!(shop.app.send("GET", "/api/v1/admin/orders", Some(&staff), None).await.status, 200);
    assert_eq!(shop.app.send("GET", "/api/v1/admin/orders?state=lost", Some(&staff), None).await.status, 400);
    shop.stop().await;
}

#[tokio::test]
async fn parts_of_what_staff_know_find_the_order() {
    let shop = Shop::start().await;
    let order = async |email: &str, name: &str, phone: &str| -> OrderId {
        let mut order = body();
        order["contact"] = json!({"email": email, "name": name, "phone": phone});
        shop.later();
        shop.fill_anew().await;
        let placed = shop.post("/api/v1/checkout", &Uuid::now_v7().to_string(), Some(order)).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        placed.body["id"].as_str().unwrap().parse().unwrap()
    };
    let sari = order("sari.dewi@example.com", "Sari Dewi", "+6281200001111").await;
    let budi = order("budi@example.org", "Budi 100%", "+6281299992222").await;
    let number = shop.detail(sari).await["number"].as_str().unwrap()[6..12].to_owned();
    for (text, found) in [
        ("dewi@exam", vec![sari]),
        ("ARI%20dEW", vec![sari]),
        ("dewi%20sari", vec![sari]),
        ("9999222", vec![budi]),
        ("kopi", vec![budi, sari]),
        (number.as_str(), vec![sari]),
        ("100%25", vec![budi]),
        ("1_0%25", vec![]),
        ("dewi%20budi", vec![]),
    ] {
        assert_eq!(shop.find(&format!("q={text}")).await, found, "{text}");
    }
    let found = shop.as_admin("GET", "/api/v1/admin/orders?q=budi", None).await["items"][0].clone();
    let customer =
        json!({"user_id": shop.user, "guest": false, "email": "budi@example.org", "name": "Budi 100%"});
    assert_eq!(found["customer"], customer);
    let words =
        ["payment_provider", "payment_state", "shipment_state"].map(|word| found[word].as_str().unwrap());
    assert_eq!(words, ["sandbox", "open", "none"]);
    let short = shop.app.send("GET", "/api/v1/admin/orders?q=ab", Some(&testing::admin()), None).await;
    assert_eq!((short.status.as_u16(), &short.body["errors"][0]["field"]), (400, &json!("q")));
    // What was found by a person's words is not any more, once the person is erased.
    shop.app.deliver(&StockRejected { order_id: sari, shortages: vec![] }).await.unwrap();
    shop.app.deliver(&UserDeleted { user_id: shop.user }).await.unwrap();
    assert_eq!(shop.find("q=dewi").await, []);
    assert_eq!(shop.find(&format!("q={number}")).await, [sari]);
    shop.stop().await;
}

#[tokio::test]
async fn an_order_is_found_by_how_it_stands_with_money_and_parcels() {
    let shop = Shop::start().await;
    let mut orders = Vec::new();
    for _ in 0..7 {
        shop.later();
        orders.push(shop.order().await);
    }
    let [open, rejected, paid, shipped, done, part, back] = orders[..] else { panic!("seven orders") };
    shop.app.deliver(&StockRejected { order_id: rejected, shortages: vec![] }).await.unwrap();
    for id in [paid, shipped, done, part, back] {
        shop.app.deliver(&shop.paid(id)).await.unwrap();
    }
    shop.app.deliver(&shop.dispatched(shipped)).await.unwrap();
    shop.app.deliver(&shop.delivered(done)).await.unwrap();
    shop.app.deliver(&shop.went_back(part, 1)).await.unwrap();
    shop.as_admin("POST", &format!("/api/v1/orders/{back}/cancel"), None).await;
    shop.app.deliver(&shop.went_back(back, 2 * PRICE)).await.unwrap();
    for (filter, found) in [
        ("payment_state=open", vec![open]),
        ("payment_state=unpaid", vec![rejected]),
        ("payment_state=paid", vec![done, shipped, paid]),
        ("payment_state=partly_refunded", vec![part]),
        ("payment_state=refunded", vec![back]),
        ("shipment_state=none", vec![back, rejected, open]),
        ("shipment_state=waiting", vec![part, paid]),
        ("shipment_state=on_the_way", vec![shipped]),
        ("shipment_state=delivered", vec![done]),
        ("shipment_state=returned", vec![]),
        ("shipment_state=waiting&payment_state=partly_refunded&provider=sandbox", vec![part]),
        ("provider=none", vec![]),
    ] {
        assert_eq!(shop.find(filter).await, found, "{filter}");
        // What the rows say is what the filter asked for.
        let (field, word) = filter.split('&').next().unwrap().split_once('=').unwrap();
        let rows = shop.as_admin("GET", &format!("/api/v1/admin/orders?{filter}"), None).await;
        let field = if field == "provider" { "payment_provider" } else { field };
        assert!(rows["items"].as_array().unwrap().iter().all(|row| row[field] == word), "{filter}: {rows}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_paid_order_that_nobody_ships_is_clocked() {
    let shop = Shop::start().await;
    let age = async || {
        shop.app.run_job("waiting").await;
        let metrics = shop.app.metrics.render();
        let line = metrics.lines().find(|line| line.starts_with("warung_orders_unshipped_age_seconds{"));
        line.unwrap().rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()
    };
    let (first, second, unpaid) = (shop.order_of(2).await, shop.order_of(2).await, shop.order_of(2).await);
    assert_eq!((age().await, shop.find("unshipped_for=0").await), (0, vec![]));
    // From when it was paid; what else happens to it does not count.
    shop.app.clock.advance(Duration::minutes(10));
    shop.app.deliver(&shop.paid(second)).await.unwrap();
    shop.app.clock.advance(Duration::hours(2));
    shop.app.deliver(&shop.paid(first)).await.unwrap();
    shop.app.deliver(&shop.went_back(second, 1)).await.unwrap();
    shop.app.clock.advance(Duration::hours(1));
    assert_eq!(age().await, 3 * 3600);
    assert_eq!(shop.find("unshipped_for=0").await, [second, first]);
    assert_eq!(shop.find("unshipped_for=3").await, [second]);
    assert_eq!(shop.find("unshipped_for=4").await, []);
    let found = shop.as_admin("GET", "/api/v1/admin/orders", None).await;
    let since: Vec<bool> =
        found["items"].as_array().unwrap().iter().map(|order| order["waiting_since"].is_string()).collect();
    assert_eq!((since, found["items"][0]["id"].clone()), (vec![false, true, true], json!(unpaid)));
    shop.app.deliver(&shop.dispatched(second)).await.unwrap();
    assert_eq!((age().await, shop.find("unshipped_for=0").await), (3600, vec![first]));
    shop.as_admin("POST", &format!("/api/v1/orders/{first}/cancel"), None).await;
    assert_eq!((age().await, shop.find("unshipped_for=0").await), (0, vec![]));
    shop.stop().await;
}

#[tokio::test]
async fn orders_are_found_by_total_and_coupon_and_sorted_page_by_page() {
    let shop = Shop::start().await;
    let [two, one, three] = [shop.order_of(2).await, shop.order_of(1).await, shop.order_of(3).await];
    let another_two = shop.order_of(2).await;
    assert_eq!(shop.find("sort=total_up").await, [one, two, another_two, three]);
    assert_eq!(shop.find("sort=total_down").await, [three, another_two, two, one]);
    assert_eq!(shop.find("sort=oldest").await, [two, one, three, another_two]);
    let range = format!("total_min={}&total_max={}", 2 * PRICE, 2 * PRICE);
    assert_eq!(shop.find(&range).await, [another_two, two]);
    for sort in ["total_up", "total_down", "oldest", "newest"] {
        let (whole, mut seen, mut cursor) = (shop.find(&format!("sort={sort}")).await, vec![], String::new());
        loop {
            let path = format!("/api/v1/admin/orders?sort={sort}&limit=1{cursor}");
            let page = shop.as_admin("GET", &path, None).await;
            seen.push(page["items"][0]["id"].as_str().unwrap().parse::<OrderId>().unwrap());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, whole, "{sort}");
    }
    shop.coupon(json!({"code": "HEMAT-10", "benefit": {"kind": "percent", "ppm": 100_000}})).await;
    let with = shop.checkout_with("k", &["HEMAT-10"]).await;
    assert_eq!(json!(shop.find("coupon=hemat-10").await), json!([with.body["id"]]));
    assert_eq!(shop.find("coupon=OTHER").await, []);
    shop.stop().await;
}

#[tokio::test]
async fn customers_see_their_orders_in_one_state() {
    let shop = Shop::start().await;
    let waiting = shop.order().await;
    shop.later();
    let paid = shop.order().await;
    shop.app.deliver(&shop.paid(paid)).await.unwrap();
    let ids = async |query: &str| -> Value {
        let items = shop.get(&format!("/api/v1/orders{query}")).await.body["items"].clone();
        items.as_array().unwrap().iter().map(|order| order["id"].clone()).collect()
    };
    assert_eq!(ids("").await, json!([paid, waiting]));
    assert_eq!(ids("?state=confirmed").await, json!([paid]));
    assert_eq!(ids("?state=shipped").await, json!([]));
    assert_eq!(shop.get("/api/v1/orders?state=lost").await.status, 400);
    shop.stop().await;
}

/// What PostgreSQL would do where reading everything is out of the question.
async fn plan(shop: &Shop, condition: &'static str) -> String {
    let mut tx = shop.app.db.as_ref().unwrap().pool().begin().await.unwrap();
    sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await.unwrap();
    let explain = format!(
        "EXPLAIN SELECT o.order_id FROM orders o JOIN order_search s USING (order_id) WHERE {condition}"
    );
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_all(&mut *tx).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn each_search_has_an_index() {
    let shop = Shop::start().await;
    shop.order().await;
    for (condition, index) in [
        ("s.words LIKE '%gayo%'", "order_search_words"),
        ("s.total_minor > 5 ORDER BY s.total_minor, s.order_id LIMIT 2", "order_search_total"),
        ("o.order_id < gen_random_uuid() ORDER BY o.order_id DESC LIMIT 2", "orders_pk"),
    ] {
        let plan = plan(&shop, condition).await;
        assert!(plan.contains(index), "{condition}: {plan}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_disputed_order_is_found_and_goes_on_as_it_was() {
    let shop = Shop::start().await;
    let (order_id, other) = (shop.order_of(2).await, shop.order_of(2).await);
    for order in [order_id, other] {
        shop.app.deliver(&shop.paid(order)).await.unwrap();
    }
    let (payment_id, amount) = (first_try(order_id), shop.total());
    let (dispute_id, provider) = (DisputeId(Uuid::now_v7()), "stripe".to_owned());
    let disputed = PaymentDisputed {
        order_id,
        payment_id,
        dispute_id,
        provider: provider.clone(),
        amount,
        taken: amount,
        reason: "fraudulent".into(),
        inquiry: None,
        respond_by: None,
        order_dispute: "open".into(),
    };
    assert_eq!(shop.find("disputed=true").await, []);
    let id = Uuid::now_v7();
    for _ in 0..2 {
        shop.app.deliver_as(id, &disputed).await.unwrap();
    }
    assert_eq!(shop.find("disputed=true").await, [order_id]);
    assert_eq!(shop.detail(order_id).await["state"], "confirmed");
    assert!(shop.detail(order_id).await.get("dispute").is_none(), "customers know");
    let path = format!("/api/v1/orders/{order_id}");
    assert_eq!(shop.as_admin("GET", &path, None).await["dispute"], "open");
    // It goes on: the carrier has it, and then it is decided.
    shop.app.deliver(&shop.dispatched(order_id)).await.unwrap();
    let order_dispute = "lost".to_owned();
    let closed = PaymentDisputeClosed {
        order_id,
        payment_id,
        dispute_id,
        provider,
        amount,
        taken: amount,
        outcome: "lost".into(),
        order_dispute,
    };
    shop.app.deliver(&closed).await.unwrap();
    let shown = shop.as_admin("GET", &path, None).await;
    assert_eq!((&shown["dispute"], &shown["state"]), (&json!("lost"), &json!("shipped")));
    let found = shop.as_admin("GET", "/api/v1/admin/orders?disputed=true", None).await;
    assert_eq!(found["items"][0]["dispute"], "lost");
    let path = format!("/api/v1/admin/orders/{order_id}/timeline");
    let timeline = shop.as_admin("GET", &path, None).await;
    let texts: Vec<&str> =
        timeline["items"].as_array().unwrap().iter().filter_map(|line| line["text"].as_str()).collect();
    let told = texts.iter().filter(|text| text.contains("contests") || text.contains("is lost")).count();
    assert_eq!(told, 2, "{texts:?}");
    shop.stop().await;
}
