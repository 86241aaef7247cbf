use axum::http::StatusCode;
use serde_json::json;
use time::Duration;
use warung_chassis::testing::customer;

use crate::{JOB, cancelled, registered, start};

const PATH: &str = "/api/v1/me/notifications";

#[tokio::test]
async fn the_caller_sees_their_messages_newest_first_by_page() {
    let app = start(None).await;
    let ((user, token), (_, other)) = (customer(), customer());
    app.deliver(&registered(user, "en")).await.expect("the event is handled");
    for _ in 0..4 {
        app.clock.advance(Duration::seconds(1));
        app.deliver(&cancelled(user)).await.expect("the event is handled");
    }
    app.run_job(JOB).await;
    let first = app.send("GET", &format!("{PATH}?limit=3"), Some(&token), None).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let item = &first.body["items"][0];
    assert_eq!((&item["event"], &item["state"]), (&json!("warung.order.cancelled.v1"), &json!("skipped")));
    assert_eq!(item["subject"], "Your order KOPI-000042 is cancelled");
    let next = first.body["next_cursor"].as_str().expect("a second page");
    let second = app.send("GET", &format!("{PATH}?limit=3&cursor={next}"), Some(&token), None).await.body;
    assert_eq!(second["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(second["items"][1]["event"], "warung.auth.user_registered.v1");
    assert_eq!(second.get("next_cursor"), None);
    let others = app.send("GET", PATH, Some(&other), None).await.body;
    assert_eq!(others["items"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_wrong_query_is_named() {
    let app = start(None).await;
    let (_, token) = customer();
    for (query, field) in [("limit=0", "limit"), ("cursor=nonsense", "cursor")] {
        let answer = app.send("GET", &format!("{PATH}?{query}"), Some(&token), None).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (StatusCode::BAD_REQUEST, &json!(field))
        );
    }
    app.stop().await;
}
