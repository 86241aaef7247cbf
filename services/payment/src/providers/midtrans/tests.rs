use serde_json::{Value, json};
use warung_contracts::event::NextAction;

use super::{map, webhook, wire::Transaction};
use crate::{
    domain::Said,
    providers::{
        About, Snapshot, contracts,
        testing::{as_declared, check, payment, vectors},
    },
};

#[test]
fn every_vector_gets_its_verdict() {
    let Some(file) = contracts::file("midtrans", "notification_vectors.json") else { return };
    let vectors = vectors(&file);
    assert!(vectors.len() >= 32);
    for (name, accept, vector) in vectors {
        let body = serde_json::to_vec(&vector["body"]).unwrap();
        let verdict = webhook::verify(&vector["server_key"].as_str().unwrap().into(), &body);
        check(name, accept, &verdict);
        if let (true, Some(state)) = (accept, vector["state"].as_str()) {
            assert_eq!(state_of(vector["body"].clone()), state, "{name}");
        }
    }
}

/// The neutral word for what we make of a transaction.
fn state_of(body: Value) -> &'static str {
    let transaction: Transaction = serde_json::from_value(body).unwrap();
    let told = map::snapshot(&transaction, &payment(15_000_000, "IDR"), "ORDER");
    let status = transaction.status();
    neutral(&told, &status)
}

fn neutral(told: &Snapshot, status: &str) -> &'static str {
    match (&told.said, told.alarm) {
        (_, Some("in_review")) => "review",
        (Said::Captured(_), Some("charged_back_in_part")) if told.disputes[0].taken == 0 => {
            "partially_charged_back"
        }
        (Said::Captured(_), _) if told.disputes.iter().any(|told| told.taken > 0) => "charged_back",
        (Said::Captured(_), _) if status == "partial_refund" => "partially_refunded",
        (Said::Captured(_), _) if status == "refund" => "refunded",
        (Said::Captured(_), _) => "paid",
        (Said::Authorized(_), _) => "authorized",
        (Said::Failed(_), _) => "failed",
        (Said::Voided, _) if status == "expire" => "expired",
        (Said::Voided, _) => "cancelled",
        _ => "pending",
    }
}

#[test]
fn every_state_of_theirs_is_one_of_ours() {
    let Some(file) = contracts::file("midtrans", "states.json") else { return };
    for row in file["rows"].as_array().unwrap() {
        for status in
            [row["status"].as_str().unwrap().to_owned(), row["status"].as_str().unwrap().to_uppercase()]
        {
            let mut body =
                json!({"status_code": "200", "gross_amount": "150000.00", "transaction_status": status});
            if let Some(fraud) = row["fraud_status"].as_str() {
                body["fraud_status"] = fraud.into();
            }
            assert_eq!(state_of(body), row["state"].as_str().unwrap(), "{row}");
        }
    }
}

#[test]
fn amounts_are_whole_rupiah_and_nothing_else() {
    assert_eq!(map::rupiah(payment(15_000_000, "IDR").amount).unwrap(), 150_000);
    for (minor, currency, code) in [
        (15_000_001, "IDR", "amount_not_expressible"),
        (0, "IDR", "amount_not_expressible"),
        (100, "USD", "currency_not_supported"),
    ] {
        assert_eq!(map::rupiah(payment(minor, currency).amount).unwrap_err().code, code);
    }
    let mut strange = payment(100, "IDR");
    strange.method = Some("barter".to_owned());
    assert_eq!(map::plan(&strange).unwrap_err().code, "method_not_supported");
}

#[test]
fn requests_are_what_their_description_wants() {
    let Some(file) = contracts::file("midtrans", "midtrans.openapi.json") else { return };
    let judge = |name: &str, body: &Value| {
        let mut schema = contracts::as_json_schema(&file);
        schema["$ref"] = format!("#/components/schemas/{name}").into();
        let faults: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(body)
            .map(|error| error.to_string())
            .collect();
        assert!(faults.is_empty(), "{body}: {faults:?}");
    };
    for method in
        ["card", "gopay", "shopeepay", "qris", "bank_transfer", "bank_transfer_permata", "snap", "dana"]
    {
        let mut payment = payment(15_000_000, "IDR");
        payment.method = Some(method.to_owned());
        payment.return_url = Some("https://kopi.example.com/thanks".to_owned());
        payment.token = (method == "card").then(|| crate::domain::Hidden::new("481111-1114-x"));
        let plan = map::plan(&payment).unwrap();
        match plan.is_page() {
            true => judge("SnapRequest", &map::session(&payment, &plan, "pay_1").unwrap()),
            false => judge("ChargeRequest", &map::charge(&payment, &plan, "pay_1").unwrap()),
        }
    }
}

#[test]
fn a_customer_is_told_how_to_pay() {
    let action = |more: Value| {
        let mut body =
            json!({"status_code": "201", "transaction_status": "pending", "gross_amount": "150000.00"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let transaction: Transaction = serde_json::from_value(body).unwrap();
        match map::snapshot(&transaction, &payment(15_000_000, "IDR"), "ORDER").said {
            Said::Pending(action) => action,
            other => panic!("{other:?}"),
        }
    };
    let transfer = |bank: &str, number: &str, reference: Option<&str>| NextAction::Transfer {
        bank: bank.to_owned(),
        account_number: number.to_owned(),
        reference: reference.map(str::to_owned),
    };
    let qr = json!({"qr_string": "0002", "actions": [{"name": "generate-qr-code", "method": "GET", "url": "https://qr"}]});
    let image_url = Some("https://qr".to_owned());
    assert_eq!(action(qr), NextAction::ShowQr { content: "0002".to_owned(), image_url });
    assert_eq!(
        action(json!({"va_numbers": [{"bank": "bca", "va_number": "123"}]})),
        transfer("bca", "123", None)
    );
    assert_eq!(action(json!({"permata_va_number": "85"})), transfer("permata", "85", None));
    assert_eq!(
        action(json!({"bill_key": "99", "biller_code": "70012"})),
        transfer("mandiri", "99", Some("70012"))
    );
    let page = action(json!({"redirect_url": "https://3ds"}));
    assert_eq!(page, NextAction::Redirect { url: "https://3ds".to_owned() });
    assert_eq!(action(json!({})), NextAction::Wait);
}

#[test]
fn a_notification_names_our_payment_whatever_name_it_has_there() {
    let id = payment(1, "IDR").id;
    for (order_id, about) in [
        (id.to_string(), About::Payment(id)),
        (format!("{id}-2"), About::Payment(id)),
        ("ORDER-1".to_owned(), About::Nothing),
    ] {
        use sha2::{Digest as _, Sha512};
        let signature = hex::encode(Sha512::digest(format!("{order_id}2001.00key")));
        let body = json!({"order_id": order_id, "status_code": "200", "gross_amount": "1.00", "signature_key": signature});
        let notice = webhook::verify(&"key".into(), body.to_string().as_bytes()).unwrap();
        assert_eq!(notice.about, about);
        assert_eq!(notice.event_id.len(), 64);
    }
}

#[test]
fn a_checkout_may_ask_for_what_is_taken_here() {
    as_declared("midtrans", |payment| map::plan(payment).map(drop));
}
