use axum::http::StatusCode;
use serde_json::Value;
use warung_chassis::testing::TestApp;

use crate::{PASSWORD, admin, count, logged_in, login_from, start};

async fn log(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let answer = app.send("GET", &format!("/api/v1/admin/audit{query}"), Some(token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["items"].as_array().expect("a page").clone()
}

#[tokio::test]
async fn the_log_says_who_did_what_from_where_and_what_came_of_it() {
    let app = start().await;
    logged_in(&app, "siti@example.com").await;
    login_from(&app, "198.51.100.66", "siti@example.com", "guess guess").await;
    login_from(&app, "198.51.100.66", "nobody@example.com", "guess guess").await;
    let token = admin(&app).await;
    let log_ins = log(&app, &token, "?action=log_in").await;
    let outcomes: Vec<&str> = log_ins.iter().filter_map(|entry| entry["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["done", "unknown_address", "wrong_password", "done"], "newest first");
    assert_eq!(log_ins[2]["source"], "198.51.100.66");
    assert!(log_ins[2].get("actor").is_none() && log_ins[2]["subject"].is_string());
    assert!(log_ins[1].get("subject").is_none());
    let subject = log_ins[2]["subject"].as_str().expect("an id");
    let of_siti = log(&app, &token, &format!("?subject={subject}")).await;
    let actions: Vec<&str> = of_siti.iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, ["log_in", "log_in", "register"]);
    let text = serde_json::to_string(&log(&app, &token, "").await).expect("JSON");
    for secret in [PASSWORD, "guess guess", "wrt_", "siti@example.com"] {
        assert!(!text.contains(secret), "{text}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_read_by_page() {
    let app = start().await;
    for n in 0..7 {
        login_from(&app, &format!("198.51.100.{n}"), "nobody@example.com", "guess guess").await;
    }
    let token = admin(&app).await;
    let (mut seen, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = app.send("GET", &format!("/api/v1/admin/audit{query}"), Some(&token), None).await.body;
        seen.extend(page["items"].as_array().expect("items").iter().map(|entry| entry["id"].as_i64()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=3&cursor={next}");
    }
    assert_eq!(seen.len(), 9, "seven guesses, the administrator's account and log-in");
    let odd = app.send("GET", "/api/v1/admin/audit?action=%00", Some(&token), None).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert!(seen.is_sorted_by(|newer, older| newer > older));
    app.stop().await;
}

#[tokio::test]
async fn nothing_in_the_log_is_changed_or_deleted() {
    let app = start().await;
    login_from(&app, "198.51.100.1", "nobody@example.com", "guess guess").await;
    let pool = app.db.as_ref().expect("a database").pool();
    for statement in [
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE audit_log SET outcome = 'done'",
        "UPDATE audit_log SET source = '192.0.2.1'",
        "UPDATE audit_log SET source = NULL, outcome = 'done'",
        "UPDATE audit_log SET detail = 'another'",
        "INSERT INTO audit_log (at, action, outcome, detail) VALUES (now(), 'grant_role', 'done', 'staff'); \
         UPDATE audit_log SET detail = NULL WHERE action = 'grant_role'",
    ] {
        let refused = sqlx::raw_sql(statement).execute(pool).await.expect_err(statement);
        assert!(refused.to_string().contains("append-only"), "{statement}: {refused}");
    }
    // From where is personal, and is erased in time.
    app.clock.advance(time::Duration::days(181));
    app.run_job("sweep_tokens").await;
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE source IS NOT NULL").await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log").await, 1);
    app.stop().await;
}
