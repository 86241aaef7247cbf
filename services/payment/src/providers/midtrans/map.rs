//! Ours and theirs.

use serde_json::{Value, json};
use time::Duration;
use warung_contracts::{event::NextAction, money::Money};

use super::wire::Transaction;
use crate::{
    domain::{Capture, Hidden, Payment, Said, difference, dispute},
    providers::{Refused, Snapshot, notation},
};

/// The bank whose account numbers are used when none is named.
const BANK: &str = "bca";
/// Banks with account numbers of their own.
const BANKS: [&str; 9] = ["bca", "bni", "bri", "permata", "cimb", "danamon", "bsi", "seabank", "saqu"];
/// What can be picked on the page, by our word.
const ON_PAGE: [(&str, &str); 2] = [("card", "credit_card"), ("dana", "dana")];

/// How a payment is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// On the page, where the customer picks a method, or has just this one.
    Page(Option<&'static str>),
    Card(String),
    Wallet(&'static str),
    Qris,
    Bank(String),
}

impl Plan {
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Page(_))
    }
}

/// Whole rupiah.
pub fn rupiah(amount: Money) -> Result<i64, Refused> {
    if amount.currency.code() != "IDR" {
        return Err(Refused::new("currency_not_supported", format!("{} is not IDR", amount.currency)));
    }
    let whole = notation::whole(amount).filter(|rupiah| *rupiah > 0);
    whole.ok_or_else(|| Refused::new("amount_not_expressible", format!("{amount} is not whole rupiah")))
}

/// How a payment is to be made.
pub fn plan(payment: &Payment) -> Result<Plan, Refused> {
    rupiah(payment.amount)?;
    let method = payment.method.as_deref().unwrap_or("snap");
    let token = payment.token.as_ref().map(Hidden::expose);
    match (method, token) {
        ("snap", _) => Ok(Plan::Page(None)),
        ("card", Some(token)) => Ok(Plan::Card(token.to_owned())),
        ("gopay", _) => Ok(Plan::Wallet("gopay")),
        ("shopeepay", _) => Ok(Plan::Wallet("shopeepay")),
        ("qris", _) => Ok(Plan::Qris),
        ("bank_transfer", _) => Ok(Plan::Bank(BANK.to_owned())),
        (method, _) => {
            let bank = method.strip_prefix("bank_transfer_").filter(|bank| BANKS.contains(bank));
            let page =
                ON_PAGE.iter().find(|(ours, _)| *ours == method).map(|(_, theirs)| Plan::Page(Some(theirs)));
            let plan = bank.map(|bank| Plan::Bank(bank.to_owned())).or(page);
            plan.ok_or_else(|| Refused::new("method_not_supported", format!("{method:?} is no method here")))
        }
    }
}

/// How long the customer has; they count in whole minutes.
fn minutes(payment: &Payment) -> i64 {
    (payment.expires_at - payment.created_at).max(Duration::MINUTE).whole_minutes()
}

fn manual(payment: &Payment) -> bool {
    payment.standing.capture == Capture::Manual
}

/// The body of a charge.
pub fn charge(payment: &Payment, plan: &Plan, order_id: &str) -> Result<Value, Refused> {
    let mut body = json!({
        "transaction_details": {"order_id": order_id, "gross_amount": rupiah(payment.amount)?},
        "custom_expiry": {"expiry_duration": minutes(payment), "unit": "minute"},
    });
    body["payment_type"] = match plan {
        Plan::Card(_) => "credit_card".into(),
        Plan::Wallet(name) => (*name).into(),
        Plan::Bank(_) => "bank_transfer".into(),
        Plan::Qris | Plan::Page(_) => "qris".into(),
    };
    match plan {
        Plan::Card(token) => {
            let kind = if manual(payment) { "authorize" } else { "authorize_capture" };
            body["credit_card"] = json!({"token_id": token, "authentication": true, "type": kind});
        }
        Plan::Bank(bank) => body["bank_transfer"] = json!({"bank": bank}),
        Plan::Wallet("shopeepay") => {
            body["shopeepay"] =
                payment.return_url.as_ref().map_or(json!({}), |url| json!({"callback_url": url}));
        }
        Plan::Wallet(_) | Plan::Qris | Plan::Page(_) => {}
    }
    Ok(body)
}

/// The body of a page.
pub fn session(payment: &Payment, plan: &Plan, order_id: &str) -> Result<Value, Refused> {
    let mut body = json!({
        "transaction_details": {"order_id": order_id, "gross_amount": rupiah(payment.amount)?},
        "expiry": {"duration": minutes(payment), "unit": "minutes"},
    });
    if let Plan::Page(Some(method)) = plan {
        body["enabled_payments"] = json!([method]);
    }
    if manual(payment) {
        body["credit_card"] = json!({"secure": true, "type": "authorize"});
    }
    if let Some(url) = &payment.return_url {
        body["callbacks"] = json!({"finish": url});
    }
    Ok(body)
}

/// A page that waits. Its token is remembered beside the name: it closes the page.
pub fn opened(order_id: &str, token: &str, url: String) -> Snapshot {
    let reference = Some(format!("{order_id} {token}"));
    Snapshot { reference, ..Said::Pending(NextAction::Redirect { url }).into() }
}

/// Their name of a payment.
pub fn order_id(payment: &Payment) -> String {
    let known = payment.reference.as_deref().and_then(|reference| reference.split(' ').next());
    known.map_or_else(|| notation::name(payment.id, 1), str::to_owned)
}

/// The token of its page.
pub fn token(payment: &Payment) -> Option<&str> {
    payment.reference.as_deref()?.split_once(' ').map(|(_, token)| token)
}

/// Whether it was refused before anything was paid. A settlement that was taken back is refused too, and is no such thing.
pub fn is_refused(transaction: &Transaction) -> bool {
    matches!(transaction.status().as_str(), "deny" | "failure") && transaction.settlement_time.is_none()
}

/// It still waits for what it was waiting for.
pub fn waiting(payment: &Payment) -> Snapshot {
    Said::Pending(payment.next_action.clone().unwrap_or(NextAction::Wait)).into()
}

/// What the customer has to do, where the transaction tells.
pub fn action(transaction: &Transaction) -> Option<NextAction> {
    let url = |name: &str| {
        let action = transaction.actions.iter().find(|action| action.name == name)?;
        Some(action.url.clone())
    };
    if let Some(content) = &transaction.qr_string {
        return Some(NextAction::ShowQr { content: content.clone(), image_url: url("generate-qr-code") });
    }
    if let Some(url) = url("deeplink-redirect").or_else(|| transaction.redirect_url.clone()) {
        return Some(NextAction::Redirect { url });
    }
    let to = |bank: &str, number: &str, reference: Option<String>| {
        Some(NextAction::Transfer { bank: bank.to_owned(), account_number: number.to_owned(), reference })
    };
    if let Some(account) = transaction.va_numbers.first() {
        return to(&account.bank, &account.va_number, None);
    }
    if let Some(number) = &transaction.permata_va_number {
        return to("permata", number, None);
    }
    to("mandiri", transaction.bill_key.as_ref()?, transaction.biller_code.clone())
}

/// How a transaction stands, in our words.
pub fn snapshot(transaction: &Transaction, payment: &Payment, order_id: &str) -> Snapshot {
    let money = |minor: i64| payment.money(minor);
    let gross = transaction.gross().map(money).unwrap_or(payment.money(0));
    let fraud = transaction.fraud_status.as_deref().unwrap_or("accept").to_lowercase();
    let status = transaction.status();
    let mut alarm = None;
    let mut raise = |word: &'static str| alarm = Some(word);
    let wait = || Said::Pending(payment.next_action.clone().unwrap_or(NextAction::Wait));
    let said = match (status.as_str(), fraud.as_str()) {
        ("authorize", "challenge") | ("capture", "challenge") => {
            raise(difference::IN_REVIEW);
            wait()
        }
        ("authorize", _) => Said::Authorized(gross),
        ("capture", "deny") => Said::Failed("fraud_suspected".to_owned()),
        ("capture" | "settlement" | "refund" | "partial_refund", _) => Said::Captured(gross),
        // All of it is in the dispute.
        ("chargeback", _) => Said::Captured(gross),
        // They do not say how much.
        ("partial_chargeback", _) => {
            raise("charged_back_in_part");
            Said::Captured(gross)
        }
        // On the page the customer may pick another method for the same order.
        _ if token(payment).is_some() && is_refused(transaction) => wait(),
        ("deny", _) => {
            if transaction.settlement_time.is_some() {
                raise("reversed");
            }
            Said::Failed("denied".to_owned())
        }
        ("failure", _) => Said::Failed("failure".to_owned()),
        ("cancel" | "expire", _) => Said::Voided,
        _ => action(transaction).map_or_else(wait, Said::Pending),
    };
    let reference = payment.reference.clone().or_else(|| Some(order_id.to_owned()));
    let disputes = contested(transaction, gross, order_id).into_iter().collect();
    Snapshot { reference, refunded: transaction.refunded().map(money), alarm, disputes, ..said.into() }
}

/// What the customer's bank took back. They tell of it once it is decided, and leave nothing to answer; of a part, not how
/// much it is, so that a person has to look.
fn contested(transaction: &Transaction, gross: Money, order_id: &str) -> Option<dispute::Told> {
    let status = transaction.status();
    let (state, taken) = match status.as_str() {
        "chargeback" => (dispute::State::Lost, gross.amount_minor),
        "partial_chargeback" => (dispute::State::Opened, 0),
        _ => return None,
    };
    Some(dispute::Told {
        reference: transaction.transaction_id.clone().unwrap_or_else(|| order_id.to_owned()),
        state,
        amount: gross,
        taken,
        reason: status,
        respond_by: None,
        opened_at: None,
    })
}
