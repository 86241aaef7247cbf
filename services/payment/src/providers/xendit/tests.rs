use serde_json::{Value, json};

use super::{
    map, webhook,
    wire::{Invoice, PaymentRequest, Taken},
};
use crate::{
    domain::{Payment, Said},
    providers::{
        About, RefundStatus, contracts,
        testing::{as_declared, check, headers, payment, vectors},
    },
};

#[test]
fn every_vector_gets_its_verdict() {
    let Some(file) = contracts::file("xendit", "webhook_vectors.json") else { return };
    let vectors = vectors(&file);
    assert!(vectors.len() >= 19);
    let mut ids = std::collections::BTreeMap::new();
    for (name, accept, vector) in vectors {
        let token = vector["callback_token"].as_str().unwrap().into();
        let body = vector["body"].as_str().unwrap();
        let verdict = webhook::verify(&token, &headers(vector), body.as_bytes());
        check(name, accept, &verdict);
        if let Ok(notice) = verdict {
            ids.insert(name, notice.event_id);
        }
    }
    // However often it comes, and with whatever id of delivery.
    assert_eq!(ids["ok_payment_capture"], ids["ok_duplicate_delivery"]);
    assert_ne!(ids["ok_payment_capture"], ids["ok_payment_authorization"]);
}

fn neutral(said: &Said) -> &'static str {
    match said {
        Said::Pending(_) | Said::Approved => "pending",
        Said::Authorized(_) => "authorized",
        Said::Captured(_) => "paid",
        Said::Failed(_) => "failed",
        Said::Voided => "over",
    }
}

/// What we make of an object of theirs in this state, by the neutral words; what ends without money is "over".
fn state_of(object: &str, status: &str) -> Option<&'static str> {
    let payment = payment(15_000_000, "IDR");
    let request = |status: &str| -> PaymentRequest {
        serde_json::from_value(json!({"payment_request_id": "pr-1", "reference_id": "1", "status": status}))
            .unwrap()
    };
    Some(match object {
        "invoice" => neutral(&map::invoice(&invoice(status, "150000"), &payment).said),
        "payment_request" => neutral(&map::request(&request(status), None, &payment).said),
        "payment" => {
            let of = if status == "FAILED" { "FAILED" } else { "REQUIRES_ACTION" };
            neutral(&map::request(&request(of), Some(&taken(status, &payment)), &payment).said)
        }
        "refund" => {
            match map::refund(&serde_json::from_value(json!({"id": "rfd-1", "status": status})).unwrap())
                .status
            {
                RefundStatus::Done => "refunded",
                RefundStatus::Pending => "refund_pending",
                RefundStatus::Refused(_) => "refund_failed",
            }
        }
        _ => return None,
    })
}

fn invoice(status: &str, amount: &str) -> Invoice {
    let text = format!(
        r#"{{"id":"5","external_id":"1","status":"{status}","amount":{amount},"invoice_url":"https://x"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn taken(status: &str, _: &Payment) -> Taken {
    let text = format!(r#"{{"payment_id":"py-1","status":"{status}","request_amount":150000}}"#);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_state_of_theirs_is_one_of_ours() {
    let Some(file) = contracts::file("xendit", "states.json") else { return };
    for row in file["rows"].as_array().unwrap() {
        let (object, status) = (row["object"].as_str().unwrap(), row["status"].as_str().unwrap());
        let wanted = match row["state"].as_str().unwrap() {
            "expired" | "cancelled" => "over",
            "refund_cancelled" => "refund_failed",
            // Their payment tells more: it is asked for wherever there is one.
            "authorized" | "paid" if object == "payment_request" => "pending",
            // Codes that take many payments are not ours.
            "open_for_many_payments" => continue,
            other => other,
        };
        if let Some(state) = state_of(object, status) {
            assert_eq!(state, wanted, "{row}");
        }
    }
}

#[test]
fn amounts_are_numbers_of_major_units_digit_for_digit() {
    for (minor, currency, text) in [
        (15_000_000, "IDR", "150000"),
        (125_050, "PHP", "1250.50"),
        (1500, "VND", "1500"),
        (99_999_999_999_999, "USD", "999999999999.99"),
    ] {
        let amount = payment(minor, currency).amount;
        let exponent = amount.currency.exponent();
        let written = map::number(amount).unwrap().to_string();
        assert_eq!(written.trim_end_matches('0'), text.trim_end_matches('0'), "{currency}");
        assert_eq!(invoice("PAID", text).amount.minor(exponent), Some(minor), "{text}");
    }
    // More digits than a float holds are read all the same, and never sent.
    assert_eq!(invoice("PAID", "9007199254740993.01").amount.minor(2), Some(900_719_925_474_099_301));
    for (minor, currency) in [(15_000_050, "IDR"), (1, "KWD"), (900_719_925_474_099_301, "USD")] {
        let refused = map::number(payment(minor, currency).amount).unwrap_err();
        assert_eq!(refused.code, "amount_not_expressible", "{currency}");
    }
    assert_eq!(map::plan(&payment(100, "EUR")).unwrap_err().code, "currency_not_supported");
}

#[test]
fn requests_are_what_their_descriptions_want() {
    let (Some(v2), Some(v3)) = (
        contracts::file("xendit", "invoices_v2.openapi.json"),
        contracts::file("xendit", "payments_v3.openapi.json"),
    ) else {
        return;
    };
    let judge = |file: &Value, name: &str, body: &Value| {
        let mut schema = contracts::as_json_schema(file);
        schema["$ref"] = format!("#/components/schemas/{name}").into();
        let faults: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(body)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{body}: {faults:?}");
    };
    for (method, channel) in
        [("card", "CARDS"), ("qris", "QRIS"), ("bank_transfer_bni", "BNI_VIRTUAL_ACCOUNT"), ("dana", "DANA")]
    {
        let mut payment = payment(15_000_000, "IDR");
        payment.method = Some(method.to_owned());
        payment.return_url = Some("https://kopi.example.com/thanks".to_owned());
        assert_eq!(map::plan(&payment).unwrap(), map::Plan::Channel(channel.to_owned()));
        judge(&v3, "Payments_API_Pay", &map::request_wanted(&payment, channel, "pay_1").unwrap());
    }
    judge(&v2, "CreateInvoiceRequest", &map::invoice_wanted(&payment(15_000_000, "IDR")).unwrap());
    let mut opened = payment(15_000_000, "IDR");
    opened.reference = Some("pr-1".to_owned());
    let ask = crate::providers::Ask { key: uuid::Uuid::from_u128(2), payment: &opened };
    judge(&v3, "Payments_API_Refund", &map::refund_wanted(ask, opened.amount).unwrap());
}

#[test]
fn a_payment_that_came_after_the_end_is_seen() {
    let expired: PaymentRequest = serde_json::from_value(
        json!({"payment_request_id": "pr-1", "reference_id": "1", "status": "EXPIRED", "latest_payment_id": "py-1"}),
    )
    .unwrap();
    let payment = payment(15_000_000, "IDR");
    let told = map::request(&expired, Some(&taken("SUCCEEDED", &payment)), &payment);
    assert_eq!(told.said, Said::Captured(payment.amount));
}

#[test]
fn a_callback_names_our_payment_or_theirs() {
    let id = payment(1, "IDR").id;
    let notice = |body: Value| {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("x-callback-token", "token".parse().unwrap());
        webhook::verify(&"token".into(), &headers, body.to_string().as_bytes()).unwrap()
    };
    let of = |reference: &str| About::Request { payment: id, reference: reference.to_owned() };
    let invoice =
        json!({"id": "5", "status": "PAID", "external_id": id, "paid_amount": 0.01, "currency": "IDR"});
    let told = notice(invoice);
    assert_eq!((told.about, told.reported), (of("5"), Some(payment(1, "IDR").amount)));
    let data = json!({"payment_id": "py-1", "reference_id": format!("{id}-2"), "payment_request_id": "pr-2"});
    let told = notice(json!({"event": "payment.capture", "data": data}));
    assert_eq!((told.about, told.reported), (of("pr-2"), None));
    // One of their examples nests the data twice.
    let refund = json!({"event": "refund.succeeded", "data": {"data": {"id": "rfd-1", "reference_id": "r", "payment_request_id": "pr-1"}}});
    assert_eq!(notice(refund).about, About::Reference("pr-1".to_owned()));
}

#[test]
fn a_checkout_may_ask_for_what_is_taken_here() {
    as_declared("xendit", |payment| map::plan(payment).map(drop));
}
