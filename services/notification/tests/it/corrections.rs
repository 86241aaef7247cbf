//! What was corrected of an order is told to whoever it concerns.

use uuid::Uuid;
use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{
    event::{
        OrderAddressCorrected, OrderPlaced, ShipmentAddressKept, ShipmentTrackingCorrected, ShippingAddress,
        UserDeleted,
    },
    id::{ShipmentId, UserId},
};

use crate::{guests::of_guest, people::placed, registered, start};

fn address(line1: &str) -> ShippingAddress {
    ShippingAddress {
        recipient: "Sari".into(),
        phone: None,
        line1: line1.into(),
        line2: None,
        city: "Bandung".into(),
        province: None,
        postal_code: "40111".into(),
        country: "ID".into(),
    }
}

fn corrected(order: &OrderPlaced) -> OrderAddressCorrected {
    OrderAddressCorrected {
        order_id: order.order_id,
        number: order.number.clone(),
        user_id: order.user_id,
        shipping_address: address("Jl. Kopi 11"),
        version: 2,
        confirmed: false,
    }
}

fn kept(order: &OrderPlaced) -> ShipmentAddressKept {
    ShipmentAddressKept {
        order_id: order.order_id,
        shipment_id: ShipmentId(Uuid::now_v7()),
        user_id: order.user_id,
        version: 2,
        shipping_address: address("Jl. Kopi 1"),
    }
}

/// (recipient, subject, body) of the emails about an event to a user, oldest first.
pub async fn emails(app: &TestApp, user: UserId, event: &str) -> Vec<(String, String, String)> {
    let query = "SELECT recipient, subject, body FROM notifications WHERE user_id = $1 AND event_type = $2 \
                 AND channel = 'email' ORDER BY notification_id";
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let query = sqlx::query_as(query).bind(user.uuid()).bind(event);
    query.fetch_all(pool).await.expect("the table can be read")
}

#[tokio::test]
async fn a_corrected_address_is_told_to_whoever_ordered() {
    let app = start(None).await;
    let ((account, _), (guest, _)) = (customer(), customer());
    let (own, guests) = (placed(account), of_guest(guest));
    app.deliver(&registered(account, "id")).await.expect("the event is handled");
    for order in [&own, &guests] {
        app.deliver(order).await.expect("the event is handled");
        let id = Uuid::now_v7();
        for _ in 0..2 {
            app.deliver_as(id, &corrected(order)).await.expect("the event is handled");
        }
    }
    let type_ = "warung.order.address_corrected.v1";
    let mine = emails(&app, account, type_).await;
    assert_eq!(mine.len(), 1, "{mine:?}");
    let (to, subject, body) = &mine[0];
    assert_eq!(to, "siti@example.com");
    assert_eq!(subject, &format!("Alamat pesanan {} telah diubah", own.number));
    assert!(body.contains("Jl. Kopi 11") && body.contains("segera beri tahu toko"), "{body}");
    let theirs = emails(&app, guest, type_).await;
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    assert_eq!(theirs[0].0, guests.contact.expect("a guest has one").email);
    app.stop().await;
}

#[tokio::test]
async fn a_correction_that_came_too_late_is_told_with_where_the_parcels_go() {
    let app = start(None).await;
    let (user_id, _) = customer();
    let order = placed(user_id);
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.deliver(&order).await.expect("the event is handled");
    app.deliver(&kept(&order)).await.expect("the event is handled");
    let told = emails(&app, user_id, "warung.shipment.address_kept.v1").await;
    let (_, subject, body) = &told[0];
    assert_eq!(subject, &format!("The new address of order {} came too late", order.number));
    assert!(body.contains("Jl. Kopi 1\n"), "{body}");
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    app.deliver(&corrected(&order)).await.expect("the event is handled");
    assert!(emails(&app, user_id, "warung.order.address_corrected.v1").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_corrected_number_is_one_mail_with_the_right_one() {
    let app = start(None).await;
    let (user_id, _) = customer();
    let order = placed(user_id);
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.deliver(&order).await.expect("the event is handled");
    let corrected = ShipmentTrackingCorrected {
        order_id: order.order_id,
        shipment_id: ShipmentId(Uuid::now_v7()),
        user_id,
        carrier: "Pak Budi".into(),
        tracking_number: "B-2".into(),
        tracking_url: None,
        parcel: 1,
        parcels: 1,
    };
    let id = Uuid::now_v7();
    for _ in 0..2 {
        app.deliver_as(id, &corrected).await.expect("the event is handled");
    }
    let told = emails(&app, user_id, "warung.shipment.tracking_corrected.v1").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].2.contains("It is with Pak Budi. Tracking number: B-2"), "{}", told[0].2);
    app.stop().await;
}
