//! How a customer wants to pay.

use warung_contracts::event::PaymentChoice;

use super::Hidden;

/// A way to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Name of the provider.
    pub provider: String,
    /// The provider's token for the customer's means of payment.
    pub token: Option<Hidden>,
    /// In a word such as `card` or `qris`; the provider chooses when none.
    pub method: Option<String>,
    /// Where the provider sends the customer back.
    pub return_url: Option<String>,
}

impl Way {
    /// The same without what is a person's: their token, and where they come back to.
    pub fn anonymous(self) -> Self {
        Self { token: None, return_url: None, ..self }
    }
}

impl From<PaymentChoice> for Way {
    fn from(PaymentChoice { provider, token, method, return_url }: PaymentChoice) -> Self {
        Self { provider, token: token.map(Hidden::new), method, return_url }
    }
}

impl From<&Way> for PaymentChoice {
    fn from(Way { provider, token, method, return_url }: &Way) -> Self {
        Self {
            provider: provider.clone(),
            token: token.as_ref().map(|token| token.expose().to_owned()),
            method: method.clone(),
            return_url: return_url.clone(),
        }
    }
}
