//! What administrators do to accounts of others.

use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::{AccountRestored, AccountSuspended, SecondFactorChanged, UserDeleted};

use crate::{
    ADMIN_EMAIL, PASSWORD, admin,
    admin::{give, id_of},
    bearer, count, logged_in, login, of_type, refresh, register, second_factor, set_verified, slug, start,
};

const SITI: &str = "siti@example.com";

async fn suspend(app: &TestApp, token: &str, id: &str) -> Answer {
    let path = format!("/api/v1/admin/accounts/{id}/suspension");
    app.send("PUT", &path, Some(token), Some(json!({"reason": " Stolen cards "}))).await
}

async fn delete(app: &TestApp, token: &str, id: &str, what: &str) -> Answer {
    app.send("DELETE", &format!("/api/v1/admin/accounts/{id}{what}"), Some(token), None).await
}

#[tokio::test]
async fn nobody_logs_in_to_a_suspended_account_until_it_is_restored() {
    let app = start().await;
    let (admin, siti) = (admin(&app).await, logged_in(&app, SITI).await);
    let id = id_of(&app, &admin, SITI).await;
    assert_eq!(suspend(&app, &bearer(&siti), &id).await.status, StatusCode::FORBIDDEN);
    app.published().await;
    for _ in 0..2 {
        let done = suspend(&app, &admin, &id).await;
        assert_eq!((done.status, &done.body["suspended_for"]), (StatusCode::OK, &json!("Stolen cards")));
        assert!(done.body["suspended_at"].is_string(), "{}", done.body);
    }
    assert_eq!(of_type::<AccountSuspended>(&app.published().await).len(), 1, "its owner is told once");
    assert_eq!(refresh(&app, &siti["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    // As often as its owner likes: a right password is no guess.
    for _ in 0..8 {
        let refused = login(&app, SITI, PASSWORD).await;
        assert_eq!((refused.status, slug(&refused)), (StatusCode::FORBIDDEN, "account-suspended"));
    }
    // Who does not know the password learns nothing.
    let wrong = login(&app, SITI, "not her password").await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::UNAUTHORIZED, "wrong-credentials"));
    let seen = app.send("GET", &format!("/api/v1/admin/accounts/{id}"), Some(&admin), None).await;
    assert_eq!(seen.body["suspended_for"], "Stolen cards");
    for _ in 0..2 {
        assert_eq!(delete(&app, &admin, &id, "/suspension").await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(of_type::<AccountRestored>(&app.published().await).len(), 1);
    assert_eq!(login(&app, SITI, PASSWORD).await.status, StatusCode::OK);
    let acts = "SELECT count(*) FROM audit_log WHERE action IN ('suspend_account', 'restore_account') \
                AND actor_id <> subject_id AND detail IS NULL";
    assert_eq!(count(&app, acts).await, 2);
    app.stop().await;
}

#[tokio::test]
async fn a_log_in_beside_a_suspension_leaves_nobody_in() {
    let app = start().await;
    let admin = admin(&app).await;
    register(&app, SITI).await;
    let id = id_of(&app, &admin, SITI).await;
    let (suspended, _) = tokio::join!(suspend(&app, &admin, &id), login(&app, SITI, PASSWORD));
    assert_eq!(suspended.status, StatusCode::OK, "{}", suspended.body);
    let open = "SELECT count(*) FROM token_families f JOIN users u USING (user_id) \
                WHERE f.revoked_at IS NULL AND u.suspended_at IS NOT NULL";
    assert_eq!(count(&app, open).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn the_last_administrator_who_can_log_in_stays() {
    let app = start().await;
    let token = admin(&app).await;
    register(&app, SITI).await;
    set_verified(&app, SITI, true).await;
    let (own, siti) = (id_of(&app, &token, ADMIN_EMAIL).await, id_of(&app, &token, SITI).await);
    give(&app, &token, &siti, "admin").await;
    assert_eq!(suspend(&app, &token, &siti).await.status, StatusCode::OK);
    // The other one is there, and can't log in.
    for refused in [
        suspend(&app, &token, &own).await,
        give(&app, &token, &own, "customer").await,
        delete(&app, &token, &own, "").await,
    ] {
        assert_eq!((refused.status, slug(&refused)), (StatusCode::CONFLICT, "last-administrator"));
    }
    assert_eq!(delete(&app, &token, &siti, "/suspension").await.status, StatusCode::NO_CONTENT);
    assert_eq!(suspend(&app, &token, &own).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_turns_off_the_second_factor_of_who_lost_it() {
    let app = start().await;
    let admin = admin(&app).await;
    second_factor::with_totp(&app).await;
    let id = id_of(&app, &admin, second_factor::EMAIL).await;
    assert_eq!(login(&app, second_factor::EMAIL, PASSWORD).await.status, StatusCode::ACCEPTED);
    app.published().await;
    for _ in 0..2 {
        assert_eq!(delete(&app, &admin, &id, "/second-factor").await.status, StatusCode::NO_CONTENT);
    }
    let told: Vec<SecondFactorChanged> = of_type(&app.published().await);
    assert_eq!(
        told.iter().map(|told| (told.enabled, told.by_administrator)).collect::<Vec<_>>(),
        [(false, true)]
    );
    assert_eq!(login(&app, second_factor::EMAIL, PASSWORD).await.status, StatusCode::OK);
    assert_eq!(count(&app, "SELECT count(*) FROM recovery_codes").await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'reset_totp'").await, 1);
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_an_administrator_erases_goes_as_if_its_owner_did_it() {
    let app = start().await;
    let (admin, siti) = (admin(&app).await, logged_in(&app, SITI).await);
    let id = id_of(&app, &admin, SITI).await;
    suspend(&app, &admin, &id).await;
    assert_eq!(app.exported(id.parse().expect("an id")).await["account"]["suspended_for"], "Stolen cards");
    app.published().await;
    assert_eq!(delete(&app, &admin, &id, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(delete(&app, &admin, &id, "").await.status, StatusCode::NOT_FOUND);
    let gone: Vec<UserDeleted> = app.published_only().await;
    assert_eq!(gone.iter().map(|gone| gone.user_id.to_string()).collect::<Vec<_>>(), [id]);
    assert_eq!(login(&app, SITI, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &siti["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    let log = app.send("GET", "/api/v1/admin/audit?action=delete_account", Some(&admin), None).await.body;
    assert_ne!(log["items"][0]["actor"], log["items"][0]["subject"], "{log}");
    assert_eq!(log["items"][0].get("source"), None::<&Value>, "from where goes with the account: {log}");
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_reason_or_nobodys_account_is_refused() {
    let app = start().await;
    let admin = admin(&app).await;
    register(&app, SITI).await;
    let id = id_of(&app, &admin, SITI).await;
    for reason in [json!(" "), json!("a".repeat(501)), json!(null)] {
        let path = format!("/api/v1/admin/accounts/{id}/suspension");
        let answer = app.send("PUT", &path, Some(&admin), Some(json!({"reason": reason}))).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (StatusCode::BAD_REQUEST, &json!("reason"))
        );
    }
    let nobody = "usr_00000000000000000000000000000000";
    assert_eq!(suspend(&app, &admin, nobody).await.status, StatusCode::NOT_FOUND);
    for what in ["/suspension", "/second-factor", ""] {
        assert_eq!(delete(&app, &admin, nobody, what).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    app.stop().await;
}
