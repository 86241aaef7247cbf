//! Registering devices.

use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::{customer, eventually};
use warung_contracts::event::UserDeleted;

use crate::start_with;

const PATH: &str = "/api/v1/me/devices";
/// The point of RFC 8291, appendix A.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

fn browser(endpoint: &str) -> Value {
    let keys = json!({"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"});
    json!({"web_push": {"endpoint": endpoint, "keys": keys, "expirationTime": null}})
}

#[tokio::test]
async fn devices_are_registered_listed_and_forgotten() {
    let app = start_with(&[]).await;
    let ((_, token), (_, other)) = (customer(), customer());
    let register = async |token: &str, body: Value| app.send("POST", PATH, Some(token), Some(body)).await;
    let first = register(&token, json!({"fcm_token": "a"})).await;
    assert_eq!((first.status.as_u16(), &first.body["kind"]), (201, &json!("fcm")), "{}", first.body);
    app.clock.advance(Duration::seconds(1));
    register(&token, browser("https://push.example.net/x")).await;
    let list = async |token: &str| app.send("GET", PATH, Some(token), None).await.body;
    assert_eq!(list(&token).await["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(list(&token).await["items"][1], first.body);
    // Who logs in on the device next has it.
    let again = register(&other, json!({"fcm_token": "a"})).await;
    assert_eq!(again.body["id"], first.body["id"]);
    assert_eq!(list(&token).await["items"].as_array().map(Vec::len), Some(1));
    let path = format!("{PATH}/{}", first.body["id"].as_str().expect("an id"));
    assert_eq!(app.send("DELETE", &path, Some(&token), None).await.status, 404);
    assert_eq!(app.send("DELETE", &path, Some(&other), None).await.status, 204);
    assert_eq!(list(&other).await, json!({"items": []}));
    let key = app.send("GET", "/api/v1/push/key", None, None).await.body;
    assert_eq!(key["public_key"].as_str().map(str::len), Some(87));
    app.stop().await;
}

#[tokio::test]
async fn a_deleted_account_registers_no_device_though_its_token_lives_on() {
    let app = start_with(&[]).await;
    let (user_id, token) = customer();
    let device = json!({"fcm_token": "the token of a phone"});
    let registered = app.send("POST", "/api/v1/me/devices", Some(&token), Some(device.clone())).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    app.deliver(&UserDeleted { user_id }).await.expect("the event is handled");
    assert_eq!(app.send("POST", "/api/v1/me/devices", Some(&token), Some(device)).await.status, 401);
    assert_eq!(app.send("GET", "/api/v1/me/devices", Some(&token), None).await.body, json!({"items": []}));
    app.stop().await;
}

#[tokio::test]
async fn of_many_devices_the_newest_stay() {
    let app = start_with(&[]).await;
    let (_, token) = customer();
    for n in 0..22 {
        app.clock.advance(Duration::seconds(1));
        app.send("POST", PATH, Some(&token), Some(json!({"fcm_token": n.to_string()}))).await;
    }
    let list = app.send("GET", PATH, Some(&token), None).await.body;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(20));
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_device_or_leads_home_is_refused() {
    let app = start_with(&[]).await;
    let (_, token) = customer();
    let mut keyless = browser("https://push.example.net/x");
    keyless["web_push"]["keys"]["auth"] = json!("short");
    let mut both = browser("https://push.example.net/x");
    both["fcm_token"] = json!("a");
    for (body, field) in [
        (json!({}), "fcm_token"),
        (both, "fcm_token"),
        (json!({"fcm_token": ""}), "fcm_token"),
        (keyless, "web_push.keys"),
        (browser("http://push.example.net/x"), "web_push.endpoint"),
        (browser("https://169.254.169.254/latest"), "web_push.endpoint"),
        (browser("https://localhost/x"), "web_push.endpoint"),
        (browser("https://postgres.kopi.svc/x"), "web_push.endpoint"),
    ] {
        let answer = app.send("POST", PATH, Some(&token), Some(body.clone())).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
            (400, &json!(field)),
            "{body}"
        );
    }
    app.stop().await;
}

/// Its registration has not been heard yet: there is no contact that both could hold.
#[tokio::test]
async fn a_device_that_is_registered_while_its_account_goes_goes_with_it() {
    let app = start_with(&[]).await;
    let (user_id, token) = customer();
    let pool = app.db.as_ref().expect("notification has a database").pool();
    let mut registering = pool.begin().await.expect("a transaction");
    for statement in [
        "SELECT pg_advisory_xact_lock_shared(hashtextextended('erasure of ' || $1::text, 0))",
        "INSERT INTO devices (device_id, user_id, kind, address, created_at) VALUES (gen_random_uuid(), $1, 'fcm', 'a phone', now())",
    ] {
        sqlx::query(statement).bind(user_id.uuid()).execute(&mut *registering).await.expect("it is taken");
    }
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                   WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    let end = async {
        eventually("the erasure waits", async || {
            let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(pool).await.expect("a count");
            (waiting > 0).then_some(())
        })
        .await;
        registering.commit().await.expect("a commit");
    };
    let event = UserDeleted { user_id };
    let (erased, ()) = tokio::join!(app.deliver(&event), end);
    erased.expect("the event is handled");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM devices")
        .fetch_one(pool)
        .await
        .expect("the table can be read");
    assert_eq!(left, 0);
    // And for good.
    let late = app.send("POST", PATH, Some(&token), Some(json!({"fcm_token": "a phone"}))).await;
    assert_eq!(late.status.as_u16(), 401, "{}", late.body);
    app.stop().await;
}
