//! What PayPal writes.

use serde::Deserialize;

/// An error.
#[derive(Debug, Deserialize)]
pub struct Fault {
    pub name: String,
    #[serde(default)]
    pub debug_id: String,
    #[serde(default)]
    pub details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
pub struct Detail {
    pub issue: String,
}

/// An amount: the value is a text.
#[derive(Debug, Clone, Deserialize)]
pub struct Amount {
    pub currency_code: String,
    pub value: String,
}

#[derive(Debug, Deserialize)]
pub struct Order {
    pub id: String,
    pub status: String,
    #[serde(default)]
    purchase_units: Vec<Unit>,
    #[serde(default)]
    pub links: Vec<Link>,
}

#[derive(Debug, Default, Deserialize)]
struct Unit {
    #[serde(default)]
    payments: Payments,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payments {
    authorizations: Vec<Authorization>,
    captures: Vec<Capture>,
    refunds: Vec<RefundMade>,
}

#[derive(Debug, Deserialize)]
pub struct Link {
    pub href: String,
    pub rel: String,
}

#[derive(Debug, Deserialize)]
pub struct Authorization {
    pub id: String,
    pub status: String,
    pub amount: Amount,
    pub expiration_time: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Capture {
    pub id: String,
    pub status: String,
    pub amount: Option<Amount>,
    pub status_details: Option<StatusDetails>,
    pub seller_receivable_breakdown: Option<Receivable>,
}

#[derive(Debug, Deserialize)]
pub struct StatusDetails {
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Receivable {
    pub paypal_fee: Option<Amount>,
}

#[derive(Debug, Deserialize)]
pub struct RefundMade {
    pub id: String,
    pub status: String,
    pub amount: Option<Amount>,
    pub custom_id: Option<String>,
}

impl Order {
    fn payments(&self) -> Option<&Payments> {
        self.purchase_units.first().map(|unit| &unit.payments)
    }

    /// What is set aside for it.
    pub fn authorization(&self) -> Option<&Authorization> {
        self.payments()?.authorizations.first()
    }

    /// What was taken for it; one of our orders has one.
    pub fn captures(&self) -> &[Capture] {
        self.payments().map_or(&[], |payments| &payments.captures)
    }

    /// What went back.
    pub fn refunds(&self) -> &[RefundMade] {
        self.payments().map_or(&[], |payments| &payments.refunds)
    }

    /// Whether we have captured it, whatever came of that.
    pub fn is_taken(&self) -> bool {
        !self.captures().is_empty()
    }
}
