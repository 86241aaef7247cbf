//! The tree of categories, and how it changes.

use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp, admin};

use crate::shop::{add, idr, post, settle, start};

async fn category(app: &TestApp, slug: &str, parent: Option<&Value>) -> Value {
    let body = json!({"slug": slug, "name": slug, "parent_id": parent});
    let answer = post(app, "/api/v1/categories", body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.body["id"].clone()
}

fn path(id: &Value) -> String {
    format!("/api/v1/categories/{}", id.as_str().unwrap())
}

async fn edit(app: &TestApp, id: &Value, body: Value) -> Answer {
    let answer = app.send("PATCH", &path(id), Some(&admin()), Some(body)).await;
    settle(app).await;
    answer
}

/// Slugs of the tree, each with those below it in brackets.
async fn tree(app: &TestApp) -> String {
    fn told(items: &Value) -> String {
        let items = items.as_array().unwrap().iter().map(|item| {
            let below = told(&item["children"]);
            let slug = item["slug"].as_str().unwrap();
            if below.is_empty() { slug.to_owned() } else { format!("{slug}({below})") }
        });
        items.collect::<Vec<_>>().join(" ")
    }
    told(&app.send("GET", "/api/v1/categories", None, None).await.body["items"])
}

/// SKUs of what is listed in a category.
async fn within(app: &TestApp, id: &Value) -> Vec<String> {
    let list = format!("/api/v1/products?category_id={}", id.as_str().unwrap());
    let items = app.send("GET", &list, None, None).await.body["items"].clone();
    items.as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_branch_moves_with_its_products() {
    let app = start().await;
    let food = category(&app, "makanan", None).await;
    let drinks = category(&app, "minuman", None).await;
    let coffee = category(&app, "kopi", Some(&food)).await;
    let arabica = category(&app, "arabika", Some(&coffee)).await;
    add(&app, json!({"sku": "GAYO", "name": "Gayo", "price": idr(1), "category_id": arabica})).await;
    assert_eq!((within(&app, &food).await.len(), within(&app, &drinks).await.len()), (1, 0));

    let moved = edit(&app, &coffee, json!({"parent_id": drinks, "position": 3})).await;
    assert_eq!((moved.status.as_u16(), &moved.body["parent_id"]), (200, &drinks), "{}", moved.body);
    assert_eq!(tree(&app).await, "makanan minuman(kopi(arabika))");
    assert_eq!((within(&app, &food).await.len(), within(&app, &drinks).await.len()), (0, 1));
    edit(&app, &coffee, json!({"parent_id": null})).await;
    edit(&app, &drinks, json!({"position": 1})).await;
    assert_eq!(tree(&app).await, "makanan minuman kopi(arabika)", "by position, then by name");
    assert_eq!(within(&app, &coffee).await, ["GAYO"]);

    for (id, body, status, field) in [
        (&coffee, json!({"parent_id": arabica}), 400, "parent_id"),
        (&coffee, json!({"parent_id": coffee}), 400, "parent_id"),
        (&coffee, json!({"parent_id": "cat_01920000000070008000000000000001"}), 400, "parent_id"),
        (&coffee, json!({"name": ""}), 400, "name"),
        (&coffee, json!({"translations": {"english": "Coffee"}}), 400, "translations"),
    ] {
        let refused = edit(&app, id, body.clone()).await;
        let told = (refused.status.as_u16(), &refused.body["errors"][0]["field"]);
        assert_eq!(told, (status, &json!(field)), "{body}: {}", refused.body);
    }
    let mut deepest = drinks;
    for level in 2..=4 {
        deepest = category(&app, &format!("level-{level}"), Some(&deepest)).await;
    }
    let too_deep = edit(&app, &coffee, json!({"parent_id": deepest})).await;
    assert_eq!((too_deep.status.as_u16(), &too_deep.body["errors"][0]["field"]), (400, &json!("parent_id")));
    app.stop().await;
}

#[tokio::test]
async fn a_category_is_called_in_many_languages_and_by_one_slug() {
    let app = start().await;
    let (coffee, tea) = (category(&app, "kopi", None).await, category(&app, "teh", None).await);
    let named = json!({"name": "Kopi Nusantara", "slug": "kopi-nusantara", "translations": {"en": "Coffee"}});
    assert_eq!(edit(&app, &coffee, named).await.status, 200);
    let english = [("accept-language", "en-GB, id;q=0.5")];
    let all = app.send_with("GET", "/api/v1/categories", None, &english, None).await.body;
    let names: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["Coffee", "teh"], "where there is no translation, the catalogue's own name");
    let all = app.send("GET", "/api/v1/categories", None, None).await.body;
    assert_eq!(
        (&all["items"][0]["name"], &all["items"][0]["slug"]),
        (&json!("Kopi Nusantara"), &json!("kopi-nusantara"))
    );
    let taken = edit(&app, &tea, json!({"slug": "kopi-nusantara"})).await;
    assert_eq!(taken.status, 409);
    assert!(taken.body["type"].as_str().unwrap().ends_with("/slug-taken"));
    app.stop().await;
}

#[tokio::test]
async fn only_an_empty_category_is_deleted() {
    let app = start().await;
    let drinks = category(&app, "minuman", None).await;
    let coffee = category(&app, "kopi", Some(&drinks)).await;
    let made =
        add(&app, json!({"sku": "GAYO", "name": "Gayo", "price": idr(1), "category_id": coffee})).await;
    let delete = async |id: &Value| app.send("DELETE", &path(id), Some(&admin()), None).await;
    for full in [&drinks, &coffee] {
        let refused = delete(full).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("/category-in-use"));
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(
            detail.contains(" 1 category and 0 products.") || detail.contains(" and 1 product."),
            "{detail}"
        );
    }
    let product = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let out = app.send("PATCH", &product, Some(&admin()), Some(json!({"category_id": null}))).await;
    assert_eq!(out.status, 200);
    assert_eq!(delete(&coffee).await.status, 204);
    assert_eq!(delete(&drinks).await.status, 204);
    assert_eq!((tree(&app).await.as_str(), delete(&coffee).await.status.as_u16()), ("", 404));
    assert_eq!(edit(&app, &coffee, json!({"name": "Kopi"})).await.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn of_two_moves_at_once_neither_makes_a_circle() {
    let app = start().await;
    let (one, two) = (category(&app, "satu", None).await, category(&app, "dua", None).await);
    let (a, b) = tokio::join!(
        edit(&app, &one, json!({"parent_id": two})),
        edit(&app, &two, json!({"parent_id": one}))
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert!(["satu(dua)", "dua(satu)"].contains(&tree(&app).await.as_str()));
    app.stop().await;
}
