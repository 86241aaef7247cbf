//! Contacts: guests, profiles.

use warung_chassis::testing::{TestApp, customer};
use warung_contracts::{
    event::{Contact, EmailChanged, Event as _, OrderPlaced, ProfileChanged},
    id::UserId,
};

use crate::{JOB, Smtp, registered, start};

/// The golden of an order, of this user and with a contact.
pub fn placed(user_id: UserId) -> OrderPlaced {
    let path = format!("{}/../contracts/golden/{}.json", env!("CARGO_MANIFEST_DIR"), OrderPlaced::TYPE);
    let golden = std::fs::read(path).expect("every event has a golden");
    let order: OrderPlaced = serde_json::from_slice(&golden).expect("goldens parse");
    let contact = Contact {
        email: "budi@example.com".into(),
        name: "Budi".into(),
        phone: Some("+628111".into()),
        locale: "id".into(),
    };
    OrderPlaced { user_id, contact: Some(contact), ..order }
}

async fn subjects(app: &TestApp, smtp: &Smtp) -> Vec<(String, String)> {
    app.run_job(JOB).await;
    let mut all: Vec<_> =
        smtp.mails().unwrap().into_iter().map(|mail| (mail.to[0].clone(), mail.subject)).collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_guest_is_told_where_their_order_says() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (guest, _) = customer();
    let order = placed(guest);
    app.deliver(&order).await.expect("the event is handled");
    app.deliver(&crate::cancelled(guest)).await.expect("the event is handled");
    let all = subjects(&app, &smtp).await;
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|(to, _)| to == "budi@example.com"), "{all:?}");
    assert!(all.iter().any(|(_, subject)| subject.contains(&order.number)), "{all:?}");
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_told_where_the_account_says() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user, _) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.deliver(&placed(user)).await.expect("the event is handled");
    assert!(subjects(&app, &smtp).await.iter().all(|(to, _)| to == "siti@example.com"));
    app.stop().await;
}

fn called(user_id: UserId, name: &str, version: i64) -> ProfileChanged {
    ProfileChanged { user_id, name: name.into(), phone: None, locale: "id".into(), version }
}

#[tokio::test]
async fn a_profile_that_changes_changes_how_its_owner_is_told() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user_id, _) = customer();
    let change = called(user_id, "Siti Rahma", 2);
    app.deliver(&change).await.expect_err("nobody is known yet");
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.deliver(&change).await.expect("the event is handled");
    app.deliver(&crate::cancelled(user_id)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    let mail = mails.iter().find(|mail| mail.subject.contains("dibatalkan")).expect("in the new language");
    assert!(mail.body.starts_with("Halo Siti Rahma"), "{}", mail.body);
    app.stop().await;
}

#[tokio::test]
async fn what_people_were_before_and_is_replayed_changes_nothing() {
    let smtp = Smtp::start().unwrap();
    let app = start(Some(&smtp)).await;
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "id")).await.expect("the event is handled");
    // The last of each is of a version that told none.
    for (name, version) in [("Siti Rahma", 3), ("Siti Lama", 2), ("Siti Purba", 0)] {
        app.deliver(&called(user_id, name, version)).await.expect("the event is handled");
    }
    for (email, version) in [("new@example.com", 2), ("old@example.com", 1), ("older@example.com", 0)] {
        let (name, locale, old_email) = ("Siti".into(), "id".into(), "siti@example.com".into());
        let changed = EmailChanged { user_id, email: email.into(), old_email, name, locale, version };
        app.deliver(&changed).await.expect("the event is handled");
    }
    // The registration, too, says what was.
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.deliver(&crate::cancelled(user_id)).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    let mail = mails.iter().find(|mail| mail.subject.contains("dibatalkan")).expect("in the language of now");
    assert_eq!(mail.to, ["new@example.com"]);
    assert!(mail.body.starts_with("Halo Siti Rahma"), "{}", mail.body);
    app.stop().await;
}
