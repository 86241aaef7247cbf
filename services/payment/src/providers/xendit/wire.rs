//! What Xendit writes. Amounts are JSON numbers of major units: read as their digits, never as floats.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::providers::notation;

/// An amount, digit for digit.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Amount(Box<RawValue>);

impl Amount {
    /// Minor units.
    pub fn minor(&self, exponent: u8) -> Option<i64> {
        notation::minor(self.0.get(), exponent)
    }
}

/// An error.
#[derive(Debug, Deserialize)]
pub struct Fault {
    pub error_code: String,
    #[serde(default)]
    pub message: String,
}

#[derive(Debug, Deserialize)]
pub struct Invoice {
    pub id: String,
    pub external_id: String,
    pub status: String,
    pub amount: Amount,
    pub invoice_url: String,
}

#[derive(Debug, Deserialize)]
pub struct PaymentRequest {
    pub payment_request_id: String,
    pub reference_id: String,
    pub status: String,
    pub channel_code: Option<String>,
    pub latest_payment_id: Option<String>,
    pub failure_code: Option<String>,
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// What the customer has to do.
#[derive(Debug, Deserialize)]
pub struct Action {
    #[serde(default)]
    pub descriptor: String,
    #[serde(default)]
    pub value: String,
}

/// What came of a request.
#[derive(Debug, Deserialize)]
pub struct Taken {
    pub payment_id: String,
    pub status: String,
    pub request_amount: Option<Amount>,
    pub failure_code: Option<String>,
    #[serde(default)]
    pub captures: Vec<Capture>,
    pub created: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Capture {
    pub capture_amount: Amount,
}

/// A refund.
#[derive(Debug, Deserialize)]
pub struct Made {
    pub id: String,
    /// Absent in older answers: their models leave it out.
    pub status: Option<String>,
    pub reference_id: Option<String>,
    pub failure_code: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Page {
    #[serde(default)]
    pub data: Vec<Made>,
}
