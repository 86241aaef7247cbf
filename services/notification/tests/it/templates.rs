//! Previews for administrators.

use serde_json::json;
use warung_chassis::testing::{admin, customer};

use crate::start;

const PATH: &str = "/api/v1/notifications/templates";

#[tokio::test]
async fn an_administrator_sees_every_message_before_it_is_sent() {
    let app = start(None).await;
    let all = app.send("GET", PATH, Some(&admin()), None).await.body;
    let mut seen = 0;
    for template in all["items"].as_array().expect("a list") {
        let event = template["event"].as_str().expect("a type");
        for channel in template["channels"].as_array().expect("channels") {
            for locale in ["id", "en"] {
                let path =
                    format!("{PATH}/{event}?channel={}&locale={locale}", channel.as_str().expect("a word"));
                let answer = app.send("GET", &path, Some(&admin()), None).await;
                assert_eq!(
                    (answer.status.as_u16(), &answer.body["locale"]),
                    (200, &json!(locale)),
                    "{}",
                    answer.body
                );
                assert_eq!(answer.body["html"].is_string(), channel == "email");
                seen += 1;
            }
        }
    }
    assert!(seen > 40, "{seen}");
    let path = format!("{PATH}/warung.auth.user_registered.v1?name=%3Cb%3EAni%3C%2Fb%3E");
    let html = app.send("GET", &path, Some(&admin()), None).await.body["html"].to_string();
    assert!(html.contains("&lt;b&gt;Ani") && !html.contains("<b>"), "{html}");
    for wrong in ["warung.made.up.v1", "warung.order.placed.v1?channel=sms"] {
        assert_eq!(app.send("GET", &format!("{PATH}/{wrong}"), Some(&admin()), None).await.status, 404);
    }
    assert_eq!(app.send("GET", PATH, Some(&customer().1), None).await.status, 403);
    app.stop().await;
}
