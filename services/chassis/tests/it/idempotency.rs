//! `Idempotency-Key`.

use std::sync::atomic::Ordering;

use serde_json::json;
use warung_chassis::testing::{TestApp, customer, eventually};

use crate::sample::{BEGUN, GO_ON, HALFWAY, service};

async fn notes(app: &TestApp) -> i64 {
    let pool = app.db.as_ref().unwrap().pool();
    sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn a_request_that_is_sent_twice_acts_once() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let send = async |text: &str, key: &str| {
        app.send_with(
            "POST",
            "/notes",
            Some(&token),
            &[("idempotency-key", key)],
            Some(json!({"text": text})),
        )
        .await
    };
    let first = send("kopi", "one").await;
    let second = send("kopi", "one").await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!(first.body, second.body);
    assert!(first.headers.get("idempotency-replayed").is_none());
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(first.headers["location"], "/notes/kopi");
    assert_eq!(second.headers["location"], "/notes/kopi");
    assert_eq!(notes(&app).await, 1);
    assert_eq!(app.published().await.len(), 1);

    let other = send("teh", "one").await;
    assert_eq!(other.status, 422);
    assert_eq!(other.body["type"], "https://warung.dev/problems/idempotency-key-reused");
    app.stop().await;
}

#[tokio::test]
async fn keys_of_different_callers_do_not_meet() {
    let app = TestApp::start(service(), &[]).await;
    for _ in 0..2 {
        let (_, token) = customer();
        let headers = [("idempotency-key", "same")];
        let answer =
            app.send_with("POST", "/notes", Some(&token), &headers, Some(json!({"text": "a"}))).await;
        assert_eq!(answer.status, 201);
    }
    assert_eq!(notes(&app).await, 2);
    app.stop().await;
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let headers = [("idempotency-key", "k")];
    let body = Some(json!({"text": "refused"}));
    let refused = app.send_with("POST", "/notes", Some(&token), &headers, body).await;
    assert_eq!(refused.status, 409);
    assert_eq!(notes(&app).await, 0);
    assert!(app.published().await.is_empty());
    let body = Some(json!({"text": "fine"}));
    assert_eq!(app.send_with("POST", "/notes", Some(&token), &headers, body).await.status, 201);
    app.stop().await;
}

#[tokio::test]
async fn a_twin_in_flight_is_told_so() {
    let app = TestApp::start(service(), &[]).await;
    let (user, token) = customer();
    // The twin holds the key's lock, as a request under way does.
    let mut twin = app.db.as_ref().unwrap().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))")
        .bind(format!("{user}\nk"))
        .execute(twin.conn())
        .await
        .unwrap();
    let headers = [("idempotency-key", "k")];
    let body = || Some(json!({"text": "a"}));
    let answer = app.send_with("POST", "/notes", Some(&token), &headers, body()).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.body["type"], "https://warung.dev/problems/idempotency-key-in-flight");
    drop(twin);
    until_free(&app, &token).await;
    app.stop().await;
}

/// The lock ends with the twin's transaction, which PostgreSQL rolls back a moment after it was dropped.
async fn until_free(app: &TestApp, token: &str) {
    eventually("a free key", async || {
        let headers = [("idempotency-key", "k")];
        let answer = app.send_with("POST", "/notes", Some(token), &headers, Some(json!({"text": "a"}))).await;
        assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.body);
        (answer.status == 201).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_without_a_key_is_told_what_to_send() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let answer = app.send("POST", "/notes", Some(&token), Some(json!({"text": "a"}))).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["type"], "https://warung.dev/problems/idempotency-key-missing");
    let long = "k".repeat(300);
    let headers = [("idempotency-key", long.as_str())];
    let answer = app.send_with("POST", "/notes", Some(&token), &headers, Some(json!({"text": "a"}))).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["errors"][0]["field"]),
        (400, &json!("Idempotency-Key"))
    );
    app.stop().await;
}

#[tokio::test]
async fn of_many_twins_at_once_one_acts() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let headers = [("idempotency-key", "k")];
    let send = || app.send_with("POST", "/notes", Some(&token), &headers, Some(json!({"text": "held up"})));
    let others = async {
        eventually("the first acts", async || (BEGUN.load(Ordering::Relaxed) > 0).then_some(())).await;
        let answers = futures::future::join_all((0..23).map(|_| send())).await;
        GO_ON.add_permits(1);
        answers
    };
    let (first, others) = tokio::join!(send(), others);
    let slug = "https://warung.dev/problems/idempotency-key-in-flight";
    assert!(others.iter().all(|answer| answer.status == 409 && answer.body["type"] == slug), "{others:?}");
    assert_eq!((first.status.as_u16(), BEGUN.load(Ordering::Relaxed)), (201, 1), "nobody else began to act");
    assert_eq!(send().await.headers["idempotency-replayed"], "true");
    assert_eq!((notes(&app).await, BEGUN.load(Ordering::Relaxed)), (1, 1));
    app.stop().await;
}

#[tokio::test]
async fn of_many_twins_that_race_one_counts() {
    let app = TestApp::start(service(), &[]).await;
    let (_, token) = customer();
    let headers = [("idempotency-key", "k")];
    let body = json!({"text": "kopi"});
    let answers = futures::future::join_all(
        (0..24).map(|_| app.send_with("POST", "/notes", Some(&token), &headers, Some(body.clone()))),
    )
    .await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(of(201) + of(409), 24, "{answers:?}");
    let replayed =
        answers.iter().filter(|answer| answer.headers.contains_key("idempotency-replayed")).count();
    assert_eq!(of(201), replayed + 1, "one was the first");
    assert_eq!(notes(&app).await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_twin_that_ended_between_the_look_and_the_lock_is_found_at_the_end() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let (user, token) = customer();
    let headers = [("idempotency-key", "k")];
    let send = |text: &'static str| {
        app.send_with("POST", "/notes", Some(&token), &headers, Some(json!({ "text": text })))
    };
    // Its row appears while the request is between its look and its end.
    let late = async {
        HALFWAY.wait().await;
        sqlx::query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, status, location, body, created_at) \
             VALUES ($1, 'k', $2, 201, '/notes/twin', '{\"text\":\"twin\"}', now())",
        )
        .bind(user.to_string())
        .bind(fingerprint("POST /notes", br#"{"text":"in two steps"}"#))
        .execute(db.pool())
        .await
        .unwrap();
        HALFWAY.wait().await;
    };
    let (answer, ()) = tokio::join!(send("in two steps"), late);
    assert_eq!((answer.status.as_u16(), &answer.body["text"]), (201, &json!("twin")));
    assert_eq!(answer.headers["idempotency-replayed"], "true");
    assert_eq!(notes(&app).await, 0, "its own effect is undone");
    app.stop().await;
}

fn fingerprint(route: &str, body: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    Sha256::new().chain_update(route).chain_update([0]).chain_update(body).finalize().to_vec()
}
