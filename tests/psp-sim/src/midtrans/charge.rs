//! What a method adds to a transaction.

use serde_json::{Map, Value, json};

use super::transaction::{Fraud, Status};
use crate::world::Desk;

/// A transaction's beginning by method.
#[derive(Debug, Clone)]
pub struct Begun {
    pub status: Status,
    pub fraud: Option<Fraud>,
    pub method: Map<String, Value>,
    pub authorize_only: bool,
}

/// Banks with account numbers of their own kind in `va_numbers`.
const BANKS: [&str; 8] = ["bca", "bni", "bri", "cimb", "danamon", "bsi", "seabank", "saqu"];

/// Begins a payment of this type; a sentence says what is wrong with the request.
pub fn begin(desk: &Desk, id: &str, payment_type: &str, body: &Value) -> Result<Begun, String> {
    let page = desk.page(id);
    let method = match payment_type {
        "credit_card" => return card(desk, id, &body["credit_card"]),
        "bank_transfer" => account(desk, body["bank_transfer"]["bank"].as_str())?,
        "permata" => json!({"permata_va_number": desk.ids.digits(16)}),
        "echannel" => json!({"bill_key": desk.ids.digits(12), "biller_code": "70012"}),
        "gopay" => json!({"actions": [
            {"name": "generate-qr-code", "method": "GET", "url": page},
            {"name": "deeplink-redirect", "method": "GET", "url": page},
            {"name": "get-status", "method": "GET", "url": format!("{}/v2/{id}/status", desk.url)},
            {"name": "cancel", "method": "POST", "url": format!("{}/v2/{id}/cancel", desk.url)},
        ]}),
        "shopeepay" | "dana" => {
            json!({"actions": [{"name": "deeplink-redirect", "method": "GET", "url": page}]})
        }
        "qris" => {
            let acquirer = body["qris"]["acquirer"].as_str().unwrap_or("gopay");
            let content =
                format!("00020101021226620014COM.GO-JEK.WWW{}6304{}", desk.ids.digits(20), desk.ids.code(4));
            json!({"acquirer": acquirer, "qr_string": content,
                "actions": [{"name": "generate-qr-code", "method": "GET", "url": page}]})
        }
        "cstore" => json!({"store": body["cstore"]["store"].as_str().ok_or("cstore.store is required")?,
            "payment_code": desk.ids.digits(16)}),
        other => return Err(format!("payment_type {other:?} is not one of this merchant's")),
    };
    let Value::Object(method) = method else { return Err("the method has no fields".to_owned()) };
    Ok(Begun { status: Status::Pending, fraud: Some(Fraud::Accept), method, authorize_only: false })
}

fn account(desk: &Desk, bank: Option<&str>) -> Result<Value, String> {
    match bank {
        Some("permata") => Ok(json!({"permata_va_number": desk.ids.digits(16)})),
        Some(bank) if BANKS.contains(&bank) => {
            Ok(json!({"va_numbers": [{"bank": bank, "va_number": desk.ids.digits(15)}]}))
        }
        _ => Err("bank_transfer.bank is not valid".to_owned()),
    }
}

fn card(desk: &Desk, id: &str, card: &Value) -> Result<Begun, String> {
    let token = card["token_id"].as_str().ok_or("credit_card.token_id is required")?;
    let authorize_only = card["type"] == "authorize";
    let paid = if authorize_only { Status::Authorize } else { Status::Capture };
    let (status, fraud) = match token.split('-').next() {
        _ if card["authentication"] == true => (Status::Pending, Some(Fraud::Accept)),
        Some("481111") => (paid, Some(Fraud::Accept)),
        Some("491111") => (Status::Deny, Some(Fraud::Deny)),
        Some("511111") => (Status::Capture, Some(Fraud::Challenge)),
        _ => return Err("credit_card.token_id is not valid".to_owned()),
    };
    let masked: String = token.split('-').take(2).collect::<Vec<_>>().join("-");
    let mut method = Map::new();
    method.insert("masked_card".to_owned(), masked.into());
    method.insert("bank".to_owned(), "bni".into());
    method.insert("card_type".to_owned(), "credit".into());
    match status {
        Status::Pending => method.insert("redirect_url".to_owned(), desk.page(id).into()),
        _ => method.insert("approval_code".to_owned(), desk.ids.digits(13).into()),
    };
    Ok(Begun { status, fraud, method, authorize_only })
}
