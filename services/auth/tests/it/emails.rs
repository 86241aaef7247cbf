use axum::http::StatusCode;
use serde_json::{Value, json};
use warung_chassis::testing::{Answer, TestApp};
use warung_contracts::event::{
    EmailChangeRequested, EmailChanged, EmailVerificationRequested, ProfileChanged,
};

use crate::{
    PASSWORD, admin, bearer, count, logged_in, login, of_type, passwords, peers, register, slug, start,
};

/// The token of the newest link, out of the events published since the last look.
async fn sent(app: &TestApp) -> (EmailVerificationRequested, Value) {
    let mut requests: Vec<EmailVerificationRequested> = of_type(&app.published().await);
    let request = requests.pop().expect("a link was sent");
    let token = peers::token_of(app, request.request_id).await.expect("the link is good");
    (request, json!({"token": token}))
}

async fn open(app: &TestApp, token: &str, link: &Value) -> Answer {
    app.send("POST", "/api/v1/email/verify", Some(token), Some(link.clone())).await
}

async fn is_verified(app: &TestApp, token: &str) -> bool {
    app.send("GET", "/api/v1/account", Some(token), None).await.body["email_verified"] == true
}

#[tokio::test]
async fn an_address_is_verified_by_its_link_however_often_that_is_opened() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (request, link) = sent(&app).await;
    assert_eq!((request.email.as_str(), request.name.as_str()), ("siti@example.com", "Siti Rahma"));
    assert!(!is_verified(&app, &token).await);
    assert_eq!(open(&app, &token, &link).await.status, StatusCode::NO_CONTENT);
    assert!(is_verified(&app, &token).await);
    // A second click.
    assert_eq!(open(&app, &token, &link).await.status, StatusCode::NO_CONTENT);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'verify_email'").await, 1);
    let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
    assert_eq!((more.status, slug(&more)), (StatusCode::CONFLICT, "email-verified"));
    app.clock.advance(time::Duration::hours(24));
    let late = open(&app, &token, &link).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::UNPROCESSABLE_ENTITY, "link-invalid"));
    app.stop().await;
}

#[tokio::test]
async fn of_two_who_open_a_link_at_once_one_does_and_both_are_told() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, link) = sent(&app).await;
    let answers = tokio::join!(open(&app, &token, &link), open(&app, &token, &link));
    assert_eq!([answers.0.status, answers.1.status], [StatusCode::NO_CONTENT; 2]);
    assert_eq!(count(&app, "SELECT count(*) FROM audit_log WHERE action = 'verify_email'").await, 1);
    app.stop().await;
}

/// A stranger registers with the address of somebody, who opens what comes, or lets a device in.
#[tokio::test]
async fn a_click_verifies_nothing_for_a_stranger_who_registered_the_address() {
    let app = start().await;
    let stranger = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, link) = sent(&app).await;
    let bare = app.send("POST", "/api/v1/email/verify", None, Some(link.clone())).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    let other = bearer(&logged_in(&app, "budi@example.com").await);
    let refused = open(&app, &other, &link).await;
    assert_eq!((refused.status, slug(&refused)), (StatusCode::UNPROCESSABLE_ENTITY, "link-invalid"));
    let [by, _] = passwords::two_links(&app, "siti@example.com").await;
    let unlock = app.send("POST", "/api/v1/login/unlock", None, Some(json!({"token": by["token"]}))).await;
    assert_eq!(unlock.status, StatusCode::OK);
    assert!(!is_verified(&app, &stranger).await, "the password is still the stranger's");
    // A new password is the owner's, and so is all else then.
    assert_eq!(passwords::reset(&app, &by).await.status, StatusCode::OK);
    assert_eq!(open(&app, &stranger, &link).await.status, StatusCode::UNAUTHORIZED);
    let password = by["password"].as_str().expect("a password");
    let own = bearer(&login(&app, "siti@example.com", password).await.body);
    assert!(is_verified(&app, &own).await);
    app.stop().await;
}

#[tokio::test]
async fn a_link_ends_and_others_are_sent_but_not_without_end() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, old) = sent(&app).await;
    app.clock.advance(time::Duration::hours(24));
    assert_eq!(open(&app, &token, &old).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..5 {
        let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
        assert_eq!(more.status, StatusCode::ACCEPTED, "{}", more.body);
    }
    let (_, newest) = sent(&app).await;
    let more = app.send("POST", "/api/v1/account/email/verification", Some(&token), None).await;
    assert_eq!((more.status, slug(&more)), (StatusCode::TOO_MANY_REQUESTS, "too-many-links"));
    assert_eq!(more.headers["retry-after"], "3600");
    assert_eq!(open(&app, &token, &newest).await.status, StatusCode::NO_CONTENT);
    app.stop().await;
}

/// Asks for another address.
async fn ask(app: &TestApp, token: &str, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    app.send("POST", "/api/v1/account/email", Some(token), Some(body)).await
}

#[tokio::test]
async fn a_new_password_ends_the_links_of_whoever_knew_the_old_one() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    app.published().await;
    assert_eq!(ask(&app, &token, "intruder@example.net").await.status, StatusCode::ACCEPTED);
    let (_, link) = sent(&app).await;
    let [by, other] = passwords::two_links(&app, "siti@example.com").await;
    assert_eq!(passwords::reset(&app, &by).await.status, StatusCode::OK);
    let password = by["password"].as_str().expect("a password");
    let own = bearer(&login(&app, "siti@example.com", password).await.body);
    for dead in [open(&app, &own, &link).await, passwords::reset(&app, &other).await] {
        assert_eq!((dead.status, slug(&dead)), (StatusCode::UNPROCESSABLE_ENTITY, "link-invalid"));
    }
    assert_eq!(of_type::<EmailChanged>(&app.published().await).len(), 0);
    // Nor does a token of before open or begin anything.
    for late in [open(&app, &token, &link).await, ask(&app, &token, "intruder@example.net").await] {
        assert_eq!((late.status, slug(&late)), (StatusCode::UNAUTHORIZED, "unauthenticated"));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_changed_password_and_a_suspension_end_links_to_another_address() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let admin = admin(&app).await;
    ask(&app, &token, "first@example.net").await;
    let (request, of_password) = sent(&app).await;
    let body = json!({"current_password": PASSWORD, "password": "kopi tubruk sore"});
    let changed = app.send("POST", "/api/v1/account/password", Some(&token), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    let body = json!({"email": "second@example.net", "password": "kopi tubruk sore"});
    app.send("POST", "/api/v1/account/email", Some(&token), Some(body)).await;
    let (_, of_suspension) = sent(&app).await;
    let path = format!("/api/v1/admin/accounts/{}/suspension", request.user_id);
    let body = json!({"reason": "looks stolen"});
    assert_eq!(app.send("PUT", &path, Some(&admin), Some(body)).await.status, StatusCode::OK);
    assert_eq!(app.send("DELETE", &path, Some(&admin), None).await.status, StatusCode::NO_CONTENT);
    let token = bearer(&login(&app, "siti@example.com", "kopi tubruk sore").await.body);
    for link in [of_password, of_suspension] {
        assert_eq!(slug(&open(&app, &token, &link).await), "link-invalid");
    }
    app.stop().await;
}

/// Whichever comes first: an address that is asked for and a password that is reset at once leave no link.
#[tokio::test]
async fn no_link_is_left_by_who_asks_while_the_password_is_reset() {
    let app = start().await;
    register(&app, "siti@example.com").await;
    app.published().await;
    for round in 0..3 {
        let token = bearer(&login(&app, "siti@example.com", PASSWORD).await.body);
        let [by, _] = passwords::two_links(&app, "siti@example.com").await;
        let email = format!("intruder{round}@example.net");
        let (asked, reset) = tokio::join!(ask(&app, &token, &email), passwords::reset(&app, &by));
        assert_eq!(reset.status, StatusCode::OK, "{}", reset.body);
        let refused = [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED].contains(&asked.status);
        assert!(refused || asked.status == StatusCode::ACCEPTED, "{}", asked.body);
        for request in of_type::<EmailVerificationRequested>(&app.published().await) {
            assert!(peers::token_of(&app, request.request_id).await.is_err());
        }
        // The old one again, for the next round.
        app.clock.advance(time::Duration::hours(2));
        let [back, _] = passwords::two_links(&app, "siti@example.com").await;
        let back = json!({"token": back["token"], "password": PASSWORD});
        assert_eq!(passwords::reset(&app, &back).await.status, StatusCode::OK);
        app.clock.advance(time::Duration::hours(2));
    }
    app.stop().await;
}

#[tokio::test]
async fn the_address_of_now_hears_of_a_change_when_it_is_asked_for() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    register(&app, "budi@example.com").await;
    app.published().await;
    // Alike whether or not it can be had: nobody learns whose address is taken.
    for new_email in ["new@example.com", "budi@example.com", crate::ADMIN_EMAIL] {
        assert_eq!(ask(&app, &token, new_email).await.status, StatusCode::ACCEPTED);
        let told: Vec<EmailChangeRequested> = of_type(&app.published().await);
        assert_eq!(told.len(), 1, "{new_email}");
        assert_eq!((told[0].email.as_str(), told[0].new_email.as_str()), ("siti@example.com", new_email));
    }
    let mut more = Vec::new();
    for _ in 0..3 {
        more.push(ask(&app, &token, "budi@example.com").await.status);
    }
    let (accepted, slow) = (StatusCode::ACCEPTED, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(more, [accepted, accepted, slow], "also by how often");
    app.stop().await;
}

#[tokio::test]
async fn of_several_addresses_the_last_that_was_asked_for_counts() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    app.published().await;
    ask(&app, &token, "mistyped@example.com").await;
    let (_, mistyped) = sent(&app).await;
    ask(&app, &token, "new@example.com").await;
    let (_, first) = sent(&app).await;
    // Of one address each letter is good.
    ask(&app, &token, "new@example.com").await;
    assert_eq!(slug(&open(&app, &token, &mistyped).await), "link-invalid");
    assert_eq!(open(&app, &token, &first).await.status, StatusCode::NO_CONTENT);
    app.stop().await;
}

#[tokio::test]
async fn an_address_changes_when_the_new_one_says_so() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    let (_, of_old) = sent(&app).await;
    let change = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let (app, token) = (&app, &token);
        async move { app.send("POST", "/api/v1/account/email", Some(token), Some(body)).await }
    };
    let wrong = change("new@example.com", "not my password").await;
    assert_eq!((wrong.status, slug(&wrong)), (StatusCode::FORBIDDEN, "wrong-password"));
    assert_eq!(change("New@Example.com", PASSWORD).await.status, StatusCode::ACCEPTED);
    let (request, link) = sent(&app).await;
    assert_eq!(request.email, "new@example.com", "the link goes to the new address");
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::OK, "nothing changed yet");
    for _ in 0..2 {
        assert_eq!(open(&app, &token, &link).await.status, StatusCode::NO_CONTENT);
    }
    let changed: Vec<EmailChanged> = of_type(&app.published().await);
    assert_eq!(changed.len(), 1, "it changed once");
    assert_eq!(
        (changed[0].email.as_str(), changed[0].old_email.as_str()),
        ("new@example.com", "siti@example.com")
    );
    assert_eq!(changed[0].version, 1, "readers know by it what is newer");
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&app, "new@example.com", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(
        open(&app, &token, &of_old).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it was for the old address"
    );
    app.stop().await;
}

#[tokio::test]
async fn nobody_learns_or_takes_whose_address_is_taken() {
    let app = start().await;
    let token = bearer(&logged_in(&app, "siti@example.com").await);
    register(&app, "budi@example.com").await;
    app.published().await;
    assert_eq!(ask(&app, &token, "budi@example.com").await.status, StatusCode::ACCEPTED);
    let links: Vec<EmailVerificationRequested> = of_type(&app.published().await);
    assert_eq!(links, vec![], "and no link is sent");
    assert_eq!(ask(&app, &token, "late@example.com").await.status, StatusCode::ACCEPTED);
    let (_, link) = sent(&app).await;
    // Somebody is faster.
    assert_eq!(register(&app, "late@example.com").await.status, StatusCode::CREATED);
    let late = open(&app, &token, &link).await;
    assert_eq!((late.status, slug(&late)), (StatusCode::CONFLICT, "email-taken"));
    assert_eq!(login(&app, "siti@example.com", PASSWORD).await.status, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn emails_call_people_as_they_call_themselves_now() {
    let app = start().await;
    let tokens = logged_in(&app, "siti@example.com").await;
    let (first, _) = sent(&app).await;
    // The older ones are replayed; the last is of a version that told none.
    for (name, locale, version) in [("Siti R.", "en-GB", 3), ("Siti Lama", "id", 2), ("Siti Purba", "id", 0)]
    {
        let (user_id, name, locale) = (first.user_id, name.into(), locale.into());
        let event = ProfileChanged { user_id, name, phone: None, locale, version };
        app.deliver(&event).await.expect("the event is handled");
    }
    app.send("POST", "/api/v1/account/email/verification", Some(&bearer(&tokens)), None).await;
    let (second, _) = sent(&app).await;
    assert_eq!((second.name.as_str(), second.locale.as_str()), ("Siti R.", "en-GB"));
    app.stop().await;
}
