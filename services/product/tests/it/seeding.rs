//! The catalogue of a seed.

use warung_chassis::testing::TestApp;
use warung_product::tools::{self, Format, Import, Options};

use crate::shop::{check_books, post, start};

/// How many rows PostgreSQL believes to be in a table; -1 when it never looked.
async fn known_rows(app: &TestApp, table: &str) -> i64 {
    let pool = app.db.as_ref().unwrap().pool();
    let rows = "SELECT reltuples::bigint FROM pg_class WHERE oid = $1::regclass";
    sqlx::query_scalar(rows).bind(table).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn a_seed_makes_a_catalogue_once() {
    let app = start().await;
    let db = app.db.clone().unwrap();
    let currency = "IDR".parse().unwrap();
    post(&app, "/api/v1/categories", serde_json::json!({"slug": "kopi", "name": "Kopi"})).await;
    assert_eq!(tools::seed(&db, currency, 700, 7).await.unwrap().products, 700);
    assert_eq!(
        tools::seed(&db, currency, 701, 7).await.unwrap().products,
        1,
        "what is there is left as it is"
    );
    assert_eq!(tools::seed(&db, currency, 10, 8).await.unwrap().products, 10);
    for table in ["products", "variants", "catalog_documents"] {
        assert!(known_rows(&app, table).await >= 711, "{table}: plans know what is in it");
    }
    let facets = app.send("GET", "/api/v1/products/facets", None, None).await.body;
    assert_eq!(facets["total"], 711);
    assert!(facets["categories"].as_array().unwrap().len() > 10, "{facets}");
    let english = [("accept-language", "en")];
    let facets = app.send_with("GET", "/api/v1/products/facets", None, &english, None).await;
    // But the category that was there already.
    assert_eq!(facets.headers["content-language"], "id, en");
    let labels = facets.body["options"].as_array().unwrap();
    assert!(labels.iter().all(|option| option["label"].is_string()), "{labels:?}");
    let found = app.send("GET", "/api/v1/products/search?q=cofee", None, None).await.body;
    assert!(
        !found["items"].as_array().unwrap().is_empty(),
        "English words are found, also when typed wrongly"
    );
    check_books(&app).await;
    // What a seed writes is what the events of the service would have made of it.
    let documents = "SELECT md5(string_agg(d::text, '' ORDER BY product_id, valid_from)) FROM (SELECT product_id, \
        valid_from, slug, name, summary, translations, categories, price_minor, in_stock, choices, search FROM catalog_documents) d";
    let digest = async || -> String { sqlx::query_scalar(documents).fetch_one(db.pool()).await.unwrap() };
    let before = digest().await;
    tools::reindex(&db).await.unwrap();
    assert_eq!(digest().await, before);
    app.stop().await;
}

#[tokio::test]
async fn after_a_large_file_plans_know_what_is_there() {
    let app = start().await;
    let row = |n: usize| format!("SKU-{n},Kopi {n},100\n");
    let file = "sku,name,price_minor\n".to_owned() + &(0..500).map(row).collect::<String>();
    let options = Options {
        format: Format::Csv,
        dry_run: false,
        actor: "test".into(),
        currency: "IDR".parse().unwrap(),
        name: None,
    };
    let mut import = Import::new(app.db.clone().unwrap(), options);
    for chunk in [file.as_bytes(), b""] {
        assert_eq!(import.push(chunk).await.unwrap(), []);
    }
    assert_eq!((import.summary().created, known_rows(&app, "products").await), (500, 500));
    app.stop().await;
}
