use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::TestApp;
use warung_contracts::event::NewDeviceLoggedIn;

use crate::{PASSWORD, bearer, logged_in, login, login_from, of_type, refresh, start};

const PATH: &str = "/api/v1/account/sessions";

async fn list(app: &TestApp, token: &str) -> Vec<Value> {
    let answer = app.send("GET", PATH, Some(token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["items"].as_array().expect("a page").clone()
}

#[tokio::test]
async fn log_ins_are_listed_with_device_place_and_which_is_this() {
    let app = start().await;
    let first = logged_in(&app, "siti@example.com").await;
    app.clock.advance(time::Duration::seconds(1));
    let agent = [
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0"),
        ("x-forwarded-for", "203.0.113.9, 198.51.100.7"),
    ];
    let body = json!({"email": "siti@example.com", "password": PASSWORD});
    let second = app.send_with("POST", "/api/v1/login", None, &agent, Some(body)).await.body;
    app.clock.advance(time::Duration::seconds(1));
    let named = json!({"email": "siti@example.com", "password": PASSWORD, "device": " Siti's phone "});
    app.send("POST", "/api/v1/login", None, Some(named)).await;
    let sessions = list(&app, &bearer(&second)).await;
    let devices: Vec<&Value> = sessions.iter().map(|session| &session["device"]).collect();
    assert_eq!(devices, [&Value::Null, &json!("Firefox on Linux"), &json!("Siti's phone")]);
    let current: Vec<bool> = sessions.iter().map(|session| session["current"] == true).collect();
    assert_eq!(current, [false, true, false]);
    assert_eq!(sessions[1]["source"], "198.51.100.7", "what the client says of itself is not believed");
    app.clock.advance(time::Duration::hours(1));
    refresh(&app, &first["refresh_token"]).await;
    assert!(
        list(&app, &bearer(&second)).await[0]["last_used_at"].as_str() > sessions[0]["last_used_at"].as_str()
    );
    app.stop().await;
}

#[tokio::test]
async fn a_log_in_is_ended_from_another_and_nobody_elses() {
    let app = start().await;
    let lost = logged_in(&app, "siti@example.com").await;
    app.clock.advance(time::Duration::seconds(1));
    let own = login(&app, "siti@example.com", PASSWORD).await.body;
    let stranger = bearer(&logged_in(&app, "budi@example.com").await);
    let id = list(&app, &bearer(&own)).await[0]["id"].clone();
    let path = format!("{PATH}/{}", id.as_str().expect("an id"));
    assert_eq!(app.send("DELETE", &path, Some(&stranger), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.send("DELETE", &path, Some(&bearer(&own)), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.send("DELETE", &path, Some(&bearer(&own)), None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(refresh(&app, &lost["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&app, &own["refresh_token"]).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn all_log_ins_end_at_once_but_this_one_if_asked() {
    let app = start().await;
    let (other, own) =
        (logged_in(&app, "siti@example.com").await, login(&app, "siti@example.com", PASSWORD).await.body);
    let keep = format!("{PATH}?keep_current=true");
    assert_eq!(app.send("DELETE", &keep, Some(&bearer(&own)), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&app, &other["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    let own = refresh(&app, &own["refresh_token"]).await.body;
    assert_eq!(app.send("DELETE", PATH, Some(&bearer(&own)), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&app, &own["refresh_token"]).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn an_owner_is_told_of_a_log_in_on_a_device_and_from_a_network_that_are_both_unknown() {
    let app = start().await;
    let device = logged_in(&app, "siti@example.com").await["device_token"].clone();
    let told = async || of_type::<NewDeviceLoggedIn>(&app.published().await);
    assert_eq!(told().await, [], "she registered from there");
    let known = json!({"email": "siti@example.com", "password": PASSWORD, "device_token": device});
    let elsewhere = [("x-forwarded-for", "203.0.113.9")];
    app.send_with("POST", "/api/v1/login", None, &elsewhere, Some(known)).await;
    login_from(&app, "203.0.113.9", "siti@example.com", PASSWORD).await;
    assert_eq!(told().await, [], "the device was known, and then the network");
    login_from(&app, "198.51.100.7", "siti@example.com", "not her password").await;
    assert_eq!(told().await, [], "nobody is in");
    let new = json!({"email": "siti@example.com", "password": PASSWORD, "device": "Warung 3.1"});
    let far = [("x-forwarded-for", "198.51.100.7")];
    for _ in 0..2 {
        let answer = app.send_with("POST", "/api/v1/login", None, &far, Some(new.clone())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    let once = told().await;
    assert_eq!((once.len(), once[0].device.as_deref()), (1, Some("Warung 3.1")));
    assert_eq!(once[0].at, app.clock.now());
    app.stop().await;
}
