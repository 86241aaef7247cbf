use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::{Value, json};

use super::{
    PayPal, map,
    token::Token,
    webhook::{Certificates, Source, certificate::read},
    wire::{Dispute, Order},
};
use crate::{
    domain::Said,
    providers::{
        About, Provider as _, RefundStatus, WebhookError, contracts,
        http::Client,
        testing::{NOW, as_declared, check, headers, payment, vectors},
    },
};

/// An adapter that trusts the root of the vectors, and knows the vector's certificate.
fn adapter(file: &Value, vector: &Value) -> PayPal {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let root = CertificateDer::from_pem_slice(file["trust_root_pem"].as_str().unwrap().as_bytes()).unwrap();
    let anchor = webpki::anchor_from_trusted_cert(&root).unwrap().to_owned();
    let certificates = Certificates::trusting("https://api-m.sandbox.paypal.com", vec![anchor]);
    let name = vector["cert"].as_str().unwrap();
    let pem = file["certificates_pem"][name].as_str().unwrap_or_else(|| panic!("no certificate {name}"));
    certificates.keep(vector["headers"]["paypal-cert-url"].as_str().unwrap(), read(pem.as_bytes()).unwrap());
    PayPal {
        client: Client::new("http://127.0.0.1:1").unwrap(),
        token: Token::new("id".into(), "secret".into()),
        webhook_id: vector["webhook_id"].as_str().unwrap().to_owned(),
        certificates,
        public_url: "https://kopi.example.com".to_owned(),
    }
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    let Some(file) = contracts::file("paypal", "webhook_vectors.json") else { return };
    let vectors = vectors(&file);
    assert!(vectors.len() >= 21);
    for (name, accept, vector) in vectors {
        let adapter = adapter(&file, vector);
        let body = vector["body"].as_str().unwrap().as_bytes();
        let verdict = adapter.verify(&headers(vector), body, NOW).await;
        check(name, accept, &verdict);
    }
}

#[tokio::test]
async fn what_paypal_signed_is_good_for_as_long_as_it_sends_it_again() {
    let Some(file) = contracts::file("paypal", "webhook_vectors.json") else { return };
    let (_, _, vector) = vectors(&file)[0];
    let adapter = adapter(&file, vector);
    let body = vector["body"].as_str().unwrap().as_bytes();
    for (hours, good) in [(-1, false), (72, true), (74, false)] {
        let now = NOW + time::Duration::hours(hours);
        let verdict = adapter.verify(&headers(vector), body, now).await;
        assert_eq!(verdict.is_ok(), good, "{hours} h later: {verdict:?}");
        assert!(good || matches!(verdict, Err(WebhookError::Stale(_))), "{hours} h later: {verdict:?}");
    }
}

#[test]
fn certificates_come_from_paypal_alone() {
    let Some(file) = contracts::file("paypal", "webhook_vectors.json") else { return };
    let certificates = Certificates::new("https://api-m.paypal.com");
    for case in file["cert_url_policy"]["cases"].as_array().unwrap() {
        let url = case["cert_url"].as_str().unwrap();
        let wanted = if case["expect"] == "accept" { Source::PayPal } else { Source::Stranger };
        assert_eq!(certificates.source(url), wanted, "{url}");
    }
    // Of theirs, certificates and nothing else.
    for url in [
        "https://shop.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/oauth2/token",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com/v1/notifications/certs/../webhooks",
        "https://api.paypal.com/v1/notifications/certs/CERT-1/more",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?again=1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
    ] {
        assert_eq!(certificates.source(url), Source::Stranger, "{url}");
    }
    // A simulator is asked, and only the one we speak to.
    let near = Certificates::new("http://127.0.0.1:8471");
    assert_eq!(near.source("http://127.0.0.1:8471/v1/notifications/certs/X"), Source::OwnServer);
    assert_eq!(near.source("http://127.0.0.1:8472/v1/notifications/certs/X"), Source::Stranger);
}

fn said(order: Value) -> Said {
    let order: Order = serde_json::from_value(order).unwrap();
    map::snapshot(&order, &payment(1000, "USD")).said
}

fn with(status: &str, payments: Value) -> Value {
    json!({"id": "5O1", "status": status, "purchase_units": [{"payments": payments}]})
}

#[test]
fn every_state_of_theirs_is_one_of_ours() {
    let Some(file) = contracts::file("paypal", "states.json") else { return };
    let ten = json!({"currency_code": "USD", "value": "10.00"});
    for row in file["rows"].as_array().unwrap() {
        let (object, status) = (row["object"].as_str().unwrap(), row["status"].as_str().unwrap());
        let thing = json!({"id": "1", "status": status, "amount": ten});
        let said = match object {
            "order" => said(with(status, json!({}))),
            "authorization" => said(with("COMPLETED", json!({"authorizations": [thing]}))),
            "capture" => said(with("COMPLETED", json!({"captures": [thing]}))),
            _ => {
                let refund = map::refund(&serde_json::from_value(thing).unwrap()).status;
                let wanted = match row["state"].as_str().unwrap() {
                    "refunded" => matches!(refund, RefundStatus::Done),
                    "refund_pending" => matches!(refund, RefundStatus::Pending),
                    _ => matches!(refund, RefundStatus::Refused(_)),
                };
                assert!(wanted, "{row}: {refund:?}");
                continue;
            }
        };
        let right = match row["state"].as_str().unwrap() {
            "pending" | "see capture status" => matches!(said, Said::Pending(_)),
            "approved_not_captured" => said == Said::Approved,
            "authorized" => matches!(said, Said::Authorized(_)),
            // What an authorisation was captured for is told by its captures, which such an order has.
            "partially_captured" | "paid" if object == "authorization" => matches!(said, Said::Pending(_)),
            "paid" | "partially_refunded" | "refunded" => matches!(said, Said::Captured(_)),
            "failed" => matches!(said, Said::Failed(_)),
            "cancelled" => said == Said::Voided,
            other => panic!("{other}"),
        };
        assert!(right, "{row}: {said:?}");
    }
}

#[test]
fn amounts_are_texts_of_major_units_and_never_rupiah() {
    for (minor, currency, value) in
        [(1000, "USD", "10.00"), (1500, "JPY", "1500"), (100_000, "HUF", "1000"), (100_000, "TWD", "1000")]
    {
        let amount = payment(minor, currency).amount;
        assert_eq!(map::money(amount).unwrap(), json!({"currency_code": currency, "value": value}));
    }
    for (minor, currency, code) in [
        (15_000_000, "IDR", "currency_not_supported"),
        (100_050, "HUF", "amount_not_expressible"),
        (0, "USD", "amount_not_expressible"),
    ] {
        assert_eq!(map::money(payment(minor, currency).amount).unwrap_err().code, code);
    }
}

#[test]
fn an_order_is_what_their_description_wants() {
    let Some(file) = contracts::file("paypal", "orders_v2.openapi.json") else { return };
    let mut schema = contracts::as_json_schema(&file);
    schema["$ref"] = "#/components/schemas/order_request".into();
    let body = map::order(&payment(1000, "USD"), "https://kopi.example.com").unwrap();
    let faults: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&body)
        .map(|error| error.to_string())
        .collect();
    assert!(faults.is_empty(), "{body}: {faults:?}");
}

#[tokio::test]
async fn events_name_our_payment_or_their_order() {
    let Some(file) = contracts::file("paypal", "webhook_vectors.json") else { return };
    for (name, about) in [
        ("ok_order_approved", About::Reference("5O190127TN364715T".to_owned())),
        ("ok_capture_completed", About::Reference("5O190127TN364715T".to_owned())),
        ("ok_capture_refunded", About::Nothing),
        ("ok_authorization_voided", About::Nothing),
    ] {
        let all = vectors(&file);
        let (_, _, vector) = all.iter().find(|(known, ..)| *known == name).unwrap();
        let body = vector["body"].as_str().unwrap().as_bytes();
        let notice = adapter(&file, vector).verify(&headers(vector), body, NOW).await.unwrap();
        assert_eq!(notice.about, about, "{name}");
        assert!(notice.event_id.starts_with("WH-"));
    }
}

#[test]
fn a_checkout_may_ask_for_what_is_taken_here() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let paypal = PayPal {
        client: Client::new("http://127.0.0.1:1").unwrap(),
        token: Token::new("id".into(), "secret".into()),
        webhook_id: String::new(),
        certificates: Certificates::trusting("https://api-m.sandbox.paypal.com", Vec::new()),
        public_url: "https://kopi.example.com".to_owned(),
    };
    as_declared("paypal", |payment| paypal.accepts(payment));
}

#[test]
fn a_dispute_is_where_its_money_is() {
    use crate::domain::dispute::State::{Inquiry, Lost, Opened, Won};
    let usd = |value: &str| json!({"currency_code": "USD", "value": value});
    let moved =
        |kind: &str, party: &str| json!({"affected_party": party, "amount": usd("10.00"), "type": kind});
    let debit = moved("DEBIT", "SELLER");
    for (status, stage, outcome, movements, state, taken, asks) in [
        ("OPEN", "INQUIRY", None, vec![], Inquiry, 0, true),
        ("WAITING_FOR_SELLER_RESPONSE", "CHARGEBACK", None, vec![], Opened, 0, true),
        ("UNDER_REVIEW", "CHARGEBACK", None, vec![debit.clone()], Opened, 1000, false),
        ("RESOLVED", "CHARGEBACK", Some("RESOLVED_BUYER_FAVOUR"), vec![debit.clone()], Lost, 1000, false),
        // Paid by PayPal out of its own pocket.
        (
            "RESOLVED",
            "CHARGEBACK",
            Some("RESOLVED_WITH_PAYOUT"),
            vec![moved("CREDIT", "BUYER")],
            Won,
            0,
            false,
        ),
        (
            "RESOLVED",
            "CHARGEBACK",
            Some("RESOLVED_SELLER_FAVOUR"),
            vec![debit.clone(), moved("CREDIT", "SELLER")],
            Won,
            0,
            false,
        ),
        ("RESOLVED", "INQUIRY", Some("CANCELED_BY_BUYER"), vec![], Won, 0, false),
        ("RESOLVED", "CHARGEBACK", Some("ACCEPTED"), vec![], Lost, 700, false),
    ] {
        let theirs = json!({
            "dispute_id": "PP-D-1", "create_time": "2026-11-20T08:15:28.000Z", "status": status, "reason": "UNAUTHORISED",
            "dispute_amount": usd("10.00"), "dispute_life_cycle_stage": stage, "money_movements": movements,
            "dispute_outcome": outcome.map(|code| json!({"outcome_code": code, "amount_refunded": usd("7.00")})),
            "seller_response_due_date": "2026-11-30T08:15:28.000Z",
            "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F", "custom": payment(1, "USD").id}],
        });
        let found = map::dispute(&serde_json::from_value::<Dispute>(theirs).unwrap()).unwrap();
        let told = found.told;
        assert_eq!(
            (told.state, told.taken, told.respond_by.is_some()),
            (state, taken, asks),
            "{status} {outcome:?}"
        );
        assert_eq!((told.amount.amount_minor, told.reason.as_str()), (1000, "unauthorised"));
        assert_eq!(found.about, About::Payment(payment(1, "USD").id));
    }
}

#[test]
fn a_webhook_of_a_dispute_names_it_and_its_payment() {
    let ours = payment(1, "USD").id;
    for transaction in [json!({"custom": ours}), json!({"invoice_number": ours})] {
        let event = json!({"id": "WH-1", "resource_type": "dispute", "event_type": "CUSTOMER.DISPUTE.CREATED",
            "resource": {"dispute_id": "PP-D-1", "disputed_transactions": [transaction], "status": "OPEN"}});
        let notice = super::webhook::notice(event.to_string().as_bytes()).unwrap();
        assert_eq!((notice.about, notice.dispute.as_deref()), (About::Payment(ours), Some("PP-D-1")));
    }
}
