//! What people want to hear.

use serde_json::{Value, json};
use warung_chassis::testing::customer;
use warung_contracts::event::UserDeleted;

use crate::{choices, delivered, outcomes, registered, start};

const PATH: &str = "/api/v1/me/notification-preferences";

fn enabled(body: &Value, topic: &str, channel: &str) -> (bool, bool) {
    let all = body["preferences"].as_array().expect("a list").iter();
    let mut own = all.filter(|one| one["topic"] == topic && one["channel"] == channel);
    let one = own.next().expect("every topic and channel is there");
    (one["enabled"].as_bool().expect("a flag"), one["mandatory"].as_bool().expect("a flag"))
}

#[tokio::test]
async fn what_is_switched_off_is_not_told_and_what_must_be_known_is() {
    let app = start(None).await;
    let (user, token) = customer();
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    app.send("POST", "/api/v1/me/devices", Some(&token), Some(json!({"fcm_token": "a"}))).await;
    let before = app.send("GET", PATH, Some(&token), None).await.body;
    assert_eq!(enabled(&before, "orders", "push"), (true, false));
    assert_eq!(enabled(&before, "orders", "email"), (true, true));
    let put = async |topic: &str, channel: &str| {
        let body = json!({"preferences": [{"topic": topic, "channel": channel, "enabled": false}]});
        app.send("PUT", PATH, Some(&token), Some(body)).await
    };
    let after = put("orders", "push").await;
    assert_eq!((after.status.as_u16(), enabled(&after.body, "orders", "push")), (200, (false, false)));
    assert_eq!(enabled(&after.body, "news", "push"), (true, false));
    for (topic, channel) in [("security", "email"), ("security", "push"), ("orders", "email")] {
        let refused = put(topic, channel).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["errors"][0]["field"]),
            (400, &json!("preferences[0].enabled"))
        );
    }
    app.deliver(&delivered(user)).await.expect("the event is handled");
    let push = outcomes(&app).await.pop().expect("a push message");
    assert_eq!(push, ("push".into(), "skipped".into(), Some("unsubscribed".into())));
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_account_chooses_nothing_though_its_token_lives_on() {
    let app = start(None).await;
    let (user_id, token) = customer();
    app.deliver(&registered(user_id, "en")).await.expect("the event is handled");
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    let body = json!({"preferences": [{"topic": "news", "channel": "email", "enabled": false}]});
    assert_eq!(app.send("PUT", PATH, Some(&token), Some(body)).await.status, 401);
    assert_eq!(choices(&app).await, 0);
    app.stop().await;
}
