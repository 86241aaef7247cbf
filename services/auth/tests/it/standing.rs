//! What an access token is worth at auth once its log-in has ended, or its account is not what it was.

use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::{
    auth::Claims,
    testing::{Answer, TestApp, signed},
};

use crate::{
    ADMIN_EMAIL, PASSWORD, admin,
    admin::{give, id_of},
    bearer, count, logged_in, login, register, set_verified, slug, start,
};

const SITI: &str = "siti@example.com";
const BUDI: &str = "budi@example.com";
const ACCOUNT: &str = "/api/v1/account";
const SESSIONS: &str = "/api/v1/account/sessions";

async fn send(app: &TestApp, token: &str, method: &str, path: &str) -> Answer {
    app.send(method, path, Some(token), None).await
}

/// Budi, an administrator who is logged in: the token of the first one, Budi's id and token.
async fn two_administrators(app: &TestApp) -> (String, String, String) {
    let first = admin(app).await;
    register(app, BUDI).await;
    set_verified(app, BUDI, true).await;
    let budi = id_of(app, &first, BUDI).await;
    assert_eq!(give(app, &first, &budi, "admin").await.status, StatusCode::OK);
    let token = bearer(&login(app, BUDI, PASSWORD).await.body);
    (first, budi, token)
}

fn is_ended(answer: &Answer) -> bool {
    (answer.status, slug(answer)) == (StatusCode::UNAUTHORIZED, "unauthenticated")
}

#[tokio::test]
async fn who_was_demoted_takes_nothing_back() {
    let app = start().await;
    let (first, budi, token) = two_administrators(&app).await;
    register(&app, SITI).await;
    set_verified(&app, SITI, true).await;
    let siti = id_of(&app, &first, SITI).await;
    assert_eq!(give(&app, &first, &budi, "staff").await.status, StatusCode::OK);
    for id in [&budi, &siti] {
        let refused = give(&app, &token, id, "admin").await;
        assert_eq!((refused.status, slug(&refused)), (StatusCode::FORBIDDEN, "forbidden"));
    }
    assert_eq!(send(&app, &token, "GET", "/api/v1/admin/audit").await.status, StatusCode::FORBIDDEN);
    // What staff may do is not taken, though the token says more.
    assert_eq!(send(&app, &token, "GET", "/api/v1/admin/accounts").await.status, StatusCode::OK);
    assert_eq!(give(&app, &first, &budi, "customer").await.status, StatusCode::OK);
    assert_eq!(send(&app, &token, "GET", "/api/v1/admin/accounts").await.status, StatusCode::FORBIDDEN);
    assert_eq!(count(&app, "SELECT count(*) FROM users WHERE role = 'admin'").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn a_role_that_was_given_counts_at_once() {
    let app = start().await;
    let first = admin(&app).await;
    let siti = bearer(&logged_in(&app, SITI).await);
    set_verified(&app, SITI, true).await;
    assert_eq!(send(&app, &siti, "GET", "/api/v1/admin/accounts").await.status, StatusCode::FORBIDDEN);
    let id = id_of(&app, &first, SITI).await;
    give(&app, &first, &id, "staff").await;
    assert_eq!(send(&app, &siti, "GET", "/api/v1/admin/accounts").await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn who_was_suspended_does_nothing_more() {
    let app = start().await;
    let (first, budi, token) = two_administrators(&app).await;
    let own = id_of(&app, &first, ADMIN_EMAIL).await;
    let suspension = |id: &str| format!("/api/v1/admin/accounts/{id}/suspension");
    let reason = || Some(json!({"reason": "Left the shop"}));
    assert_eq!(app.send("PUT", &suspension(&budi), Some(&first), reason()).await.status, StatusCode::OK);
    for refused in [
        send(&app, &token, "DELETE", &suspension(&budi)).await,
        app.send("PUT", &suspension(&own), Some(&token), reason()).await,
        give(&app, &token, &own, "customer").await,
        send(&app, &token, "GET", ACCOUNT).await,
        send(&app, &token, "DELETE", ACCOUNT).await,
    ] {
        assert_eq!((refused.status, slug(&refused)), (StatusCode::FORBIDDEN, "account-suspended"));
    }
    assert_eq!(send(&app, &first, "DELETE", &suspension(&budi)).await.status, StatusCode::NO_CONTENT);
    // The log-in ended with the suspension, and stays so.
    assert!(is_ended(&send(&app, &token, "GET", ACCOUNT).await));
    assert_eq!(login(&app, BUDI, PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_log_in_that_was_ended_does_nothing_more() {
    let app = start().await;
    let first = admin(&app).await;
    register(&app, SITI).await;
    let id = id_of(&app, &first, SITI).await;
    // A log-in that somebody stole, and how it ends.
    for end in ["owner", "password", "administrator", "logout"] {
        let (stolen, own) =
            (login(&app, SITI, PASSWORD).await.body, bearer(&login(&app, SITI, PASSWORD).await.body));
        let thief = bearer(&stolen);
        assert_eq!(send(&app, &thief, "GET", ACCOUNT).await.status, StatusCode::OK);
        let ended = match end {
            "owner" => send(&app, &own, "DELETE", &format!("{SESSIONS}?keep_current=true")).await,
            "password" => {
                let body = json!({"current_password": PASSWORD, "password": PASSWORD});
                app.send("POST", "/api/v1/account/password", Some(&own), Some(body)).await
            }
            "administrator" => {
                send(&app, &first, "DELETE", &format!("/api/v1/admin/accounts/{id}/sessions")).await
            }
            _ => {
                let body = json!({"refresh_token": stolen["refresh_token"]});
                app.send("POST", "/api/v1/logout", None, Some(body)).await
            }
        };
        assert_eq!(ended.status, StatusCode::NO_CONTENT, "{end}: {}", ended.body);
        for (method, path) in [("GET", ACCOUNT), ("GET", SESSIONS), ("DELETE", SESSIONS), ("DELETE", ACCOUNT)]
        {
            let refused = send(&app, &thief, method, path).await;
            assert!(is_ended(&refused), "{end}, {method} {path}: {} {}", refused.status, refused.body);
        }
        let kept = send(&app, &own, "GET", ACCOUNT).await.status == StatusCode::OK;
        assert_eq!(kept, end != "administrator", "{end}");
    }
    assert_eq!(login(&app, SITI, PASSWORD).await.status, StatusCode::OK, "the account is there");
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_names_no_log_in_or_anothers_is_refused() {
    let app = start().await;
    let (siti, budi) = (logged_in(&app, SITI).await, logged_in(&app, BUDI).await);
    let claims = |tokens: &Value| {
        jsonwebtoken::dangerous::insecure_decode::<Claims>(&bearer(tokens)).expect("our token").claims
    };
    for sid in [None, claims(&budi).sid] {
        let token = signed(&Claims { sid, ..claims(&siti) });
        assert!(is_ended(&send(&app, &token, "GET", ACCOUNT).await), "{sid:?}");
    }
    app.stop().await;
}
