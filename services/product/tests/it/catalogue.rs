//! What customers read.

use serde_json::{Value, json};
use warung_chassis::testing::TestApp;

use warung_contracts::id::ProductId;

use crate::shop::{add, id, idr, order, post, product, start};

async fn names(app: &TestApp, path: &str) -> Vec<String> {
    let answer = app.send("GET", path, None, None).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// Follows the cursor to the end.
async fn walk(app: &TestApp, path: &str) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), path.to_owned());
    loop {
        let answer = app.send("GET", &next, None, None).await;
        assert_eq!(answer.status, 200, "{next}: {:?}", answer.body);
        let items = answer.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        all.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match answer.body["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return all,
        }
        assert!(all.len() < 20, "the cursor goes in circles");
    }
}

async fn category(app: &TestApp, slug: &str, parent: Option<&Value>) -> Value {
    let mut body = json!({"slug": slug, "name": slug});
    if let Some(parent) = parent {
        body["parent_id"] = parent.clone();
    }
    let answer = post(app, "/api/v1/categories", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.body["id"].clone()
}

#[tokio::test]
async fn every_sort_walks_through_all_products_by_cursor() {
    let app = start().await;
    // Two of the same price: the id decides.
    for (sku, name, price) in [("1", "D", 30), ("2", "B", 10), ("3", "E", 20), ("4", "A", 20), ("5", "C", 40)]
    {
        app.clock.advance(time::Duration::seconds(1));
        product(&app, sku, name, price, 1).await;
    }
    for (sort, expected) in
        [("newest", "CAEBD"), ("price_asc", "BEADC"), ("price_desc", "CDAEB"), ("name", "ABCDE")]
    {
        let walked = walk(&app, &format!("/api/v1/products?limit=2&sort={sort}")).await;
        assert_eq!(walked.concat(), expected, "{sort}");
    }
    let page = app.send("GET", "/api/v1/products?limit=2&sort=name", None, None).await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let other = app.send("GET", &format!("/api/v1/products?sort=newest&cursor={cursor}"), None, None).await;
    assert_eq!((other.status.as_u16(), &other.body["errors"][0]["field"]), (400, &json!("cursor")));
    for bad in ["cursor=x", "limit=0", "limit=101", "sort=best", "price_min_minor=-1", "category_id=prd_1"] {
        assert_eq!(
            app.send("GET", &format!("/api/v1/products?{bad}"), None, None).await.status,
            400,
            "{bad}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let app = start().await;
    let drinks = category(&app, "minuman", None).await;
    let coffee = category(&app, "kopi", Some(&drinks)).await;
    for (sku, category_id, price, stock) in
        [("gayo", &coffee, 300, 2), ("teh", &drinks, 100, 1), ("roti", &Value::Null, 200, 0)]
    {
        let body =
            json!({"sku": sku, "name": sku, "price": idr(price), "stock": stock, "category_id": category_id});
        add(&app, body).await;
    }
    let draft = json!({"sku": "draft", "name": "draft", "price": idr(1), "status": "draft"});
    let draft: ProductId = id(&add(&app, draft).await["id"]);
    assert_eq!(app.send("GET", &format!("/api/v1/products/{draft}"), None, None).await.status, 404);

    let list = |query: String| {
        let app = &app;
        async move { names(app, &format!("/api/v1/products?sort=price_asc&{query}")).await }
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!(list(String::new()).await, ["teh", "roti", "gayo"]);
    assert_eq!(list(format!("category_id={}", text(&drinks))).await, ["teh", "gayo"]);
    assert_eq!(list(format!("category_id={}", text(&coffee))).await, ["gayo"]);
    assert_eq!(list("in_stock=true".into()).await, ["teh", "gayo"]);
    assert_eq!(list("price_min_minor=101&price_max_minor=299".into()).await, ["roti"]);

    let tree = app.send("GET", "/api/v1/categories", None, None).await.body;
    assert_eq!(tree["items"].as_array().unwrap().len(), 1);
    assert_eq!(tree["items"][0]["children"][0]["slug"], "kopi");
    let mut parent = coffee;
    for level in 3..=5 {
        parent = category(&app, &format!("level-{level}"), Some(&parent)).await;
    }
    let deep =
        post(&app, "/api/v1/categories", json!({"slug": "deep", "name": "x", "parent_id": parent})).await;
    assert_eq!((deep.status.as_u16(), &deep.body["errors"][0]["field"]), (400, &json!("parent_id")));
    app.stop().await;
}

#[tokio::test]
async fn search_finds_words_and_names_that_are_typed_almost_rightly() {
    let app = start().await;
    product(&app, "KOPI-GAYO", "Kopi Gayo 250 g", 100, 1).await;
    product(&app, "KOPI-TORAJA", "Kopi Toraja 250 g", 100, 1).await;
    product(&app, "CANGKIR", "Cangkir keramik", 100, 1).await;
    let search = |q: &'static str| {
        let app = &app;
        async move { names(app, &format!("/api/v1/products/search?q={q}")).await }
    };
    assert_eq!(search("toraja").await, ["Kopi Toraja 250 g"]);
    assert_eq!(search("torjaa").await, ["Kopi Toraja 250 g"]);
    assert_eq!(search("KOPI%20torjaa").await, ["Kopi Toraja 250 g"]);
    assert_eq!(search("toraj").await, ["Kopi Toraja 250 g"]);
    assert_eq!(search("cangkr").await, ["Cangkir keramik"]);
    assert_eq!(search("kopi%20-gayo").await, ["Kopi Toraja 250 g"]);
    assert_eq!(search("%22250%20g%22%20-toraja").await, ["Kopi Gayo 250 g"]);
    assert_eq!(search("sepeda").await, Vec::<String>::new());
    let walked = walk(&app, "/api/v1/products/search?q=kopi&limit=1").await;
    assert_eq!(walked.len(), 2);
    for bad in ["", "q=", "q=%20", "q=a%00b", "q=kopi&cursor=x"] {
        let answer = app.send("GET", &format!("/api/v1/products/search?{bad}"), None, None).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
    // What looks like operators is text.
    for odd in ["%27%3B%20DROP", "%22", "%26%7C%21", "%25_%5C", "a%3A*"] {
        assert_eq!(
            app.send("GET", &format!("/api/v1/products/search?q={odd}"), None, None).await.status,
            200
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn where_no_product_has_all_words_some_are_enough_and_the_answer_says_so() {
    let app = start().await;
    product(&app, "A", "Kopi Gayo", 300, 1).await;
    product(&app, "B", "Kopi Gayo Giling", 200, 1).await;
    product(&app, "C", "Cangkir", 100, 1).await;
    let search = async |query: &str| {
        let answer = app.send("GET", &format!("/api/v1/products/search?q={query}"), None, None).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.body
    };
    let all = search("kopi%20giling").await;
    assert_eq!((&all["relaxed"], all["items"].as_array().unwrap().len()), (&json!(false), 1));
    // None is a ground coffee from Toraja.
    let some = search("kopi%20toraja%20giling").await;
    let found: Vec<&Value> = some["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(
        (&some["relaxed"], found),
        (&json!(true), vec![&json!("Kopi Gayo Giling"), &json!("Kopi Gayo")])
    );
    let path = "/api/v1/products/search?q=kopi%20toraja%20cangkir&limit=1";
    assert_eq!(walk(&app, path).await.len(), 3, "later pages go on so");
    for none in ["sepeda", "sepeda%20motor", "kopi%20-kopi"] {
        let answer = search(none).await;
        assert!(answer["items"].as_array().unwrap().is_empty(), "{none}: {answer}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_was_found_is_sorted_as_lists_are() {
    let app = start().await;
    for (sku, name, price) in
        [("A", "Kopi C", 200), ("B", "Kopi A", 300), ("C", "Kopi B", 100), ("D", "Teh", 50)]
    {
        product(&app, sku, name, price, 1).await;
        app.clock.advance(time::Duration::SECOND);
    }
    for (sort, order) in [
        ("price_asc", ["Kopi B", "Kopi C", "Kopi A"]),
        ("price_desc", ["Kopi A", "Kopi C", "Kopi B"]),
        ("newest", ["Kopi B", "Kopi A", "Kopi C"]),
        ("name", ["Kopi A", "Kopi B", "Kopi C"]),
    ] {
        let path = format!("/api/v1/products/search?q=kopi&sort={sort}");
        assert_eq!(names(&app, &path).await, order, "{sort}");
        assert_eq!(walk(&app, &format!("{path}&limit=1")).await, order, "{sort}, by pages");
    }
    let first = app.send("GET", "/api/v1/products/search?q=kopi&limit=1", None, None).await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    for wrong in [format!("sort=name&cursor={cursor}"), "sort=best".into()] {
        let answer = app.send("GET", &format!("/api/v1/products/search?q=kopi&{wrong}"), None, None).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let path = format!("/api/v1/products/{id}");
    let read = app.send("GET", &path, None, None).await;
    assert_eq!((read.status.as_u16(), &read.body["available"]), (200, &json!(5)));
    assert_eq!(read.body["price"], json!({"amount_minor": 100, "currency": "IDR"}));
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let known = [("if-none-match", tag.as_str())];
    assert_eq!(app.send_with("GET", &path, None, &known, None).await.status, 304);
    app.deliver(&order(&[(id, 1)])).await.unwrap();
    let read = app.send_with("GET", &path, None, &known, None).await;
    assert_eq!((read.status.as_u16(), &read.body["available"]), (200, &json!(4)));
    for nothing in ["/api/v1/products/prd_1", "/api/v1/products/prd_01920000000070008000000000000001"] {
        assert_eq!(app.send("GET", nothing, None, None).await.status, 404);
    }
    app.stop().await;
}
