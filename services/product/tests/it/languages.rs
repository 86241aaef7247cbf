//! What a reader gets by the language asked for, and words whatever their accents.

use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp, admin};

use crate::shop::{add, idr, post, product, settle, start};

async fn read(app: &TestApp, path: &str, language: &str) -> Answer {
    let answer = app.send_with("GET", path, None, &[("accept-language", language)], None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).map(|value| value.to_str().unwrap())
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// A shirt with an option that has an English name.
async fn shirt(app: &TestApp, category: &Value) -> Value {
    let english = json!({"en": {"name": "Colour", "values": {"Merah": "Red"}}});
    let body = json!({
        "sku": "KAOS", "name": "Kaos", "price": idr(100), "category_id": category,
        "translations": {"en": {"name": "Shirt"}},
        "options": [{"name": "Warna", "values": ["Merah", "Biru"], "translations": english}],
        "option_values": {"Warna": "Merah"},
        "variants": [{"sku": "KAOS-B", "price": idr(100), "option_values": {"Warna": "Biru"}}],
    });
    add(app, body).await
}

#[tokio::test]
async fn every_answer_names_the_languages_of_its_texts_and_that_it_depends_on_them() {
    let app = start().await;
    let drinks = json!({"slug": "baju", "name": "Baju", "translations": {"en": "Clothes"}});
    let clothes = post(&app, "/api/v1/categories", drinks).await.body["id"].clone();
    let made = shirt(&app, &clothes).await;
    let page = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let paths = [
        "/api/v1/categories",
        "/api/v1/products",
        "/api/v1/products/search?q=kaos",
        "/api/v1/products/suggest?q=kao",
        "/api/v1/products/facets",
        &page,
    ];
    for path in paths {
        for language in ["id", "en"] {
            let answer = read(&app, path, language).await;
            assert_eq!(header(&answer, "vary"), Some("accept-language"), "{path}");
            // Biru has no English name, but what stands for it is the value's own.
            assert_eq!(header(&answer, "content-language"), Some(language), "{path}");
            let again = read(&app, path, language).await;
            assert_eq!(header(&again, "content-language"), Some(language), "{path}, from memory");
        }
    }
    product(&app, "TEH", "Teh", 100, 1).await;
    let both = read(&app, "/api/v1/products", "en").await;
    assert_eq!(header(&both, "content-language"), Some("id, en"));
    let missing = app.send("GET", "/api/v1/products/tidak-ada", None, None).await;
    assert_eq!((missing.status.as_u16(), header(&missing, "vary")), (404, Some("accept-language")));
    let locations = app.send("GET", "/api/v1/locations", Some(&admin()), None).await;
    assert_eq!(header(&locations, "vary"), None, "no language is looked at");
    app.stop().await;
}

#[tokio::test]
async fn facets_call_options_as_the_reader_does_and_filters_as_the_shop_does() {
    let app = start().await;
    let made = shirt(&app, &Value::Null).await;
    let options =
        async |language| read(&app, "/api/v1/products/facets", language).await.body["options"].clone();
    let plain =
        json!([{"name": "Warna", "values": [{"value": "Biru", "count": 1}, {"value": "Merah", "count": 1}]}]);
    assert_eq!(options("id").await, plain);
    let values = json!([{"value": "Biru", "count": 1}, {"value": "Merah", "label": "Red", "count": 1}]);
    assert_eq!(options("en").await, json!([{"name": "Warna", "label": "Colour", "values": values}]));
    // Whoever wrote last is right, and what nobody says any more goes with the next reindex.
    let axis = |translations: Value| json!({"options": [{"name": "Warna", "values": ["Merah", "Biru"], "translations": translations}]});
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let german = json!({"de": {"name": "Farbe", "values": {"Merah": "Rot"}}});
    let edited = app.send("PATCH", &path, Some(&admin()), Some(axis(german))).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    settle(&app).await;
    assert_eq!(options("de").await[0]["label"], "Farbe");
    warung_product::tools::reindex(app.db.as_ref().unwrap()).await.unwrap();
    app.clock.advance(time::Duration::SECOND);
    assert_eq!(options("en").await, plain);
    assert_eq!(options("de").await[0]["label"], "Farbe");
    app.stop().await;
}

#[tokio::test]
async fn letters_count_without_their_accents() {
    let app = start().await;
    product(&app, "A", "Crème Brûlée", 100, 1).await;
    product(&app, "B", "Brulee polos", 100, 1).await;
    for q in ["brulee", "br%C3%BBl%C3%A9e", "BRULEE", "creme%20brulee", "cr%C3%A8me%20bruleee", "brul"] {
        let found = read(&app, &format!("/api/v1/products/search?q={q}"), "id").await;
        assert!(names(&found).contains(&"Crème Brûlée"), "{q}: {}", found.body);
    }
    for q in ["brul", "br%C3%BBl", "cr%C3%A8me%20br", "brulwe"] {
        let found = read(&app, &format!("/api/v1/products/suggest?q={q}"), "id").await.body;
        let products = found["products"].as_array().unwrap();
        assert!(products.iter().any(|product| product["name"] == "Crème Brûlée"), "{q}: {found}");
        assert_eq!(found["words"], json!(["brulee"]), "{q}");
    }
    let staff = app.send("GET", "/api/v1/admin/products?q=brulee", Some(&admin()), None).await;
    assert_eq!(staff.body["items"].as_array().unwrap().len(), 2, "{}", staff.body);
    app.stop().await;
}

#[tokio::test]
async fn names_say_something() {
    let app = start().await;
    for (path, body, field) in [
        ("/api/v1/categories", json!({"slug": "a", "name": "   "}), "name"),
        (
            "/api/v1/categories",
            json!({"slug": "a", "name": "A", "translations": {"en": " "}}),
            "translations",
        ),
        ("/api/v1/locations", json!({"code": "a", "name": "  "}), "name"),
        ("/api/v1/price-lists", json!({"name": " "}), "name"),
        ("/api/v1/products", json!({"sku": "A", "name": "   ", "price": idr(1)}), "name"),
    ] {
        let answer = post(&app, path, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (400, &json!(field)),
            "{path}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn the_old_address_of_what_is_not_for_sale_leads_nowhere() {
    let app = start().await;
    let made = add(&app, json!({"sku": "A", "name": "Kopi", "slug": "kopi", "price": idr(1)})).await;
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    app.send("PATCH", &path, Some(&admin()), Some(json!({"slug": "kopi-baru"}))).await;
    assert_eq!(app.send("GET", "/api/v1/products/kopi", None, None).await.status, 308);
    app.send("PATCH", &path, Some(&admin()), Some(json!({"status": "draft"}))).await;
    for slug in ["kopi", "kopi-baru"] {
        assert_eq!(
            app.send("GET", &format!("/api/v1/products/{slug}"), None, None).await.status,
            404,
            "{slug}"
        );
    }
    app.stop().await;
}
