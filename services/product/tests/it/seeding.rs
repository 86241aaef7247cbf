//! The catalogue of a seed.

use warung_product::tools;

use crate::shop::{check_books, post, start};

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
    let facets = app.send("GET", "/api/v1/products/facets", None, None).await.body;
    assert_eq!(facets["total"], 711);
    assert!(facets["categories"].as_array().unwrap().len() > 10, "{facets}");
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
