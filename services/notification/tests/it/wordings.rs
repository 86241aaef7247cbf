//! Messages in the shop's own words.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{Answer, TestApp, admin, customer};
use warung_contracts::{
    event::OrderCancelled,
    id::{OrderId, UserId},
};

use crate::{cancelled, registered, start};

const TEMPLATES: &str = "/api/v1/notifications/templates";
const PATH: &str = "/api/v1/notifications/templates/warung.order.cancelled.v1/email/id";

async fn put(app: &TestApp, subject: &str, body: &str) -> Answer {
    let words = json!({"subject": subject, "body": body});
    app.send("PUT", PATH, Some(&admin()), Some(words)).await
}

/// What a reader of Indonesian is told of a cancelled order now: subject, body, HTML.
async fn told(app: &TestApp) -> (String, String, String) {
    let user = UserId(Uuid::now_v7());
    app.deliver(&registered(user, "id-ID")).await.expect("the event is handled");
    // Always the same order, which the mail links to.
    let order = OrderCancelled { order_id: OrderId(Uuid::from_u128(1)), ..cancelled(user) };
    app.deliver(&order).await.expect("the event is handled");
    let pool = app.db.as_ref().expect("notification has a database").pool();
    sqlx::query_as(
        "SELECT subject, body, html FROM notifications WHERE user_id = $1 AND event_type LIKE '%cancelled%'",
    )
    .bind(user.uuid())
    .fetch_one(pool)
    .await
    .expect("there is one message")
}

#[tokio::test]
async fn a_shop_says_a_message_in_its_own_words_and_takes_them_back() {
    let app = start(None).await;
    let before = told(&app).await;
    let shown = app.send("GET", PATH, Some(&admin()), None).await;
    assert_eq!((&shown.body["built_in"], &shown.body["version"]), (&json!(true), &json!(0)));
    assert!(shown.body["body"].as_str().expect("a text").contains("{{ number }}"), "{}", shown.body);

    let answer =
        put(&app, "Maaf, {{ name }}", "<b>Pesanan</b> {{ number }} batal: {{ event.total | money }}").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["etag"]),
        (200, &"\"1\"".parse().unwrap()),
        "{}",
        answer.body
    );
    let (subject, body, html) = told(&app).await;
    assert_eq!(
        (subject.as_str(), body.as_str()),
        ("Maaf, Siti", "<b>Pesanan</b> KOPI-000042 batal: Rp 15.000\n")
    );
    assert!(html.contains("&lt;b&gt;Pesanan") && !html.contains("<b>"), "{html}");
    // Another language is another message.
    let english = app.send("GET", &PATH.replace("/id", "/en"), Some(&admin()), None).await;
    assert_eq!(english.body["built_in"], true);
    let preview = app
        .send("GET", &format!("{TEMPLATES}/warung.order.cancelled.v1?locale=id"), Some(&admin()), None)
        .await;
    assert_eq!(preview.body["subject"], "Maaf, Siti Rahma");

    assert_eq!(app.send("DELETE", PATH, Some(&admin()), None).await.status, 204);
    assert_eq!(told(&app).await, before);
    assert_eq!(app.send("DELETE", PATH, Some(&admin()), None).await.status, 404);
    let versions = app.send("GET", &format!("{PATH}/versions"), Some(&admin()), None).await.body;
    let kept: Vec<(&Value, &Value)> = versions["items"]
        .as_array()
        .expect("versions")
        .iter()
        .map(|v| (&v["version"], &v["subject"]))
        .collect();
    assert_eq!(kept, [(&json!(2), &Value::Null), (&json!(1), &json!("Maaf, {{ name }}"))]);
    assert!(
        versions["items"][0]["edited_by"].as_str().is_some_and(|id| id.starts_with("usr_")),
        "{versions}"
    );
    app.stop().await;
}

#[tokio::test]
async fn words_that_do_not_fit_are_refused_and_so_are_edits_over_others() {
    let app = start(None).await;
    for (subject, body, field) in [
        ("Hi", "{{ nmae }}", "body"),
        ("{{ event.colour }}", "x", "subject"),
        ("", "x", "subject"),
        ("Hi", " ", "body"),
        ("Hi", "{{ \"x\" * 100000000 }}", "body"),
        ("{% set a = name ~ name %}{{ a }}", "x", "subject"),
    ] {
        let answer = put(&app, subject, body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (400, &json!(field)),
            "{}",
            answer.body
        );
    }
    let draft = json!({"subject": "Hi {{ name }}", "body": "x"});
    let bomb = json!({"subject": "Hi", "body": "a\n{{ \"x\" * 100000000 }}"});
    let refused = app.send("POST", &format!("{PATH}/preview"), Some(&admin()), Some(bomb)).await;
    let why = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
    assert!(refused.status == 400 && why.contains("multiplication `*` in line 2"), "{}", refused.body);
    let preview = app.send("POST", &format!("{PATH}/preview"), Some(&admin()), Some(draft.clone())).await;
    assert_eq!((preview.status.as_u16(), &preview.body["subject"]), (200, &json!("Hi Siti Rahma")));
    let shown = app.send("GET", PATH, Some(&admin()), None).await;
    assert_eq!(shown.body["version"], 0, "a preview keeps nothing");
    let tag = shown.headers["etag"].to_str().expect("a tag").to_owned();
    for status in [200, 412] {
        let headers = [("if-match", tag.as_str())];
        let answer = app.send_with("PUT", PATH, Some(&admin()), &headers, Some(draft.clone())).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    for path in [
        "warung.order.cancelled.v1/email/fr",
        "warung.order.cancelled.v1/sms/id",
        "warung.made.up.v1/email/id",
    ] {
        assert_eq!(
            app.send("GET", &format!("{TEMPLATES}/{path}"), Some(&admin()), None).await.status,
            404,
            "{path}"
        );
    }
    assert_eq!(app.send("PUT", PATH, Some(&customer().1), Some(draft)).await.status, 403);
    app.stop().await;
}

#[tokio::test]
async fn of_edits_at_the_same_moment_each_is_a_version_or_refused() {
    let app = start(None).await;
    let subjects: Vec<String> = (0..8).map(|n| format!("Halo {n}")).collect();
    let answers = futures::future::join_all(subjects.iter().map(|subject| put(&app, subject, "x"))).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 409));
    let versions = app.send("GET", &format!("{PATH}/versions"), Some(&admin()), None).await.body;
    assert_eq!(versions["items"].as_array().map(Vec::len), Some(done));
    app.stop().await;
}

#[tokio::test]
async fn words_that_do_not_fit_an_event_after_all_give_way_to_the_built_in_ones() {
    let app = start(None).await;
    let before = told(&app).await;
    // Right for the sample of the event, wrong for one that says something else.
    let body = "{% if event.reason == 'out_of_stock' %}{{ event.colour }}{% endif %}x";
    let answer = put(&app, "Hi", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(told(&app).await, before);
    app.stop().await;
}

#[tokio::test]
async fn words_of_before_there_was_a_rule_give_way_to_the_built_in_ones() {
    let app = start(None).await;
    let before = told(&app).await;
    let path = format!("{TEMPLATES}/warung.order.cancelled.v1?locale=id");
    let shown = app.send("GET", &path, Some(&admin()), None).await.body;
    assert_eq!(put(&app, "Hi", "x").await.status, 200);
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let bomb = "UPDATE wordings SET body = '{{ \"x\" * 20000000 }}'";
    sqlx::query(bomb).execute(pool).await.expect("the table can be written");
    assert_eq!(told(&app).await, before);
    assert_eq!(app.send("GET", &path, Some(&admin()), None).await.body, shown);
    app.stop().await;
}
