use uuid::Uuid;
use warung_chassis::{
    events::{Delivery, EventError},
    testing::customer,
};
use warung_contracts::event::{
    Event as _, GuestForgotten, OrderClaimed, PaymentDisputeClosed, PaymentDisputed, PaymentHeld,
    ProfileChanged, RefundFailed, ShipmentRecalled, StockLow, StockOut, UserDeleted,
};

use crate::{cancelled, registered, rows, start};

#[tokio::test]
async fn an_event_that_comes_twice_is_one_message() {
    let app = start(None).await;
    let (user, _) = customer();
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let cancelled = cancelled(user);
    for _ in 0..2 {
        app.deliver_as(first, &registered(user, "id")).await.expect("the event is handled");
        app.deliver_as(second, &cancelled).await.expect("the event is handled");
    }
    assert_eq!(rows(&app).await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn an_event_before_its_contact_waits_and_leaves_nothing() {
    let app = start(None).await;
    let (user, _) = customer();
    let (id, event) = (Uuid::now_v7(), cancelled(user));
    let early = app.deliver_as(id, &event).await;
    assert!(matches!(early, Err(EventError::NotYet(_))), "{early:?}");
    assert_eq!(rows(&app).await, vec![]);
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.deliver_as(id, &event).await.expect("now it can be handled");
    assert_eq!(rows(&app).await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn every_event_that_is_told_becomes_a_message_to_its_user() {
    let app = start(None).await;
    let (mut wanted, mut last) = (0, Vec::new());
    for consumed in &warung_notification::service().manifest().consumes {
        let path = format!("{}/../contracts/golden/{}.json", env!("CARGO_MANIFEST_DIR"), consumed.event);
        let data = std::fs::read(path).expect("every event has a golden");
        let golden: serde_json::Value = serde_json::from_slice(&data).expect("goldens are JSON");
        let delivery = Delivery { id: Uuid::now_v7(), event_type: consumed.event.clone(), data };
        if [UserDeleted::TYPE, GuestForgotten::TYPE].contains(&consumed.event.as_str()) {
            last.push(delivery);
            continue;
        }
        let Some(user) = golden["user_id"].as_str() else {
            let for_staff = [
                RefundFailed::TYPE,
                PaymentHeld::TYPE,
                PaymentDisputed::TYPE,
                PaymentDisputeClosed::TYPE,
                ShipmentRecalled::TYPE,
                StockLow::TYPE,
                StockOut::TYPE,
            ];
            assert!(for_staff.contains(&consumed.event.as_str()), "{} names its user", consumed.event);
            app.consumers.deliver(delivery).await.expect("the event is handled");
            continue;
        };
        let user = user.parse().expect("an id");
        // The golden's user registers first, where they have not yet.
        app.deliver(&registered(user, "id")).await.expect("the event is handled");
        app.consumers.deliver(delivery).await.unwrap_or_else(|error| panic!("{}: {error:?}", consumed.event));
        let is_told = ![ProfileChanged::TYPE, OrderClaimed::TYPE].contains(&consumed.event.as_str());
        wanted += if is_told { 2 } else { 1 };
    }
    assert_eq!(last.len(), 2, "notification hears of those who are forgotten");
    for forgotten in last {
        app.consumers.deliver(forgotten).await.expect("the event is handled");
    }
    assert_eq!(rows(&app).await.len(), wanted);
    app.stop().await;
}

#[tokio::test]
async fn data_that_is_no_such_event_is_refused_for_good() {
    let app = start(None).await;
    let event_type = warung_contracts::event::OrderCancelled::TYPE.to_owned();
    let delivery = Delivery { id: Uuid::now_v7(), event_type, data: b"{}".to_vec() };
    assert!(matches!(app.consumers.deliver(delivery).await, Err(EventError::Invalid(_))));
    app.stop().await;
}
