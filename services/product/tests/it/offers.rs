//! What other services ask, over a real listener.

use serde_json::json;
use tonic::Code;
use warung_chassis::testing::admin;
use warung_contracts::grpc::product::{GetOffersRequest, catalog_client::CatalogClient};

use crate::shop::{order, product, shirt, start};

#[tokio::test]
async fn offers_say_price_and_what_is_left() {
    let app = start().await;
    let (kopi, gone) = (product(&app, "A", "Kopi", 250, 10).await, product(&app, "B", "Teh", 100, 1).await);
    app.deliver(&order(&[(kopi, 4)])).await.unwrap();
    assert_eq!(
        app.send("DELETE", &format!("/api/v1/products/{gone}"), Some(&admin()), None).await.status,
        204
    );
    let mut client = CatalogClient::new(app.peer("order").await);
    let product_ids = vec![kopi.to_string(), gone.to_string()];
    let offers = client
        .get_offers(GetOffersRequest { product_ids, ..Default::default() })
        .await
        .unwrap()
        .into_inner()
        .offers;
    assert_eq!(offers.len(), 1);
    let offer = &offers[0];
    assert_eq!((offer.product_id.as_str(), offer.sku.as_str()), (kopi.to_string().as_str(), "A"));
    assert_eq!((offer.unit_price_minor, offer.currency.as_str(), offer.available), (250, "IDR", 6));

    let (shirt, [m, l]) = shirt(&app, [3, 0]).await;
    let variant_ids = vec![l.to_string()];
    let request =
        GetOffersRequest { product_ids: vec![shirt.to_string()], variant_ids, ..Default::default() };
    let mut offers = client.get_offers(request).await.unwrap().into_inner().offers;
    offers.sort_by_key(|offer| offer.unit_price_minor);
    let told: Vec<_> =
        offers.iter().map(|o| (o.variant_id.clone(), o.variant_name.as_str(), o.available)).collect();
    assert_eq!(told, [(m.to_string(), "M", 3), (l.to_string(), "L", 0)]);
    assert!(
        offers.iter().all(|o| o.product_id == shirt.to_string() && o.tax_class == "standard" && !o.backorder)
    );

    let bad = client
        .get_offers(GetOffersRequest { product_ids: vec!["ord_1".into()], ..Default::default() })
        .await
        .unwrap_err();
    assert_eq!(bad.code(), Code::InvalidArgument);
    let many = vec![kopi.to_string(); 501];
    let bad =
        client.get_offers(GetOffersRequest { product_ids: many, ..Default::default() }).await.unwrap_err();
    assert_eq!(bad.code(), Code::InvalidArgument);
    app.stop().await;
}

/// Whoever sells what is in a category needs no tree for it.
#[tokio::test]
async fn an_offer_names_its_category_and_all_above_it() {
    let app = start().await;
    let (tea, loose) = (product(&app, "A", "Teh", 100, 1).await, product(&app, "B", "Kopi", 100, 1).await);
    let add = async |slug: &str, parent_id: Option<&str>| {
        let body = json!({"slug": slug, "name": slug, "parent_id": parent_id});
        let added = app.send("POST", "/api/v1/categories", Some(&admin()), Some(body)).await;
        added.body["id"].as_str().unwrap_or_else(|| panic!("{}", added.body)).to_owned()
    };
    let drinks = add("minuman", None).await;
    let hot = add("panas", Some(&drinks)).await;
    let path = format!("/api/v1/products/{tea}");
    let moved = app.send("PATCH", &path, Some(&admin()), Some(json!({"category_id": hot}))).await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    let mut client = CatalogClient::new(app.peer("order").await);
    let product_ids = vec![tea.to_string(), loose.to_string()];
    let request = GetOffersRequest { product_ids, ..Default::default() };
    let mut offers = client.get_offers(request).await.unwrap().into_inner().offers;
    offers.sort_by(|one, other| one.sku.cmp(&other.sku));
    let told: Vec<Vec<String>> = offers.into_iter().map(|offer| offer.category_ids).collect();
    assert_eq!(told, [vec![drinks, hot], vec![]]);
    app.stop().await;
}
