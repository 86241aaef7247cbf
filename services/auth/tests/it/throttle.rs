use axum::http::StatusCode;
use futures::future::join_all;
use serde_json::json;
use time::Duration;

use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::PasswordResetRequested;

use crate::{PASSWORD, count, logged_in, login_from, of_type, peers, register, registration, slug, start};

const WRONG: &str = "guess guess";
const ATTACKER: &str = "198.51.100.66";
const HOME: &str = "203.0.113.10";
const ELSEWHERE: &str = "203.0.113.20";

#[tokio::test]
async fn guesses_from_one_place_are_slowed_and_the_owner_elsewhere_is_not() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let mut slowed = 0;
    for _ in 0..30 {
        let answer = login_from(&app, ATTACKER, "siti@example.com", WRONG).await;
        slowed += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(slowed >= 24, "only {slowed} of 30 were slowed");
    // Even the right password does not get in from there now, and is told when to come back.
    let right = login_from(&app, ATTACKER, "siti@example.com", PASSWORD).await;
    assert_eq!(
        (right.status, right.headers.contains_key("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, true)
    );
    assert_eq!(login_from(&app, HOME, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(login_from(&app, ATTACKER, "budi@example.com", WRONG).await.status, StatusCode::UNAUTHORIZED);
    app.stop().await;
}

#[tokio::test]
async fn whoever_waits_as_told_gets_in() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    for _ in 0..7 {
        login_from(&app, HOME, "siti@example.com", WRONG).await;
    }
    let told = login_from(&app, HOME, "siti@example.com", PASSWORD).await;
    assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: i64 = told.headers["retry-after"].to_str().expect("text").parse().expect("seconds");
    app.clock.advance(Duration::seconds(seconds));
    assert_eq!(login_from(&app, HOME, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    // With that the owner's own failures are forgotten.
    for _ in 0..5 {
        let answer = login_from(&app, HOME, "siti@example.com", WRONG).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    app.stop().await;
}

#[tokio::test]
async fn guesses_from_many_places_at_once_are_slowed_and_known_devices_are_not() {
    let app = start().await;
    let device = logged_in(&app, "siti@example.com").await["device_token"].clone();
    assert_eq!(login_from(&app, HOME, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    let mut tried = 0;
    for n in 0..60 {
        let answer = login_from(&app, &format!("198.51.100.{n}"), "siti@example.com", WRONG).await;
        tried += usize::from(answer.status == StatusCode::UNAUTHORIZED);
    }
    assert!(tried <= 21, "{tried} of 60 guesses from as many places were tried");
    // A device that was there before, wherever it is; and a place that was there before, whatever the device.
    let body = json!({"email": "siti@example.com", "password": PASSWORD, "device_token": device});
    let sent = [("x-forwarded-for", ELSEWHERE)];
    let known = app.send_with("POST", "/api/v1/login", None, &sent, Some(body)).await;
    assert_eq!((known.status, known.body.get("device_token")), (StatusCode::OK, None), "it is known already");
    assert_eq!(login_from(&app, HOME, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    let stranger = login_from(&app, "192.0.2.1", "siti@example.com", PASSWORD).await;
    assert_eq!(stranger.status, StatusCode::TOO_MANY_REQUESTS);
    app.stop().await;
}

#[tokio::test]
async fn one_place_that_tries_many_accounts_is_slowed() {
    let app = start().await;
    let mut tried = 0;
    for n in 0..130 {
        let answer = login_from(&app, ATTACKER, &format!("user{n}@example.com"), WRONG).await;
        tried += usize::from(answer.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(tried, 101, "a hundred are free, and the next one begins the delays");
    app.stop().await;
}

#[tokio::test]
async fn a_stranger_in_ones_network_keeps_nobody_out_who_is_known_there() {
    let app = start().await;
    // All share one network: Siti registered there, Budi has logged in there, Dewi brings her device, Eka was never there.
    let (here, body) = ([("x-forwarded-for", HOME)], registration("siti@example.com"));
    let made = app.send_with("POST", "/api/v1/register", None, &here, Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    register(&app, "budi@example.com").await;
    assert_eq!(login_from(&app, HOME, "budi@example.com", PASSWORD).await.status, StatusCode::OK);
    let device = logged_in(&app, "dewi@example.com").await["device_token"].clone();
    register(&app, "eka@example.com").await;
    for n in 0..1000 {
        login_from(&app, HOME, &format!("guess{n}@example.com"), WRONG).await;
    }
    assert_eq!(
        login_from(&app, HOME, "eka@example.com", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    for email in ["siti@example.com", "budi@example.com"] {
        let answer = login_from(&app, HOME, email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{email}: {}", answer.body);
    }
    let body = json!({"email": "dewi@example.com", "password": PASSWORD, "device_token": device});
    let known = app.send_with("POST", "/api/v1/login", None, &here, Some(body)).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.body);
    // Guesses at one who is known there are slowed as ever.
    let mut tried = 0;
    for _ in 0..30 {
        let answer = login_from(&app, HOME, "budi@example.com", WRONG).await;
        tried += usize::from(answer.status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(tried, 6, "five are free, and the sixth begins the delays");
    app.stop().await;
}

#[tokio::test]
async fn registrations_count_by_their_network_alone() {
    let app = start().await;
    let from = async |network: &str, n: usize| {
        let body = registration(&format!("new{n}@example.com"));
        let headers = [("x-forwarded-for", network)];
        app.send_with("POST", "/api/v1/register", None, &headers, Some(body)).await
    };
    let mut made = 0;
    let refused = loop {
        let answer = from(ATTACKER, made).await;
        match answer.status {
            StatusCode::CREATED => made += 1,
            _ => break answer,
        }
    };
    assert_eq!(made, 101, "a hundred are free, and the next one begins the delays");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.body);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(slug(&refused), "too-many-registrations");
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains("Wait 1 second,") && !detail.contains("password"), "{detail}");
    assert_eq!(from(HOME, made).await.status, StatusCode::CREATED);
    assert_eq!(login_from(&app, ATTACKER, "new0@example.com", PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_made_than_one_after_the_other() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let guesses = (0..40).map(|_| login_from(&app, ATTACKER, "siti@example.com", WRONG));
    let answers = join_all(guesses).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
    // Five are free, and the sixth begins the delays; the set clock stands still.
    assert_eq!(tried, 6);
    app.stop().await;
}

/// The token of a link that is sent to this address; `from` asks for it.
async fn link(app: &TestApp, from: &str, email: &str) -> String {
    let (sent, body) = ([("x-forwarded-for", from)], json!({"email": email}));
    let asked = app.send_with("POST", "/api/v1/password/forgot", None, &sent, Some(body)).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    while app.run_job("answer_resets").await > 0 {}
    let links: Vec<PasswordResetRequested> = of_type(&app.published().await);
    peers::token_of(app, links.last().expect("a link").request_id).await.expect("the link is good")
}

async fn unlock(app: &TestApp, from: &str, token: &str) -> Answer {
    let (sent, body) = ([("x-forwarded-for", from)], json!({"token": token}));
    app.send_with("POST", "/api/v1/login/unlock", None, &sent, Some(body)).await
}

/// Guesses from fresh networks until no more are tried, so that every stranger has to wait.
async fn besiege(app: &TestApp, round: u8) {
    for n in 0..40 {
        let from = format!("198.18.{round}.{n}");
        login_from(app, &from, "siti@example.com", WRONG).await;
    }
}

#[tokio::test]
async fn no_siege_keeps_an_owner_out_who_has_the_mailbox() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    for round in 0..4 {
        besiege(&app, round).await;
        // A new device in a new place, each time.
        let place = format!("203.0.113.{round}");
        let refused = login_from(&app, &place, "siti@example.com", PASSWORD).await;
        assert_eq!((refused.status, slug(&refused)), (StatusCode::TOO_MANY_REQUESTS, "too-many-tries"));
        let token = link(&app, &place, "siti@example.com").await;
        let known = unlock(&app, &place, &token).await;
        assert_eq!(known.status, StatusCode::OK, "{}", known.body);
        // By the device from anywhere, and from this place without a token; with the password that there always was.
        let body = json!({"email": "siti@example.com", "password": PASSWORD, "device_token": known.body["device_token"]});
        let sent = [("x-forwarded-for", "192.0.2.77")];
        assert_eq!(
            app.send_with("POST", "/api/v1/login", None, &sent, Some(body)).await.status,
            StatusCode::OK
        );
        assert_eq!(login_from(&app, &place, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
        assert_eq!(unlock(&app, &place, &token).await.status, StatusCode::OK, "a second click does no harm");
        app.clock.advance(Duration::minutes(61));
    }
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'unlock_log_in'").await, 8);
    app.stop().await;
}

#[tokio::test]
async fn the_besiegers_cannot_use_up_the_links_nor_open_one() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let theirs = link(&app, ATTACKER, "siti@example.com").await;
    for n in 0..10 {
        let (from, body) = (format!("198.18.9.{n}"), json!({"email": "siti@example.com"}));
        app.send_with("POST", "/api/v1/password/forgot", None, &[("x-forwarded-for", &from)], Some(body))
            .await;
    }
    while app.run_job("answer_resets").await > 0 {}
    besiege(&app, 0).await;
    // Whoever asked, the links are in the owner's mailbox, and each is good.
    assert_eq!(unlock(&app, HOME, &theirs).await.status, StatusCode::OK);
    assert_eq!(login_from(&app, HOME, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    for made_up in ["nonsense", "wlt_00000000000000000000000000000000"] {
        assert_eq!(unlock(&app, ATTACKER, made_up).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = login_from(&app, ATTACKER, "siti@example.com", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "nobody else got in by it");
    app.stop().await;
}

#[tokio::test]
async fn many_right_passwords_at_once_are_nobodys_guesses() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let answers = join_all((0..40).map(|_| login_from(&app, HOME, "siti@example.com", PASSWORD))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert!(!statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert!(statuses.contains(&StatusCode::OK));
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_slowed_like_one_that_does() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    let mut statuses = Vec::new();
    for email in ["siti@example.com", "nobody@example.com", "nonsense"] {
        let mut of_one = Vec::new();
        // Each from a place of its own, so that they share nothing.
        let place = format!("192.0.2.{}", email.len());
        for _ in 0..10 {
            of_one.push(login_from(&app, &place, email, WRONG).await.status);
        }
        statuses.push(of_one);
    }
    assert_eq!(statuses[0], statuses[1]);
    assert_eq!(statuses[0], statuses[2]);
    app.stop().await;
}

#[tokio::test]
async fn a_made_up_device_token_knows_nobody() {
    let app = start().await;
    let of_budi = logged_in(&app, "budi@example.com").await["device_token"].clone();
    register(&app, "siti@example.com").await;
    for token in [json!("wdt_nonsense"), of_budi] {
        for _ in 0..10 {
            let body = json!({"email": "siti@example.com", "password": WRONG, "device_token": token});
            let sent = [("x-forwarded-for", ATTACKER)];
            app.send_with("POST", "/api/v1/login", None, &sent, Some(body)).await;
        }
    }
    assert_eq!(
        count(&app, "SELECT count(*) FROM throttles WHERE key LIKE 'log_in:device:%' AND failures > 0").await,
        0
    );
    let answer = login_from(&app, ATTACKER, "siti@example.com", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    app.stop().await;
}

#[tokio::test]
async fn counts_are_swept_when_they_mean_nothing_any_more() {
    let app = start().await;
    login_from(&app, ATTACKER, "siti@example.com", WRONG).await;
    app.clock.advance(Duration::days(3));
    app.run_job("sweep_tokens").await;
    assert_eq!(count(&app, "SELECT count(*) FROM throttles").await, 0);
    app.stop().await;
}
