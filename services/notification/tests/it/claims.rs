//! A guest's order becomes an account's: the account is told.

use warung_chassis::testing::customer;
use warung_contracts::{
    event::{OrderClaimed, OrderPlaced, ShipmentDelivered, UserDeleted},
    id::UserId,
};

use crate::{
    JOB, Smtp, delivered,
    guests::{of_guest, start},
    outcomes,
    privacy::everything,
    registered,
};

fn claimed(order: &OrderPlaced, user_id: UserId) -> OrderClaimed {
    let OrderPlaced { order_id, ref number, user_id: guest_id, .. } = *order;
    OrderClaimed { order_id, number: number.clone(), user_id, guest_id }
}

#[tokio::test]
async fn what_is_heard_of_the_guest_is_told_to_the_account() {
    let smtp = Smtp::start().unwrap();
    let (app, _) = start(&smtp).await;
    let ((guest, _), (user, token)) = (customer(), customer());
    let order = of_guest(guest);
    app.deliver(&order).await.expect("the event is handled");
    // Pending still: what comes to the guest's address has no token to be put in any more.
    app.deliver(&claimed(&order, user)).await.expect_err("the account is not known yet");
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    for _ in 0..2 {
        app.deliver(&claimed(&order, user)).await.expect("the event is handled");
    }
    // Shipment has not heard of the claim.
    let arrived = ShipmentDelivered { order_id: order.order_id, ..delivered(guest) };
    app.deliver(&arrived).await.expect("the event is handled");
    app.run_job(JOB).await;
    let mails = smtp.mails().unwrap();
    let page = format!("https://kopi.example/orders/{}", order.order_id);
    let of_order: Vec<_> = mails.iter().filter(|mail| mail.body.contains(&page)).collect();
    let mut to: Vec<&str> = of_order.iter().map(|mail| mail.to[0].as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["budi@example.com", "siti@example.com"]);
    for mail in of_order {
        assert!(
            !mail.body.contains('#') && !mail.html.as_deref().unwrap_or("#token").contains("#token"),
            "{mail:?}"
        );
    }
    let listed = app.send("GET", "/api/v1/me/notifications", Some(&token), None).await.body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3), "{listed}");
    assert_eq!(app.exported(user).await["messages"].as_array().map(Vec::len), Some(3));
    assert_eq!(app.exported(guest).await["messages"].as_array().map_or(0, Vec::len), 0);
    app.stop().await;
}

#[tokio::test]
async fn a_claim_may_be_heard_before_the_order_and_after_the_account_went() {
    let smtp = Smtp::start().unwrap();
    let (app, _) = start(&smtp).await;
    let (user_id, _) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    let (first, late) = (of_guest(customer().0), of_guest(customer().0));
    app.deliver(&first).await.expect("the event is handled");
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    for order in [&first, &late] {
        app.deliver(&claimed(order, user_id)).await.expect("the event is handled");
    }
    app.deliver(&late).await.expect("the event is handled");
    app.run_job(JOB).await;
    let left = everything(&app).await;
    assert!(!left.contains("budi") && !left.contains("Budi") && !left.contains("628111"), "{left}");
    assert!(outcomes(&app).await.iter().all(|(_, state, _)| state == "skipped"));
    assert_eq!(smtp.mails().unwrap().len(), 0);
    app.stop().await;
}
