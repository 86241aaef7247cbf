//! The key that signs, its certificate, and the question whether a webhook is PayPal's.

use std::sync::{Arc, OnceLock};

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use serde_json::{Value, json};

use super::{PayPal, oauth};
use crate::world::World;

/// Whose name the real certificates carry.
const NAME: &str = "messageverificationcerts.paypal.com";

struct Identity {
    key: KeyPair,
    certificate: String,
}

/// Made once a process: a key of 2,048 bits takes a while.
fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let made = || {
            let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
            let certificate = CertificateParams::new(vec![NAME.to_owned()])?.self_signed(&key)?.pem();
            Ok::<_, rcgen::Error>(Identity { key, certificate })
        };
        made().expect("a key and a certificate of our own making are valid")
    })
}

/// The signature of a message, in base64.
pub fn sign(message: &str) -> String {
    let signed = identity().key.sign(message.as_bytes());
    STANDARD.encode(signed.expect("a key of our own making signs"))
}

pub async fn certificate() -> Response {
    ([("content-type", "application/x-pem-file")], identity().certificate.clone()).into_response()
}

/// Says whether a webhook was sent just so.
pub async fn online(State(world): State<Arc<World<PayPal>>>, headers: HeaderMap, body: String) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let sent = asked["transmission_id"].as_str().and_then(|id| books.sent.get(id));
    let same = sent.is_some_and(|sent| {
        asked["transmission_time"] == sent.time.as_str()
            && asked["transmission_sig"] == sent.signature.as_str()
            && asked["webhook_id"] == sent.webhook_id.as_str()
            && asked["auth_algo"] == "SHA256withRSA"
            && asked["webhook_event"] == sent.event
    });
    Json(json!({"verification_status": if same { "SUCCESS" } else { "FAILURE" }})).into_response()
}
