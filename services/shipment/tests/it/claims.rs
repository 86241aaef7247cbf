//! A guest's order becomes an account's, and its parcels with it.

use sha2::{Digest as _, Sha256};
use time::Duration;
use warung_chassis::testing::{self, TestApp};
use warung_contracts::{
    event::{OrderClaimed, OrderConfirmed, UserDeleted},
    id::UserId,
};

use crate::{confirmed, path, start};

const TOKEN: &str = "the order's token";

/// A guest's order, and its claim by this account.
fn guests(user_id: UserId) -> (OrderConfirmed, OrderClaimed) {
    let (guest_id, _) = testing::customer();
    let order_token_hash = Some(hex::encode(Sha256::digest(TOKEN)));
    let order = OrderConfirmed { order_token_hash, ..confirmed(guest_id) };
    let (order_id, number) = (order.order_id, order.number.clone());
    (order, OrderClaimed { order_id, number, user_id, guest_id })
}

/// Statuses that the account, and whoever shows the order's token, are answered.
async fn seen(app: &TestApp, account: &str, order: &OrderConfirmed) -> (u16, u16) {
    let by_account = app.send("GET", &path(order), Some(account), None).await.status;
    let by_token = app.send_with("GET", &path(order), None, &[("order-token", TOKEN)], None).await.status;
    (by_account.as_u16(), by_token.as_u16())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parcels_are_the_accounts_whenever_the_claim_is_heard() {
    let app = start().await;
    let (user, account) = testing::customer();
    let ((first, claimed), (late, claimed_first)) = (guests(user), guests(user));
    app.deliver(&first).await.unwrap();
    assert_eq!(seen(&app, &account, &first).await, (404, 200));
    app.deliver(&claimed).await.unwrap();
    app.deliver(&claimed_first).await.unwrap();
    app.deliver(&late).await.unwrap();
    for order in [&first, &late] {
        assert_eq!(seen(&app, &account, order).await, (200, 404));
    }
    for _ in 0..10 {
        let (order, claimed) = guests(user);
        let (packed, handed_over) = tokio::join!(app.deliver(&order), app.deliver(&claimed));
        packed.and(handed_over).unwrap();
        assert_eq!(seen(&app, &account, &order).await, (200, 404));
    }
    assert_eq!(app.exported(user).await["shipments"].as_array().map(Vec::len), Some(12));
    app.stop().await;
}

#[tokio::test]
async fn the_address_goes_when_the_account_went_before_its_claim_was_heard() {
    let app = start().await;
    let (user_id, _) = testing::customer();
    let ((arrived, claimed), (under_way, claimed_too)) = (guests(user_id), guests(user_id));
    let ride = async || {
        for _ in 0..2 {
            app.clock.advance(Duration::seconds(2));
            app.run_job("carrier").await;
        }
    };
    app.deliver(&arrived).await.unwrap();
    ride().await;
    app.deliver(&under_way).await.unwrap();
    app.deliver(&UserDeleted { user_id }).await.unwrap();
    app.deliver(&claimed).await.unwrap();
    app.deliver(&claimed_too).await.unwrap();
    let recipient = async |order| {
        let body = app.send("GET", &path(order), Some(&testing::admin()), None).await.body;
        body["shipping_address"]["recipient"].as_str().unwrap().to_owned()
    };
    assert_eq!((recipient(&arrived).await.as_str(), recipient(&under_way).await.as_str()), ("", "Sari"));
    ride().await;
    assert_eq!(recipient(&under_way).await, "");
    app.stop().await;
}
