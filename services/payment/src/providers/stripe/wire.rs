//! Stripe's JSON, as far as we read it (API version 2026-08-26.dahlia). Everything that may be missing is optional: the
//! version of a webhook's object is that of its endpoint.

use std::collections::HashMap;

use serde::Deserialize;

/// A related object: its id, or itself where `expand[]` asked for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Related<T> {
    Id(String),
    Whole(Box<T>),
}

impl<T> Related<T> {
    /// Itself, where it is there.
    pub fn whole(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Whole(whole) => Some(whole),
        }
    }
}

/// A payment intent.
#[derive(Debug, Clone, Deserialize)]
pub struct Intent {
    pub id: String,
    pub status: String,
    pub currency: String,
    /// What was asked.
    #[serde(default)]
    pub amount: Option<i64>,
    /// What came; older versions of the API leave it out.
    #[serde(default)]
    pub amount_received: Option<i64>,
    /// What is set aside; older versions of the API leave it out.
    #[serde(default)]
    pub amount_capturable: Option<i64>,
    #[serde(default)]
    pub client_secret: Option<String>,
    #[serde(default)]
    pub metadata: HashMap<String, String>,
    #[serde(default)]
    pub next_action: Option<NextAction>,
    #[serde(default)]
    pub last_payment_error: Option<Failure>,
    #[serde(default)]
    pub latest_charge: Option<Related<Charge>>,
}

/// What the customer has to do.
#[derive(Debug, Clone, Deserialize)]
pub struct NextAction {
    #[serde(default)]
    pub redirect_to_url: Option<Redirect>,
    #[serde(default)]
    pub paynow_display_qr_code: Option<Code>,
    #[serde(default)]
    pub promptpay_display_qr_code: Option<Code>,
    #[serde(default)]
    pub wechat_pay_display_qr_code: Option<Code>,
    #[serde(default)]
    pub alipay_handle_redirect: Option<Redirect>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Redirect {
    #[serde(default)]
    pub url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Code {
    pub data: String,
    #[serde(default)]
    pub image_url_png: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    #[serde(default)]
    pub amount: Option<i64>,
    #[serde(default)]
    pub amount_captured: Option<i64>,
    #[serde(default)]
    pub amount_refunded: i64,
    #[serde(default)]
    pub disputed: bool,
    #[serde(default)]
    pub balance_transaction: Option<Related<BalanceTransaction>>,
    #[serde(default)]
    pub payment_method_details: Option<MethodDetails>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct MethodDetails {
    #[serde(default)]
    pub card: Option<CardDetails>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CardDetails {
    /// Unix seconds; the authorisation lapses then.
    #[serde(default)]
    pub capture_before: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct BalanceTransaction {
    pub fee: i64,
    pub currency: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    pub id: String,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub failure_reason: Option<String>,
    #[serde(default)]
    pub metadata: Option<HashMap<String, String>>,
}

/// A charge that its customer contests.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    pub id: String,
    pub status: String,
    pub amount: i64,
    pub currency: String,
    #[serde(default)]
    pub reason: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub created: Option<i64>,
    #[serde(default)]
    pub payment_intent: Option<Related<Named>>,
    #[serde(default)]
    pub evidence_details: Option<EvidenceDetails>,
    /// What was withdrawn and reinstated; older versions of the API leave it out.
    #[serde(default)]
    pub balance_transactions: Option<Vec<Moved>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct EvidenceDetails {
    /// Unix seconds; evidence counts until then.
    #[serde(default)]
    pub due_by: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Moved {
    /// Of the account's currency: withdrawn when negative.
    pub amount: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// The body of an answer that is no success.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorBody {
    pub error: Failure,
}

/// What went wrong, with a call or with a customer's attempt to pay.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Failure {
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub decline_code: Option<String>,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub param: Option<String>,
    #[serde(default)]
    pub payment_intent: Option<Box<Intent>>,
}

impl Failure {
    /// Why, in a word.
    pub fn word(&self) -> &str {
        let words = [&self.decline_code, &self.code, &self.kind];
        words.into_iter().flatten().map(String::as_str).next().unwrap_or("refused")
    }
}

/// A webhook.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub id: String,
    pub data: EventData,
}

#[derive(Debug, Clone, Deserialize)]
pub struct EventData {
    pub object: EventObject,
}

/// The object that an event speaks of, as far as it leads to a payment.
#[derive(Debug, Clone, Deserialize)]
pub struct EventObject {
    #[serde(default)]
    pub object: String,
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub metadata: Option<HashMap<String, String>>,
    #[serde(default)]
    pub payment_intent: Option<Related<Named>>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub id: String,
}
