use axum::http::StatusCode;
use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use warung_chassis::{
    auth::Verifier,
    testing::{TestApp, epoch},
};
use warung_contracts::{keyring, manifest::SecretKind};

use crate::{PASSWORD, logged_in, login, start_with};

/// Another key that is public by being here.
const NEXT: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgV1l+53OFDHXVRHCJ\n0e/GaSsUgCLf27WvUkoLnMgan7OhRANCAARxDFRwbZhLEvzZOZRaHOv+V/Xd6SlA\n6C5zHVPEDuDRvguolGL5F0CIhvdWZ/4jGLpmhZOo91DXyFJLC3r/MeJX\n-----END PRIVATE KEY-----\n";

async fn published(app: &TestApp) -> JwkSet {
    let answer = app.send("GET", "/.well-known/jwks.json", None, None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!answer.body.to_string().contains("\"d\""), "the private part is never published");
    serde_json::from_value(answer.body).expect("a key set")
}

fn signer(tokens: &Value) -> String {
    let token = tokens["access_token"].as_str().expect("a token");
    jsonwebtoken::decode_header(token).expect("a head").kid.expect("a key id")
}

#[tokio::test]
async fn a_key_is_followed_by_the_next_and_no_token_is_refused() {
    let ring = keyring::parse(&SecretKind::Es256PrivateKey.example()).expect("a ring of one");
    let ring = keyring::rotate(&ring, NEXT.into(), epoch(), Duration::minutes(20));
    let app = start_with(&keyring::render(&ring)).await;
    let first = logged_in(&app, "siti@example.com").await;
    let ids: Vec<_> = published(&app).await.keys.iter().filter_map(|key| key.common.key_id.clone()).collect();
    assert_eq!((ids.len(), &signer(&first)), (2, &ids[0]), "the next is published before it signs");
    app.clock.advance(keyring::OVERLAP);
    let second = login(&app, "siti@example.com", PASSWORD).await.body;
    assert_eq!(signer(&second), ids[1]);
    assert_eq!(published(&app).await.keys.len(), 2, "tokens of the old one live");
    app.clock.advance(Duration::minutes(20));
    let left = published(&app).await;
    assert_eq!((left.keys.len(), left.keys[0].common.key_id.as_ref()), (1, Some(&ids[1])));
    app.stop().await;
}

#[tokio::test]
async fn every_service_takes_tokens_of_both_keys_meanwhile() {
    let ring = keyring::parse(&SecretKind::Es256PrivateKey.example()).expect("a ring of one");
    // Tokens are checked by the machine's clock.
    let now = OffsetDateTime::now_utc();
    let ring = keyring::rotate(
        &ring,
        NEXT.into(),
        now - keyring::OVERLAP - Duration::minutes(1),
        Duration::minutes(20),
    );
    let app = start_with(&keyring::render(&ring)).await;
    app.clock.advance(now - epoch() - Duration::minutes(2));
    let old = logged_in(&app, "siti@example.com").await;
    app.clock.advance(Duration::minutes(2));
    let new = login(&app, "siti@example.com", PASSWORD).await.body;
    assert_ne!(signer(&old), signer(&new));
    let verifier = Verifier::fixed(&published(&app).await, "https://kopi.example".into());
    for tokens in [&old, &new] {
        let token = tokens["access_token"].as_str().expect("a token");
        verifier.verify(token).await.expect("every service takes the token");
    }
    app.stop().await;
}
