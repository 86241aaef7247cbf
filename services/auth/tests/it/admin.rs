use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::UserRegistered;

use crate::{
    ADMIN_EMAIL, ADMIN_PASSWORD, PASSWORD, admin, bearer, logged_in, login, refresh, register, set_verified,
    slug, start,
};

#[tokio::test]
async fn the_administrator_is_made_at_start_once() {
    let app = start().await;
    assert_eq!(app.run_job("bootstrap_admin").await, 1);
    assert_eq!(app.run_job("bootstrap_admin").await, 0);
    let events: Vec<UserRegistered> = app.published_only().await;
    assert_eq!(events.iter().map(|event| event.email.as_str()).collect::<Vec<_>>(), [ADMIN_EMAIL]);
    assert_eq!(login(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await.status, StatusCode::OK);
    let pool = app.db.as_ref().expect("auth has a database").pool();
    let role: String = sqlx::query_scalar("SELECT role FROM users").fetch_one(pool).await.expect("one user");
    assert_eq!(role, "admin");
    app.stop().await;
}

#[tokio::test]
async fn nobody_can_register_the_administrators_address() {
    let app = start().await;
    assert_eq!(register(&app, ADMIN_EMAIL).await.status, StatusCode::CONFLICT);
    assert_eq!(app.run_job("bootstrap_admin").await, 1);
    app.stop().await;
}

/// A stranger may have taken an address before it became the administrator's.
#[tokio::test]
async fn who_has_not_shown_that_the_address_is_theirs_does_not_become_administrator() {
    let app = start().await;
    let pool = app.db.as_ref().expect("auth has a database").pool();
    register(&app, "budi@example.com").await;
    let query = "UPDATE users SET email = $1";
    sqlx::query(query).bind(ADMIN_EMAIL).execute(pool).await.expect("the account is renamed");
    assert_eq!(app.run_job("bootstrap_admin").await, 0);
    let role: String =
        sqlx::query_scalar("SELECT role FROM users").fetch_one(pool).await.expect("one account");
    assert_eq!(role, "customer");
    app.stop().await;
}

#[tokio::test]
async fn a_verified_account_of_the_administrators_address_becomes_administrator() {
    let app = start().await;
    let pool = app.db.as_ref().expect("auth has a database").pool();
    register(&app, "budi@example.com").await;
    let query = "UPDATE users SET email = $1, email_verified_at = now()";
    sqlx::query(query).bind(ADMIN_EMAIL).execute(pool).await.expect("the account is renamed");
    assert_eq!(app.run_job("bootstrap_admin").await, 1);
    app.stop().await;
}

pub async fn id_of(app: &TestApp, token: &str, email: &str) -> String {
    let path = format!("/api/v1/admin/accounts?email={email}");
    let answer = app.send("GET", &path, Some(token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["items"][0]["id"].as_str().expect("an account").to_owned()
}

pub async fn give(app: &TestApp, token: &str, id: &str, role: &str) -> Answer {
    let path = format!("/api/v1/admin/accounts/{id}/role");
    app.send("PUT", &path, Some(token), Some(json!({"role": role}))).await
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    let app = start().await;
    let admin = admin(&app).await;
    let budi = logged_in(&app, "budi@example.com").await;
    let id = id_of(&app, &admin, "BUDI@example.com").await;
    // It may not be whose it seems.
    for role in ["staff", "admin"] {
        let refused = give(&app, &admin, &id, role).await;
        assert_eq!((refused.status, slug(&refused)), (StatusCode::CONFLICT, "email-unverified"));
    }
    assert_eq!(give(&app, &admin, &id, "customer").await.status, StatusCode::OK);
    set_verified(&app, "budi@example.com", true).await;
    assert_eq!(give(&app, &bearer(&budi), &id, "admin").await.status, StatusCode::FORBIDDEN);
    assert_eq!(give(&app, &admin, &id, "staff").await.body["role"], "staff");
    let budi = refresh(&app, &budi["refresh_token"]).await.body;
    let token = bearer(&budi);
    assert_eq!(id_of(&app, &token, ADMIN_EMAIL).await.len(), 36, "staff may see accounts");
    for (query, emails) in [
        ("role=admin", vec![ADMIN_EMAIL]),
        ("role=staff", vec!["budi@example.com"]),
        ("role=customer", vec![]),
        ("role=staff&email=admin@kopi.example", vec![]),
    ] {
        let list = app.send("GET", &format!("/api/v1/admin/accounts?{query}"), Some(&token), None).await;
        let items = list.body["items"].as_array().expect("a page");
        assert_eq!(items.iter().map(|item| item["email"].clone()).collect::<Vec<_>>(), emails, "{query}");
    }
    let odd = app.send("GET", "/api/v1/admin/accounts?role=root", Some(&token), None).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert_eq!(give(&app, &token, &id, "admin").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        app.send("GET", "/api/v1/admin/audit", Some(&token), None).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(give(&app, &admin, &id, "customer").await.status, StatusCode::OK);
    let taken = bearer(&refresh(&app, &budi["refresh_token"]).await.body);
    let list = app.send("GET", "/api/v1/admin/accounts", Some(&taken), None).await;
    assert_eq!(list.status, StatusCode::FORBIDDEN);
    let wrong = give(&app, &admin, &id, "root").await;
    assert_eq!((wrong.status, &wrong.body["errors"][0]["field"]), (StatusCode::BAD_REQUEST, &json!("role")));
    app.stop().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = start().await;
    let token = admin(&app).await;
    let own = id_of(&app, &token, ADMIN_EMAIL).await;
    let refused = give(&app, &token, &own, "customer").await;
    assert_eq!((refused.status, slug(&refused)), (StatusCode::CONFLICT, "last-administrator"));
    let deleted = app.send("DELETE", "/api/v1/account", Some(&token), None).await;
    assert_eq!((deleted.status, slug(&deleted)), (StatusCode::CONFLICT, "last-administrator"));
    app.stop().await;
}

#[tokio::test]
async fn two_administrators_at_once_do_not_remove_each_other() {
    let app = start().await;
    let first = admin(&app).await;
    register(&app, "budi@example.com").await;
    set_verified(&app, "budi@example.com", true).await;
    let (one, two) = (id_of(&app, &first, ADMIN_EMAIL).await, id_of(&app, &first, "budi@example.com").await);
    assert_eq!(give(&app, &first, &two, "admin").await.status, StatusCode::OK);
    let second = bearer(&login(&app, "budi@example.com", PASSWORD).await.body);
    let answers = tokio::join!(give(&app, &first, &two, "customer"), give(&app, &second, &one, "customer"));
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort();
    // Whoever is second is no administrator any more.
    assert_eq!(statuses, [StatusCode::OK, StatusCode::FORBIDDEN]);
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_ends_anothers_log_ins_and_pages_through_accounts() {
    let app = start().await;
    let token = admin(&app).await;
    let tokens = logged_in(&app, "budi@example.com").await;
    register(&app, "siti@example.com").await;
    let id = id_of(&app, &token, "budi@example.com").await;
    let path = format!("/api/v1/admin/accounts/{id}/sessions");
    assert_eq!(app.send("DELETE", &path, Some(&token), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&app, &tokens["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    let page = app.send("GET", "/api/v1/admin/accounts?limit=2", Some(&token), None).await.body;
    let next = page["next_cursor"].as_str().expect("a second page");
    let rest =
        app.send("GET", &format!("/api/v1/admin/accounts?limit=2&cursor={next}"), Some(&token), None).await;
    let emails = |page: &Value| -> Vec<Value> {
        page["items"].as_array().expect("items").iter().map(|item| item["email"].clone()).collect()
    };
    assert_eq!(emails(&page).len() + emails(&rest.body).len(), 3);
    let nobodys = app.send("GET", "/api/v1/admin/accounts?email=a%00b", Some(&token), None).await;
    assert_eq!((nobodys.status, &nobodys.body["items"]), (StatusCode::OK, &json!([])));
    let one = app.send("GET", &format!("/api/v1/admin/accounts/{id}"), Some(&token), None).await;
    assert_eq!(one.body["email"], "budi@example.com");
    let nobody = format!("/api/v1/admin/accounts/{}", "usr_00000000000000000000000000000000");
    assert_eq!(app.send("GET", &nobody, Some(&token), None).await.status, StatusCode::NOT_FOUND);
    app.stop().await;
}
