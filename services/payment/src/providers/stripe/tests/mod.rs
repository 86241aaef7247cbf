#![allow(clippy::disallowed_methods, reason = "tests make ids of their own")]

mod company;
mod mock;
mod requests;
mod vectors;

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use super::*;
use crate::{
    domain::{Capture, Hidden, Standing},
    providers::{
        About, NoAnswer, RefundStatus, contracts,
        testing::{self, as_declared},
    },
};

/// A payment of 1500.00 rupiah.
fn payment() -> Payment {
    Payment {
        id: PaymentId(Uuid::from_u128(1)),
        order_id: OrderId(Uuid::from_u128(2)),
        user_id: UserId(Uuid::from_u128(3)),
        provider: NAME.into(),
        token: Some(Hidden::new("pm_card_visa")),
        reference: Some("pi_1".into()),
        ..testing::payment(150_000, "IDR")
    }
}

fn intent(fields: serde_json::Value) -> wire::Intent {
    let mut whole =
        json!({"id": "pi_1", "status": "succeeded", "currency": "idr", "amount": 150_000, "metadata": {}});
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

#[test]
fn what_came_and_what_stripe_keeps_is_read_as_stripe_reports_it() {
    let told = map::snapshot(&intent(json!({
        "amount_received": 149_999,
        "latest_charge": {
            "amount_refunded": 5000, "disputed": true,
            "balance_transaction": {"fee": 4350, "currency": "idr"},
            "payment_method_details": {"card": {"capture_before": 1_795_000_000}},
        },
    })))
    .unwrap();
    let idr = |minor| Money::new(minor, "IDR".parse().unwrap());
    assert_eq!(told.said, Said::Captured(idr(149_999)));
    assert_eq!((told.refunded, told.fee), (Some(idr(5000)), Some(idr(4350))));
    assert_eq!((told.alarm, told.disputes.len()), (None, 0), "a dispute is asked about apart");
    assert_eq!(told.authorized_until.unwrap().unix_timestamp(), 1_795_000_000);
    let in_part = json!({"amount_received": 600, "latest_charge": {"amount": 1000, "amount_captured": 600, "amount_refunded": 400}});
    let told = map::snapshot(&intent(in_part)).unwrap();
    assert_eq!((told.said, told.refunded), (Said::Captured(idr(600)), None));
}

/// Stripe's own sample of a dispute, where it is there, with these fields changed.
fn dispute(fields: serde_json::Value) -> wire::Dispute {
    let mut whole = json!({"id": "dp_1", "object": "dispute", "created": 1_795_000_000});
    if let Some(file) = contracts::file("stripe", "fixtures.json") {
        whole = file["resources"]["dispute"].clone();
        assert_eq!(whole["object"], "dispute");
    }
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

#[test]
fn every_status_of_a_dispute_says_where_its_money_is() {
    use crate::domain::dispute::State::{Inquiry, Lost, Opened, Won};
    let due = json!({"due_by": 1_795_900_000, "has_evidence": false});
    for (status, moved, state, taken, asks) in [
        ("warning_needs_response", json!([]), Inquiry, 0, true),
        ("warning_under_review", json!([]), Inquiry, 0, false),
        ("warning_closed", json!([]), Won, 0, false),
        // Its money is withdrawn a moment later, of which an event of its own tells.
        ("needs_response", json!([]), Opened, 0, true),
        ("needs_response", json!([{"amount": -70, "fee": 15}]), Opened, 60_000, true),
        ("under_review", json!([{"amount": -70}]), Opened, 60_000, false),
        ("won", json!([{"amount": -70}]), Won, 60_000, false),
        ("won", json!([{"amount": -70}, {"amount": 70}]), Won, 0, false),
        ("lost", json!([{"amount": -70}]), Lost, 60_000, false),
        ("lost", json!([]), Lost, 60_000, false),
    ] {
        let told = map::dispute(&dispute(json!({
            "status": status, "balance_transactions": moved, "amount": 60_000, "currency": "idr",
            "evidence_details": due, "payment_intent": "pi_1", "reason": "fraudulent",
        })));
        let told = told.unwrap();
        assert_eq!(told.about, About::Reference("pi_1".into()));
        let told = told.told;
        assert_eq!((told.state, told.taken, told.respond_by.is_some()), (state, taken, asks), "{status}");
        assert_eq!((told.amount.amount_minor, told.reason.as_str()), (60_000, "fraudulent"));
    }
    let strange = json!({"status": "sleeping", "amount": 1, "currency": "idr"});
    assert!(map::dispute(&dispute(strange)).is_err(), "no answer is better than a wrong one");
}

#[test]
fn a_failed_attempt_ends_a_token_and_lets_a_customer_try_again() {
    let failed = json!({"status": "requires_payment_method", "last_payment_error": {"code": "card_declined", "decline_code": "lost_card"}});
    assert!(matches!(map::snapshot(&intent(failed.clone())).unwrap().said, Said::Pending(_)));
    let mut by_shop = failed;
    by_shop["metadata"] = json!({"confirmed_by": "shop"});
    assert_eq!(map::snapshot(&intent(by_shop)).unwrap().said, Said::Failed("lost_card".into()));
}

#[test]
fn what_stripe_does_not_say_in_words_we_know_is_no_answer() {
    assert!(map::snapshot(&intent(json!({"status": "levitating"}))).is_err());
    assert!(map::snapshot(&intent(json!({"currency": "xyz", "amount_received": 1}))).is_err());
}

#[test]
fn a_refusal_silence_and_our_own_fault_are_told_apart() {
    let cases = [
        (
            402,
            json!({"type": "card_error", "code": "card_declined", "decline_code": "lost_card"}),
            "refused lost_card",
        ),
        (
            400,
            json!({"type": "invalid_request_error", "code": "charge_already_refunded"}),
            "refused charge_already_refunded",
        ),
        (
            400,
            json!({"type": "invalid_request_error", "param": "amount", "message": "greater than"}),
            "refused amount_refused",
        ),
        (
            400,
            json!({"type": "invalid_request_error", "code": "parameter_unknown", "param": "x"}),
            "permanent",
        ),
        (400, json!({"type": "invalid_request_error"}), "permanent"),
        (401, json!({"type": "invalid_request_error"}), "permanent"),
        (404, json!({"type": "invalid_request_error", "code": "resource_missing"}), "permanent"),
        (409, json!({"type": "invalid_request_error", "code": "lock_timeout"}), "no answer"),
        (400, json!({"type": "idempotency_error"}), "no answer"),
    ];
    for (status, body, meaning) in cases {
        let failure: wire::Failure = serde_json::from_value(body.clone()).unwrap();
        let found = match map::trouble(status, &failure) {
            Trouble::Refused(Refused { code, .. }) => format!("refused {code}"),
            Trouble::Permanent(_) => "permanent".to_owned(),
            Trouble::NoAnswer(NoAnswer { .. }) => "no answer".to_owned(),
        };
        assert_eq!(found, meaning, "{status} {body}");
    }
}

#[test]
fn refunds_are_read_by_their_status() {
    let refund = |fields| map::refund(&serde_json::from_value(fields).unwrap()).unwrap().status;
    assert_eq!(refund(json!({"id": "re_1", "status": "succeeded"})), RefundStatus::Done);
    assert_eq!(refund(json!({"id": "re_1", "status": "pending"})), RefundStatus::Pending);
    let failed = json!({"id": "re_1", "status": "failed", "failure_reason": "expired_or_canceled_card"});
    assert_eq!(refund(failed), RefundStatus::Refused("expired_or_canceled_card".into()));
}

#[test]
fn a_checkout_may_ask_for_what_is_taken_here() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let stripe = Stripe::new(Client::new("http://127.0.0.1:1").unwrap(), "sk_test_123".into(), "whsec_1");
    as_declared("stripe", |payment| stripe.accepts(payment));
}
