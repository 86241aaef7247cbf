//! What PayPal writes.

use serde::Deserialize;
use warung_contracts::id::PaymentId;

use crate::providers::notation;

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

/// A case in which a buyer, or their bank, wants money back.
#[derive(Debug, Deserialize)]
pub struct Dispute {
    pub dispute_id: String,
    pub create_time: Option<String>,
    #[serde(default)]
    pub status: String,
    pub reason: Option<String>,
    pub dispute_amount: Option<Amount>,
    pub dispute_life_cycle_stage: Option<String>,
    pub dispute_outcome: Option<DisputeOutcome>,
    #[serde(default)]
    pub money_movements: Vec<Movement>,
    pub seller_response_due_date: Option<String>,
    #[serde(default)]
    pub disputed_transactions: Vec<Contested>,
}

#[derive(Debug, Deserialize)]
pub struct DisputeOutcome {
    pub outcome_code: Option<String>,
    pub amount_refunded: Option<Amount>,
}

/// Money that was moved for a dispute.
#[derive(Debug, Deserialize)]
pub struct Movement {
    pub affected_party: Option<String>,
    pub amount: Option<Amount>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A transaction that a dispute is about, by what we wrote on its order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Contested {
    pub custom: Option<String>,
    pub invoice_number: Option<String>,
}

/// A page of disputes in short.
#[derive(Debug, Deserialize)]
pub struct Disputes {
    #[serde(default)]
    pub items: Vec<Listed>,
    #[serde(default)]
    pub links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
pub struct Listed {
    pub dispute_id: String,
}

impl Contested {
    /// The payment of ours.
    pub fn payment(&self) -> Option<PaymentId> {
        let names = [&self.custom, &self.invoice_number];
        names.into_iter().flatten().find_map(|name| notation::payment(name))
    }
}

impl Order {
    /// Of what was taken for it, that which its buyer contests.
    pub fn contested(&self) -> Option<&Capture> {
        self.captures().iter().find(|capture| capture.is_contested())
    }

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

    /// Whether we have captured or authorised it, whatever came of that.
    pub fn is_taken(&self) -> bool {
        !self.captures().is_empty() || self.authorization().is_some()
    }
}

impl Capture {
    /// Whether its money is held, or was taken back, because somebody contests it.
    pub fn is_contested(&self) -> bool {
        let reason = self.status_details.as_ref().and_then(|details| details.reason.as_deref());
        matches!(reason, Some("CHARGEBACK" | "BUYER_COMPLAINT"))
    }
}
