//! Who is let in, and what wrong requests are told.

use redis::AsyncCommands as _;
use serde_json::json;
use warung_chassis::testing::customer;
use warung_contracts::{
    grpc::cart::{GetCartRequest, carts_client::CartsClient},
    id::{ProductId, UserId},
};

use crate::shop::{Shop, lines, redis};

#[tokio::test]
async fn the_doors_are_those_of_the_manifest() {
    let shop = Shop::open().await;
    shop.cart.check_routes().await;
    let heard = ["warung.auth.user_deleted.v1", "warung.order.cancelled.v1", "warung.order.placed.v1"];
    assert_eq!(shop.cart.consumers.types(), heard);
    shop.close().await;
}

#[tokio::test]
async fn a_wrong_request_is_told_which_field_is_wrong() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let (_, token) = customer();
    for (body, field) in [
        (json!({"product_id": "prd_1", "quantity": 1}), "product_id"),
        (json!({"product_id": id, "quantity": 0}), "quantity"),
        (json!({"product_id": id, "quantity": 1000}), "quantity"),
        (json!({"product_id": id, "quantity": 1.5}), "quantity"),
        (json!({"product_id": id, "quantity": 1, "price": 1}), "price"),
        (json!({"quantity": 1}), "product_id"),
    ] {
        let answer = shop.as_user(&token, "POST", "/api/v1/cart/items", Some(body.clone())).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.body["errors"][0]["field"], field, "{body}: {:?}", answer.body);
    }
    let answer = shop.as_guest("made up", "GET", "/api/v1/cart", None).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!("X-Cart-Token")));
    let answer = shop.as_user(&token, "POST", "/api/v1/cart/merge", None).await;
    assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (400, &json!("X-Cart-Token")));
    let unknown = ProductId(uuid::Uuid::now_v7());
    let other = json!({"product_id": unknown, "variant_id": id.default_variant(), "quantity": 1});
    let answer = shop.as_user(&token, "POST", "/api/v1/cart/items", Some(other)).await;
    assert_eq!(answer.status, 422, "{:?}", answer.body);
    let body = json!({"product_id": unknown, "quantity": 1});
    let answer = shop.as_user(&token, "POST", "/api/v1/cart/items", Some(body)).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body["type"].as_str().unwrap().ends_with("/not-for-sale"));
    let path = format!("/api/v1/cart/items/{unknown}");
    assert_eq!(shop.as_user(&token, "PATCH", &path, Some(json!({"quantity": 1}))).await.status, 404);
    assert_eq!(shop.as_user(&token, "DELETE", &path, None).await.status, 404);
    assert_eq!(lines(&shop.as_user(&token, "GET", "/api/v1/cart", None).await), []);
    shop.close().await;
}

#[tokio::test]
async fn other_services_read_a_users_cart() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let (user, token) = customer();
    let body = json!({"product_id": id, "quantity": 2});
    shop.as_user(&token, "POST", "/api/v1/cart/items", Some(body)).await;
    let mut client = CartsClient::new(shop.cart.peer("order").await);
    let mut ask = async |user_id: String| {
        client.get_cart(GetCartRequest { user_id, ..GetCartRequest::default() }).await
    };
    let cart = ask(user.to_string()).await.unwrap().into_inner();
    assert_eq!(cart.lines.len(), 1);
    assert_eq!((cart.lines[0].product_id.clone(), cart.lines[0].quantity), (id.to_string(), 2));
    let line = json!({"product_id": id, "variant_id": id.default_variant(), "quantity": 2});
    assert_eq!(shop.cart.exported(user).await, json!({"cart": [line]}));
    assert_eq!(shop.cart.exported(customer().0).await, json!({}));
    let nobody = UserId(uuid::Uuid::now_v7()).to_string();
    assert_eq!(ask(nobody).await.unwrap().into_inner().lines, vec![]);
    assert_eq!(ask("prd_1".into()).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    assert_eq!(ask(String::new()).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    let cart_token = shop.guest_with(&[(id, 3)]).await;
    let request = GetCartRequest { cart_token: cart_token.clone(), ..GetCartRequest::default() };
    assert_eq!(client.get_cart(request).await.unwrap().into_inner().lines[0].quantity, 3);
    let both = GetCartRequest { user_id: user.to_string(), cart_token, ordered: None };
    assert_eq!(client.get_cart(both).await.unwrap_err().code(), tonic::Code::InvalidArgument);
    shop.close().await;
}

#[tokio::test]
async fn a_cart_is_kept_from_its_last_write() {
    let shop = Shop::open_with(&[("WARUNG_CART_TTL_SECONDS", "600")]).await;
    let id = shop.sell("A", 100, 5).await;
    let (user, token) = customer();
    let body = || Some(json!({"product_id": id, "quantity": 1}));
    shop.as_user(&token, "POST", "/api/v1/cart/items", body()).await;
    let (mut redis, key) = (redis().await, format!("warung:warung:cart:{{user:{user}}}"));
    let ttl: i64 = redis.ttl(&key).await.unwrap();
    assert!((1..=600).contains(&ttl), "{ttl}");
    for (method, path, body) in [
        ("POST", "/api/v1/cart/items".to_owned(), body()),
        ("PATCH", format!("/api/v1/cart/items/{id}"), Some(json!({"quantity": 2}))),
    ] {
        let _: () = redis.expire(&key, 10).await.unwrap();
        assert_eq!(shop.as_user(&token, method, &path, body).await.status, 200);
        let ttl: i64 = redis.ttl(&key).await.unwrap();
        assert!(ttl > 500, "{method} left the cart {ttl} s to live");
    }
    shop.close().await;
}
