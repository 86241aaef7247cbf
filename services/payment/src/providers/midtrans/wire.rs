//! What Midtrans writes.

use serde::Deserialize;

use crate::providers::{Refused, notation};

/// Decimals of the rupiah in our books.
const EXPONENT: u8 = 2;

/// A transaction, or an error: both come in one form.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// A code like HTTP's, as a text.
    pub status_code: String,
    #[serde(default)]
    pub status_message: String,
    pub transaction_id: Option<String>,
    /// `150000.00`.
    pub gross_amount: Option<String>,
    pub payment_type: Option<String>,
    pub transaction_status: Option<String>,
    pub fraud_status: Option<String>,
    pub settlement_time: Option<String>,
    pub redirect_url: Option<String>,
    pub qr_string: Option<String>,
    #[serde(default)]
    pub actions: Vec<Action>,
    #[serde(default)]
    pub va_numbers: Vec<Account>,
    pub permata_va_number: Option<String>,
    pub bill_key: Option<String>,
    pub biller_code: Option<String>,
    pub refund_amount: Option<String>,
    #[serde(default)]
    pub refunds: Vec<Refund>,
    #[serde(default)]
    validation_messages: Vec<String>,
}

/// Something the customer can do.
#[derive(Debug, Clone, Deserialize)]
pub struct Action {
    pub name: String,
    pub url: String,
}

/// An account number that belongs to one payment.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub bank: String,
    pub va_number: String,
}

/// Money that went back.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    pub refund_key: Option<String>,
}

impl Transaction {
    /// `transaction_status` in small letters: one page of theirs shows capitals.
    pub fn status(&self) -> String {
        self.transaction_status.as_deref().unwrap_or_default().to_lowercase()
    }

    /// The amount in our minor units.
    pub fn gross(&self) -> Option<i64> {
        notation::minor(self.gross_amount.as_deref()?, EXPONENT)
    }

    /// What went back in all, in our minor units.
    pub fn refunded(&self) -> Option<i64> {
        notation::minor(self.refund_amount.as_deref()?, EXPONENT)
    }

    /// Whether money went back by this key.
    pub fn gave_back(&self, key: &str) -> bool {
        self.refunds.iter().any(|refund| refund.refund_key.as_deref() == Some(key))
    }

    /// What is wrong, in their words.
    pub fn complaint(&self) -> String {
        let why = self.validation_messages.join("; ");
        format!("{} {} {why}", self.status_code, self.status_message).trim_end().to_owned()
    }

    /// The refusal that it is, if it is one.
    pub fn refusal(&self) -> Option<Refused> {
        let code = match self.status_code.as_str() {
            "402" => "method_not_supported",
            "410" => "account_blocked",
            "411" => "invalid_token",
            "412" => "state_does_not_allow_it",
            // 407 is a transaction that has run out.
            "407" => return None,
            code if code.starts_with('4') => "refused",
            _ => return None,
        };
        Some(Refused::new(code, self.complaint()))
    }
}
