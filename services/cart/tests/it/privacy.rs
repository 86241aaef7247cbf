//! Carts of accounts that are exported or deleted.

use serde_json::json;
use warung_chassis::testing::customer;
use warung_contracts::event::UserDeleted;

use crate::shop::Shop;

#[tokio::test]
async fn an_export_holds_the_cart_of_the_account_alone_until_it_is_deleted() {
    let shop = Shop::open().await;
    let id = shop.sell("A", 100, 5).await;
    let ((user, token), (nobody, other)) = (customer(), customer());
    let body = |quantity: u32| Some(json!({"product_id": id, "quantity": quantity}));
    shop.as_user(&token, "POST", "/api/v1/cart/items", body(2)).await;
    shop.guest_with(&[(id, 1)]).await;
    let line = json!({"product_id": id, "variant_id": id.default_variant(), "quantity": 2});
    assert_eq!(shop.cart.exported(user).await, json!({"cart": [line]}));
    assert_eq!(shop.cart.exported(nobody).await, json!({}));
    shop.as_user(&other, "POST", "/api/v1/cart/items", body(1)).await;
    shop.cart.deliver(&UserDeleted { user_id: user }).await.unwrap();
    assert_eq!(shop.cart.exported(user).await, json!({}));
    assert_eq!(shop.cart.exported(nobody).await["cart"][0]["quantity"], 1);
    shop.close().await;
}
