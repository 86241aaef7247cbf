use axum::http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warung_chassis::{
    auth::{Claims, Role, Verifier},
    testing::{TestApp, epoch},
};

use crate::{PASSWORD, login, refresh, register, start};

async fn siti(app: &TestApp) -> Value {
    register(app, "siti@example.com").await;
    let answer = login(app, "Siti@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.body
}

async fn claims(app: &TestApp, tokens: &Value) -> Claims {
    let keys = app.send("GET", "/.well-known/jwks.json", None, None).await;
    assert_eq!(keys.status, StatusCode::OK);
    let key = keys.body["keys"][0].as_object().expect("a key");
    assert!(!key.contains_key("d"), "the private part is never published");
    assert_eq!((key["alg"].as_str(), key["use"].as_str()), (Some("ES256"), Some("sig")));
    let keys: JwkSet = serde_json::from_value(keys.body).expect("a key set");
    let verifier = Verifier::fixed(&keys, "https://kopi.example".into());
    let token = tokens["access_token"].as_str().expect("a token");
    verifier.verify(token).await.expect("every service takes the token")
}

#[tokio::test]
async fn a_log_in_gives_tokens_that_every_service_can_check() {
    let app = start().await;
    // Tokens are checked against the machine's clock.
    app.clock.advance(OffsetDateTime::now_utc() - epoch());
    let tokens = siti(&app).await;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    let claims = claims(&app, &tokens).await;
    assert_eq!(claims.email, "siti@example.com");
    assert_eq!(claims.roles, [Role::Customer]);
    assert_eq!(claims.exp - claims.iat, 900);
    app.stop().await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let app = start().await;
    let first = siti(&app).await;
    let second = refresh(&app, &first["refresh_token"]).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.body);
    assert_ne!(second.body["refresh_token"], first["refresh_token"]);
    assert_eq!(refresh(&app, &second.body["refresh_token"]).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_used_token_that_comes_back_ends_the_log_in() {
    let app = start().await;
    let stolen = siti(&app).await["refresh_token"].clone();
    let other = login(&app, "siti@example.com", PASSWORD).await.body["refresh_token"].clone();
    let current = refresh(&app, &stolen).await.body["refresh_token"].clone();
    app.clock.advance(Duration::seconds(11));
    assert_eq!(refresh(&app, &stolen).await.status, StatusCode::UNAUTHORIZED);
    // The owner's newer token is dead too; a log-in on another device is not.
    assert_eq!(refresh(&app, &current).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &other).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn whoever_lost_an_answer_gets_the_same_token_again_until_it_is_used_or_time_is_over() {
    let app = start().await;
    let first = siti(&app).await["refresh_token"].clone();
    let second = refresh(&app, &first).await.body["refresh_token"].clone();
    app.clock.advance(Duration::seconds(10));
    let again = refresh(&app, &first).await;
    assert_eq!((again.status, &again.body["refresh_token"]), (StatusCode::OK, &second));
    assert!(again.body["access_token"].is_string());
    assert_eq!(refresh(&app, &second).await.status, StatusCode::OK);
    let late = refresh(&app, &first).await;
    assert_eq!((late.status, crate::slug(&late)), (StatusCode::CONFLICT, "refresh-token-just-used"));
    app.clock.advance(Duration::seconds(1));
    assert_eq!(refresh(&app, &first).await.status, StatusCode::UNAUTHORIZED, "somebody has a copy");
    app.stop().await;
}

#[tokio::test]
async fn a_thief_who_is_as_quick_as_a_lost_answer_ends_the_log_in_one_exchange_later() {
    let app = start().await;
    let stolen = siti(&app).await["refresh_token"].clone();
    let (owners, thiefs) = (refresh(&app, &stolen).await, refresh(&app, &stolen).await);
    assert_eq!(thiefs.body["refresh_token"], owners.body["refresh_token"]);
    let ahead = refresh(&app, &thiefs.body["refresh_token"]).await;
    app.clock.advance(Duration::minutes(15));
    assert_eq!(refresh(&app, &owners.body["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &ahead.body["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn no_token_is_told_again_of_a_log_in_that_is_over() {
    let app = start().await;
    let first = siti(&app).await["refresh_token"].clone();
    let second = refresh(&app, &first).await.body["refresh_token"].clone();
    app.send("POST", "/api/v1/logout", None, Some(json!({"refresh_token": second}))).await;
    assert_eq!(refresh(&app, &first).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_is_swept_later() {
    let app = start().await;
    let token = siti(&app).await["refresh_token"].clone();
    app.clock.advance(Duration::days(30));
    assert_eq!(refresh(&app, &token).await.status, StatusCode::UNAUTHORIZED);
    let left = async || {
        app.run_job("sweep_tokens").await;
        crate::count(&app, "SELECT count(*) FROM token_families").await
    };
    assert_eq!(left().await, 1);
    app.clock.advance(Duration::days(8));
    assert_eq!(left().await, 0);
    app.stop().await;
}

#[tokio::test]
async fn what_is_old_is_swept_few_at_a_time_however_much_there_is() {
    let app = start().await;
    siti(&app).await;
    let many = "DELETE FROM known_devices; DELETE FROM known_networks; \
        INSERT INTO known_devices (token_hash, user_id, created_at, last_used_at) \
            SELECT sha256(n::text::bytea), user_id, '-infinity', '-infinity' FROM users, generate_series(1, 1500) n; \
        INSERT INTO known_networks (user_id, network, last_used_at) \
            SELECT user_id, n::text, '-infinity' FROM users, generate_series(1, 1500) n; \
        INSERT INTO login_challenges (token_hash, user_id, expires_at) \
            SELECT sha256(n::text::bytea), user_id, '-infinity' FROM users, generate_series(1, 1500) n; \
        CREATE FUNCTION too_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            IF (SELECT count(*) FROM gone) > 1000 THEN RAISE 'too many at once'; END IF; RETURN NULL; END $$; \
        CREATE TRIGGER too_many AFTER DELETE ON known_devices REFERENCING OLD TABLE AS gone \
            FOR EACH STATEMENT EXECUTE FUNCTION too_many(); \
        CREATE TRIGGER too_many AFTER DELETE ON known_networks REFERENCING OLD TABLE AS gone \
            FOR EACH STATEMENT EXECUTE FUNCTION too_many(); \
        CREATE TRIGGER too_many AFTER DELETE ON login_challenges REFERENCING OLD TABLE AS gone \
            FOR EACH STATEMENT EXECUTE FUNCTION too_many()";
    sqlx::raw_sql(many).execute(app.db.as_ref().expect("a database").pool()).await.expect("rows");
    while app.run_job("sweep_tokens").await > 0 {}
    let left = "SELECT (SELECT count(*) FROM known_devices) + (SELECT count(*) FROM known_networks) \
        + (SELECT count(*) FROM login_challenges)";
    assert_eq!(crate::count(&app, left).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_log_out_ends_the_log_in_and_can_be_repeated() {
    let app = start().await;
    let token = siti(&app).await["refresh_token"].clone();
    for _ in 0..2 {
        let answer = app.send("POST", "/api/v1/logout", None, Some(json!({"refresh_token": token}))).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(refresh(&app, &token).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn a_made_up_token_is_refused() {
    let app = start().await;
    assert_eq!(refresh(&app, &json!("wrt_nonsense")).await.status, StatusCode::UNAUTHORIZED);
    let empty = refresh(&app, &json!("")).await;
    assert_eq!(
        (empty.status, &empty.body["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("refresh_token"))
    );
    app.stop().await;
}

#[tokio::test]
async fn many_refreshes_at_once_get_one_token() {
    let app = start().await;
    let token = siti(&app).await["refresh_token"].clone();
    let answers = futures::future::join_all((0..20).map(|_| refresh(&app, &token))).await;
    let next = &answers[0].body["refresh_token"];
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.body["refresh_token"] == *next));
    assert_eq!(crate::count(&app, "SELECT count(*) FROM refresh_tokens").await, 2);
    assert_eq!(refresh(&app, next).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_thief_and_the_owner_at_once_end_the_log_in_whoever_is_first() {
    let app = start().await;
    let stolen = siti(&app).await["refresh_token"].clone();
    let current = refresh(&app, &stolen).await.body["refresh_token"].clone();
    app.clock.advance(Duration::seconds(11));
    // The owner's newest token and the thief's used one in the same moment.
    let (owner, thief) = tokio::join!(refresh(&app, &current), refresh(&app, &stolen));
    assert_eq!(thief.status, StatusCode::UNAUTHORIZED);
    let newest = if owner.status == StatusCode::OK { &owner.body["refresh_token"] } else { &current };
    assert_eq!(refresh(&app, newest).await.status, StatusCode::UNAUTHORIZED, "nobody gets further");
    let noted = "SELECT count(*) FROM audit_log WHERE action = 'refresh_reuse'";
    assert_eq!(crate::count(&app, noted).await, 1);
    app.stop().await;
}
