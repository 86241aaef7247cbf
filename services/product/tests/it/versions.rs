//! What is added is found where its `Location` says, and one edit does not undo another.

use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp, admin};

use crate::shop::{idr, post, product, start};

async fn send(app: &TestApp, method: &str, path: &str, tag: Option<&str>, body: Option<Value>) -> Answer {
    let headers: Vec<(&str, &str)> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
    app.send_with(method, path, Some(&admin()), &headers, body).await
}

fn header(answer: &Answer, name: &str) -> String {
    answer
        .headers
        .get(name)
        .unwrap_or_else(|| panic!("{name}: {:?}", answer.headers))
        .to_str()
        .unwrap()
        .into()
}

#[tokio::test]
async fn the_second_of_two_who_edit_the_same_is_told_so() {
    let app = start().await;
    for (path, body, goes) in [
        ("/api/v1/categories", json!({"slug": "kopi", "name": "Kopi"}), true),
        ("/api/v1/price-lists", json!({"name": "Lebaran"}), true),
        ("/api/v1/locations", json!({"code": "jkt", "name": "Jakarta"}), false),
    ] {
        let added = post(&app, path, body).await;
        let (at, first) = (header(&added, "location"), header(&added, "etag"));
        let read = send(&app, "GET", &at, None, None).await;
        assert_eq!(
            (read.status.as_u16(), &read.body, header(&read, "etag")),
            (200, &added.body, first.clone())
        );
        let rename = async |tag: Option<&str>, name: &str| {
            send(&app, "PATCH", &at, tag, Some(json!({"name": name}))).await
        };
        let edited = rename(Some(&first), "Satu").await;
        assert_eq!((edited.status.as_u16(), &edited.body["name"]), (200, &json!("Satu")), "{at}");
        let second = header(&edited, "etag");
        assert_ne!(second, first);
        for stale in [first.as_str(), "\"zzz\""] {
            assert_eq!(rename(Some(stale), "Dua").await.status, 412, "{at}");
        }
        let same = rename(Some(&second), "Satu").await;
        assert_eq!(header(&same, "etag"), second, "nothing was changed");
        assert_eq!(rename(None, "Tiga").await.status, 200);
        if goes {
            assert_eq!(send(&app, "DELETE", &at, Some(&second), None).await.status, 412, "{at}");
            assert_eq!(send(&app, "DELETE", &at, Some("*"), None).await.status, 204, "{at}");
            assert_eq!(send(&app, "GET", &at, None, None).await.status, 404, "{at}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_variant_is_found_where_its_location_says() {
    let app = start().await;
    let body = json!({"sku": "K-M", "name": "Kaos", "price": idr(1), "options": [{"name": "Size", "values": ["M", "L"]}],
        "option_values": {"Size": "M"}});
    let made = post(&app, "/api/v1/products", body).await;
    let variants = format!("{}/variants", header(&made, "location"));
    let variant = json!({"sku": "K-L", "price": idr(2), "option_values": {"Size": "L"}});
    let added = post(&app, &variants, variant).await;
    let read = send(&app, "GET", &header(&added, "location"), None, None).await;
    assert_eq!((read.status.as_u16(), &read.body), (200, &added.body));
    assert_eq!(header(&read, "etag"), header(&added, "etag"));
    assert_eq!(app.send("GET", &header(&added, "location"), None, None).await.status, 401);
    app.stop().await;
}

#[tokio::test]
async fn a_count_books_what_is_missing_to_it() {
    let app = start().await;
    let id = product(&app, "A", "Kopi", 100, 5).await;
    let path = format!("/api/v1/products/{id}/stock");
    let book = async |key: &str, body: Value| {
        app.send_with("POST", &path, Some(&admin()), &[("idempotency-key", key)], Some(body)).await
    };
    let counted = book("count-1", json!({"counted": 3, "reason": "stock-taking"})).await;
    assert_eq!((counted.status.as_u16(), &counted.body["on_hand"]), (201, &json!(3)), "{}", counted.body);
    assert_eq!(book("count-2", json!({"counted": 3, "reason": "again"})).await.body["on_hand"], 3);
    let movements = send(&app, "GET", &format!("/api/v1/products/{id}/movements"), None, None).await.body;
    let items = movements["items"].as_array().unwrap();
    let last = items.iter().find(|movement| movement["reason"] == "stock-taking").unwrap();
    assert_eq!((items.len(), &last["on_hand_delta"]), (2, &json!(-2)), "{movements}");
    app.deliver(&crate::shop::order(&[(id, 2)])).await.unwrap();
    assert_eq!(book("count-3", json!({"counted": 1, "reason": "x"})).await.status, 409, "2 are an order's");
    for both in [json!({"reason": "x"}), json!({"delta": 1, "counted": 1, "reason": "x"})] {
        let answer = book("count-4", both).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!("delta")));
    }
    app.stop().await;
}
