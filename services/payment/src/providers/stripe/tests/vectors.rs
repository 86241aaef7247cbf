//! Vectors that Stripe's own libraries decided, and the table of states.

use axum::http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::providers::{About, contracts};

#[test]
fn signatures_are_judged_as_stripes_own_libraries_do() {
    let Some(file) = contracts::file(NAME, "webhook_vectors.json") else { return };
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 30);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let mut headers = HeaderMap::new();
        if !text("header").is_empty() {
            headers.insert("stripe-signature", text("header").parse().unwrap());
        }
        let now = OffsetDateTime::from_unix_timestamp(vector["now"].as_i64().unwrap()).unwrap();
        let secrets = [SecretString::from("whsec_another"), SecretString::from(text("secret"))];
        let verdict = webhook::verify(&secrets, &headers, text("payload").as_bytes(), now);
        assert_eq!(verdict.is_ok(), text("expect") == "accept", "{}: {verdict:?}", text("name"));
        if let Ok(notice) = verdict {
            let body: serde_json::Value = serde_json::from_str(text("payload")).unwrap();
            assert_eq!(notice.event_id, body["id"], "{}", text("name"));
            assert!(matches!(notice.about, About::Reference(_)), "{}: {notice:?}", text("name"));
        }
    }
}

#[test]
fn every_status_of_an_intent_means_what_the_contract_says() {
    let Some(file) = contracts::file(NAME, "states.json") else { return };
    let rows = file["rows"].as_array().unwrap().iter().filter(|row| row["object"] == "payment_intent");
    let mut seen = 0;
    for row in rows {
        let status = row["status"].as_str().unwrap();
        let said = map::snapshot(&intent(json!({"status": status}))).unwrap().said;
        let state = match said {
            Said::Pending(_) | Said::Approved => "pending",
            Said::Authorized(_) => "authorized",
            Said::Captured(_) => "paid",
            Said::Failed(_) => "failed",
            Said::Voided => "cancelled",
        };
        assert_eq!(state, row["state"], "{status}");
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn what_a_webhook_speaks_of_is_found_by_our_id_or_theirs() {
    let about = |object: serde_json::Value| {
        let body = json!({"id": "evt_1", "data": {"object": object}}).to_string();
        let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(b"whsec_1").unwrap();
        hmac::Mac::update(&mut mac, format!("0.{body}").as_bytes());
        let signature = hex::encode(hmac::Mac::finalize(mac).into_bytes());
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", format!("t=0,v1={signature}").parse().unwrap());
        let secrets = ["whsec_1".into()];
        let told = webhook::verify(&secrets, &headers, body.as_bytes(), OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!(told.dispute.is_some(), body.contains("dp_1"));
        told.about
    };
    let ours = payment().id;
    let intent = json!({"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": ours}});
    assert_eq!(about(intent), About::Request { payment: ours, reference: "pi_1".into() });
    let nameless = json!({"object": "payment_intent", "metadata": {"payment_id": ours}});
    assert_eq!(about(nameless), About::Payment(ours));
    let strange = json!({"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": "x"}});
    assert_eq!(about(strange), About::Reference("pi_1".into()));
    let dispute = json!({"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"});
    assert_eq!(about(dispute), About::Reference("pi_1".into()));
    let expanded = json!({"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_1"}});
    assert_eq!(about(expanded), About::Reference("pi_1".into()));
    assert_eq!(about(json!({"object": "customer", "id": "cus_1"})), About::Nothing);
}

proptest! {
    /// Nothing that anybody may send ends the service, and nothing without the secret is taken.
    #[test]
    fn whatever_is_sent_is_refused_in_peace(
        header in "(t=[0-9]{0,20}|v1=[0-9a-fA-F]{0,70}|v0=|,|=|.){0,6}",
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(&header) {
            headers.insert("stripe-signature", value);
        }
        let secrets = ["whsec_1".into()];
        prop_assert!(webhook::verify(&secrets, &headers, &body, OffsetDateTime::UNIX_EPOCH).is_err());
    }
}
