//! An account is deleted.

use serde_json::json;
use time::Duration;
use warung_chassis::{auth::Role, testing};
use warung_contracts::event::{GuestForgotten, UserDeleted};

use crate::{confirmed, path, post, start};

#[tokio::test]
async fn addresses_go_once_no_parcel_needs_them() {
    let app = start().await;
    let (user_id, _) = testing::customer();
    let (delivered, under_way, others) =
        (confirmed(user_id), confirmed(user_id), confirmed(testing::customer().0));
    app.deliver(&delivered).await.unwrap();
    app.deliver(&others).await.unwrap();
    for _ in 0..2 {
        app.clock.advance(Duration::seconds(2));
        app.run_job("carrier").await;
    }
    app.deliver(&under_way).await.unwrap();
    app.deliver(&UserDeleted { user_id }).await.unwrap();
    let address = async |order| {
        let body = app.send("GET", &path(order), Some(&testing::admin()), None).await.body;
        let address = &body["shipping_address"];
        [&address["recipient"], &address["line1"], &address["city"]]
            .map(|text| text.as_str().unwrap().to_owned())
    };
    let whole = ["Sari".to_owned(), "Jl. Kopi 1".to_owned(), "Bandung".to_owned()];
    assert_eq!(address(&delivered).await, ["", "", ""]);
    assert_eq!(address(&under_way).await, whole, "the carrier still needs it");
    assert_eq!(address(&others).await, whole);
    for _ in 0..2 {
        app.clock.advance(Duration::seconds(2));
        app.run_job("carrier").await;
    }
    assert_eq!(address(&under_way).await, ["", "", ""]);
    assert_eq!(address(&others).await, whole);
    app.stop().await;
}

#[tokio::test]
async fn what_staff_did_is_not_answered_again_once_their_account_is_gone() {
    let app = start().await;
    let staff = testing::customer().0;
    let (token, order) = (testing::token(staff, &[Role::Staff]), confirmed(testing::customer().0));
    app.deliver(&order).await.unwrap();
    let sent = post(&app, &format!("{}/parcels/1/dispatch", path(&order)), &token, "k", json!({})).await;
    assert_eq!((sent.status.as_u16(), app.answers_kept(staff).await), (200, 1), "{}", sent.body);
    app.deliver(&UserDeleted { user_id: staff }).await.unwrap();
    assert_eq!(app.answers_kept(staff).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn an_order_that_is_confirmed_after_its_account_went_leaves_nothing_either() {
    let app = start().await;
    let (user_id, _) = testing::customer();
    let late = confirmed(user_id);
    app.deliver(&UserDeleted { user_id }).await.unwrap();
    app.deliver(&late).await.unwrap();
    for _ in 0..2 {
        app.clock.advance(Duration::seconds(2));
        app.run_job("carrier").await;
    }
    let body = app.send("GET", &path(&late), Some(&testing::admin()), None).await.body;
    assert_eq!(
        (&body["state"], &body["shipping_address"]["line1"]),
        (&json!("delivered"), &json!("")),
        "{body}"
    );
    app.stop().await;
}

#[tokio::test]
async fn an_export_holds_what_is_kept_of_its_user_alone() {
    let app = start().await;
    let ((user, _), (nobody, _)) = (testing::customer(), testing::customer());
    let order = confirmed(user);
    app.deliver(&order).await.unwrap();
    app.deliver(&confirmed(testing::customer().0)).await.unwrap();
    let data = app.exported(user).await;
    assert_eq!(data["shipments"].as_array().map(Vec::len), Some(1));
    assert_eq!(data["shipments"][0]["order_id"], order.order_id.to_string());
    assert_eq!(data["shipments"][0]["shipping_address"]["recipient"], "Sari");
    assert_eq!(app.exported(nobody).await, json!({}));
    app.stop().await;
}

#[tokio::test]
async fn a_guest_is_forgotten_as_an_account_is() {
    let app = start().await;
    let (delivered, late) = (confirmed(testing::customer().0), confirmed(testing::customer().0));
    app.deliver(&delivered).await.unwrap();
    for _ in 0..2 {
        app.clock.advance(Duration::seconds(2));
        app.run_job("carrier").await;
    }
    for order in [&delivered, &late] {
        app.deliver(&GuestForgotten { order_id: order.order_id, user_id: order.user_id }).await.unwrap();
    }
    // Confirmed before, heard of after.
    app.deliver(&late).await.unwrap();
    for _ in 0..2 {
        app.clock.advance(Duration::seconds(2));
        app.run_job("carrier").await;
    }
    for order in [&delivered, &late] {
        let body = app.send("GET", &path(order), Some(&testing::admin()), None).await.body;
        assert_eq!(body["shipping_address"]["recipient"], "", "{body}");
    }
    app.stop().await;
}
