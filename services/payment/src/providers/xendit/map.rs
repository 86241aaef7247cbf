//! Ours and theirs.

use serde_json::{Number, Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use warung_contracts::{event::NextAction, money::Money};

use super::wire::{Invoice, Made, PaymentRequest, Taken};
use crate::{
    domain::{Capture, Payment, Said, difference},
    providers::{Ask, Refund, RefundStatus, Refused, Snapshot, notation},
};

/// Currencies of invoices, and the country of each for payment requests.
const CURRENCIES: [(&str, &str); 6] =
    [("IDR", "ID"), ("PHP", "PH"), ("THB", "TH"), ("VND", "VN"), ("MYR", "MY"), ("USD", "ID")];
/// Currencies without decimals there, whatever ISO says.
const WHOLE: [&str; 3] = ["IDR", "VND", "JPY"];
/// Our methods and their channels.
const CHANNELS: [(&str, &str); 6] = [
    ("card", "CARDS"),
    ("qris", "QRIS"),
    ("gopay", "GOPAY"),
    ("shopeepay", "SHOPEEPAY"),
    ("dana", "DANA"),
    ("bank_transfer", "BCA_VIRTUAL_ACCOUNT"),
];
/// Banks whose accounts `bank_transfer_<bank>` names.
const BANKS: [&str; 6] = ["bca", "bni", "bri", "mandiri", "permata", "cimb"];
/// How long what is authorised stays so.
const AUTHORIZED_FOR: Duration = Duration::days(7);

/// How a payment is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    Invoice,
    Channel(String),
}

/// An amount in major units, as a JSON number made of its digits.
pub fn number(amount: Money) -> Result<Number, Refused> {
    let inexpressible = || Refused::new("amount_not_expressible", format!("{amount} can't be written there"));
    let text = match WHOLE.contains(&amount.currency.code()) {
        true => notation::whole(amount).ok_or_else(inexpressible)?.to_string(),
        false if amount.currency.exponent() > 2 => return Err(inexpressible()),
        false => amount.decimal(),
    };
    let number: Number = text.parse().map_err(|_| inexpressible())?;
    // JSON numbers go through 64-bit floats on their way: what does not come back digit for digit is not sent.
    let back = notation::minor(&number.to_string(), amount.currency.exponent());
    if back == Some(amount.amount_minor) { Ok(number) } else { Err(inexpressible()) }
}

fn country(amount: Money) -> Result<&'static str, Refused> {
    let known = CURRENCIES.iter().find(|(currency, _)| *currency == amount.currency.code());
    let refused =
        || Refused::new("currency_not_supported", format!("{} is not taken there", amount.currency));
    known.map(|(_, country)| *country).ok_or_else(refused)
}

/// How a payment is to be made.
pub fn plan(payment: &Payment) -> Result<Plan, Refused> {
    country(payment.amount)?;
    number(payment.amount)?;
    let method = payment.method.as_deref().unwrap_or("invoice");
    let refused = || Refused::new("method_not_supported", format!("{method:?} is no method here"));
    if method == "invoice" {
        return Ok(Plan::Invoice);
    }
    let channel = CHANNELS.iter().find(|(ours, _)| *ours == method).map(|(_, theirs)| (*theirs).to_owned());
    let bank = method.strip_prefix("bank_transfer_").filter(|bank| BANKS.contains(bank));
    let bank = bank.map(|bank| format!("{}_VIRTUAL_ACCOUNT", bank.to_uppercase()));
    let channel = channel.or(bank).ok_or_else(refused)?;
    match channel == "CARDS" || payment.amount.currency.code() == "IDR" {
        true => Ok(Plan::Channel(channel)),
        false => Err(refused()),
    }
}

/// The body of an invoice.
pub fn invoice_wanted(payment: &Payment) -> Result<Value, Refused> {
    let lasts = (payment.expires_at - payment.created_at).max(Duration::MINUTE).whole_seconds();
    let mut body = json!({
        "external_id": payment.id.to_string(), "amount": number(payment.amount)?,
        "currency": payment.amount.currency.code(), "invoice_duration": lasts,
    });
    if let Some(url) = &payment.return_url {
        body["success_redirect_url"] = url.clone().into();
        body["failure_redirect_url"] = url.clone().into();
    }
    Ok(body)
}

/// The body of a payment request.
pub fn request_wanted(payment: &Payment, channel: &str, name: &str) -> Result<Value, Refused> {
    let mut properties = json!({});
    if channel == "QRIS" || channel.ends_with("_VIRTUAL_ACCOUNT") {
        properties["expires_at"] = payment.expires_at.format(&Rfc3339).unwrap_or_default().into();
    }
    if let Some(url) = &payment.return_url {
        properties["success_return_url"] = url.clone().into();
        properties["failure_return_url"] = url.clone().into();
    }
    if let (Some(token), "CARDS") = (&payment.token, channel) {
        properties["card_token_id"] = token.expose().into();
    }
    let manual = payment.standing.capture == Capture::Manual && channel == "CARDS";
    Ok(json!({
        "reference_id": name, "type": "PAY", "country": country(payment.amount)?,
        "currency": payment.amount.currency.code(), "request_amount": number(payment.amount)?,
        "channel_code": channel, "channel_properties": properties,
        "capture_method": if manual { "MANUAL" } else { "AUTOMATIC" },
    }))
}

/// Whether a request for it may be taken as it is made, with nothing for the customer to do.
pub fn may_be_taken_at_once(payment: &Payment) -> bool {
    payment.token.is_some() && payment.method.as_deref() == Some("card")
}

/// How a payment stands whose time is over, and of which nothing but a lost answer is known: nobody can pay it any more.
/// What was taken all the same comes with its webhook.
pub fn unseen(payment: &Payment) -> Snapshot {
    let alarm = may_be_taken_at_once(payment).then_some(difference::REQUEST_UNKNOWN);
    Snapshot { alarm, ..Said::Voided.into() }
}

/// Of what money goes back: the name of the field, and the id.
pub fn refund_source(payment: &Payment) -> Result<(&'static str, &str), Refused> {
    let nothing = || Refused::new("nothing_to_refund", "the payment was never opened there");
    let id = payment.reference.as_deref().ok_or_else(nothing)?;
    Ok((if id.starts_with("pr-") { "payment_request_id" } else { "invoice_id" }, id))
}

/// The body of a refund.
pub fn refund_wanted(ask: Ask<'_>, amount: Money) -> Result<Value, Refused> {
    let (field, id) = refund_source(ask.payment)?;
    let mut body = json!({
        "reference_id": ask.key.to_string(), "amount": number(amount)?, "currency": amount.currency.code(),
        "reason": "REQUESTED_BY_CUSTOMER",
    });
    body[field] = id.into();
    Ok(body)
}

/// How an invoice stands. It says what it is of, and never what was paid: that only its callback says.
pub fn invoice(invoice: &Invoice, payment: &Payment) -> Snapshot {
    let amount = invoice.amount.minor(payment.amount.currency.exponent()).unwrap_or(0);
    let said = match invoice.status.as_str() {
        "PAID" | "SETTLED" => Said::Captured(payment.reported.unwrap_or(payment.money(amount))),
        "EXPIRED" => Said::Voided,
        _ => Said::Pending(NextAction::Redirect { url: invoice.invoice_url.clone() }),
    };
    Snapshot { reference: Some(invoice.id.clone()), reported: payment.reported, ..said.into() }
}

/// How a request stands; its latest payment tells more than it does, also after it has run out.
pub fn request(request: &PaymentRequest, latest: Option<&Taken>, payment: &Payment) -> Snapshot {
    let word = |code: &Option<String>| {
        code.as_deref().map_or_else(|| "refused".to_owned(), |code| code.trim().to_lowercase())
    };
    let mut authorized_until = None;
    let said = match (latest, request.status.as_str()) {
        (Some(taken), _) if taken.status == "SUCCEEDED" => Said::Captured(captured(taken, payment)),
        (Some(taken), _) if taken.status == "AUTHORIZED" => {
            let created = taken.created.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
            authorized_until = created.map(|at| at + AUTHORIZED_FOR);
            let amount = taken
                .request_amount
                .as_ref()
                .and_then(|amount| amount.minor(payment.amount.currency.exponent()));
            Said::Authorized(payment.money(amount.unwrap_or(0)))
        }
        (Some(taken), _) if matches!(taken.status.as_str(), "CANCELED" | "EXPIRED") => Said::Voided,
        (taken, "FAILED") => {
            let own = taken.map_or(&request.failure_code, |taken| &taken.failure_code);
            Said::Failed(word(if own.is_some() { own } else { &request.failure_code }))
        }
        (_, "CANCELED" | "EXPIRED") => Said::Voided,
        _ => {
            Said::Pending(action(request).or_else(|| payment.next_action.clone()).unwrap_or(NextAction::Wait))
        }
    };
    Snapshot { reference: Some(request.payment_request_id.clone()), authorized_until, ..said.into() }
}

/// What was taken in all.
fn captured(taken: &Taken, payment: &Payment) -> Money {
    let exponent = payment.amount.currency.exponent();
    let each = taken.captures.iter().map(|capture| capture.capture_amount.minor(exponent));
    let whole = || taken.request_amount.as_ref().and_then(|amount| amount.minor(exponent));
    let sum = if taken.captures.is_empty() { whole() } else { each.sum() };
    payment.money(sum.unwrap_or(0))
}

fn action(request: &PaymentRequest) -> Option<NextAction> {
    let value = |descriptor: &str| {
        let action = request.actions.iter().find(|action| action.descriptor == descriptor)?;
        Some(action.value.clone())
    };
    if let Some(content) = value("QR_STRING") {
        return Some(NextAction::ShowQr { content, image_url: None });
    }
    if let Some(account_number) = value("VIRTUAL_ACCOUNT_NUMBER").or_else(|| value("PAYMENT_CODE")) {
        let channel = request.channel_code.as_deref().unwrap_or_default();
        let bank = channel.trim_end_matches("_VIRTUAL_ACCOUNT").to_lowercase();
        return Some(NextAction::Transfer { bank, account_number, reference: None });
    }
    let url = value("WEB_URL").or_else(|| value("DEEPLINK_URL"))?;
    Some(NextAction::Redirect { url })
}

/// How a refund stands.
pub fn refund(made: &Made) -> Refund {
    let why = made.failure_code.as_deref().unwrap_or("refund_failed").trim().to_lowercase();
    let status = match made.status.as_deref() {
        Some("SUCCEEDED") => RefundStatus::Done,
        Some("FAILED" | "CANCELLED") => RefundStatus::Refused(why),
        _ => RefundStatus::Pending,
    };
    Refund { reference: Some(made.id.clone()), status }
}
