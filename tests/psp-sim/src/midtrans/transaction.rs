//! A transaction: its states, and what is told when they change.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::answer;
use crate::{
    amount::Amount,
    books::{Act, Customer, Listed, Refusal},
    world::Desk,
};

/// `transaction_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Authorize,
    Capture,
    Settlement,
    Deny,
    Cancel,
    Expire,
    Failure,
    Refund,
    PartialRefund,
    Chargeback,
    PartialChargeback,
}

impl Status {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Settlement => "settlement",
            Self::Deny => "deny",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Failure => "failure",
            Self::Refund => "refund",
            Self::PartialRefund => "partial_refund",
            Self::Chargeback => "chargeback",
            Self::PartialChargeback => "partial_chargeback",
        }
    }
}

/// `fraud_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fraud {
    Accept,
    Challenge,
    Deny,
}

impl Fraud {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Challenge => "challenge",
            Self::Deny => "deny",
        }
    }
}

/// A refund that was made.
#[derive(Debug, Clone)]
pub struct Refund {
    pub number: u64,
    pub id: String,
    pub key: String,
    pub rupiah: i64,
    pub reason: String,
    pub at: OffsetDateTime,
    pub confirmed_at: Option<OffsetDateTime>,
}

/// A payment at Midtrans.
#[derive(Debug, Clone)]
pub struct Transaction {
    pub id: String,
    pub order_id: String,
    /// Whole rupiah; what is captured may be less than what was asked for.
    pub rupiah: i64,
    pub payment_type: String,
    /// What belongs to the method: account numbers, codes, pages.
    pub method: Map<String, Value>,
    /// Fields of the request that come back: `custom_field1` and the like.
    pub echo: Map<String, Value>,
    pub status: Status,
    pub fraud: Option<Fraud>,
    pub opened_at: OffsetDateTime,
    pub settled_at: Option<OffsetDateTime>,
    /// None for cards.
    pub expires_at: Option<OffsetDateTime>,
    /// Cards only: paid means reserved until it is captured.
    pub authorize_only: bool,
    pub refunds: Vec<Refund>,
    pub notify: Vec<String>,
    pub return_url: Option<String>,
}

impl Transaction {
    /// Goes into a state and tells the shop.
    pub fn enter(&mut self, desk: &Desk, status: Status) {
        self.status = status;
        if status == Status::Settlement {
            self.settled_at = Some(desk.clock.now());
        }
        answer::notify(desk, self);
    }

    /// What a customer does, or the company.
    pub fn act(&mut self, desk: &Desk, customer: &Customer) -> Result<(), Refusal> {
        let next = match (customer.act, self.status) {
            (Act::Pay, Status::Pending) => self.paid(),
            // Banks take transfers to an account number whose time has run out.
            (Act::Pay, Status::Expire) if self.payment_type == "bank_transfer" => Status::Settlement,
            (Act::Deny, Status::Pending) => Status::Deny,
            // A settlement is taken back within minutes: Permata, Mandiri Bill, Indomaret.
            (Act::Deny, Status::Settlement) if self.payment_type != "credit_card" => Status::Deny,
            (Act::Fail, Status::Pending) => Status::Failure,
            (Act::Expire, Status::Pending | Status::Authorize) => Status::Expire,
            (Act::Challenge, Status::Pending) => Status::Capture,
            (Act::Settle, Status::Capture) if self.fraud != Some(Fraud::Challenge) => Status::Settlement,
            (Act::Settle, Status::Refund | Status::PartialRefund) => {
                self.confirm_refunds(desk);
                return Ok(());
            }
            (
                Act::Chargeback,
                Status::Settlement | Status::Capture | Status::PartialRefund | Status::PartialChargeback,
            ) => match customer.amount.is_some_and(|amount| amount.units() < self.rupiah) {
                true => Status::PartialChargeback,
                false => Status::Chargeback,
            },
            _ => return Err(Refusal::State(self.status.as_str().to_owned())),
        };
        if let Some(amount) = customer.amount.filter(|_| customer.act != Act::Chargeback) {
            self.rupiah = amount.units();
        }
        if customer.act == Act::Challenge {
            self.fraud = Some(Fraud::Challenge);
        }
        self.enter(desk, next);
        Ok(())
    }

    /// The state of a payment that goes through.
    pub fn paid(&self) -> Status {
        match self.payment_type.as_str() {
            "credit_card" if self.authorize_only => Status::Authorize,
            "credit_card" => Status::Capture,
            _ => Status::Settlement,
        }
    }

    /// Whether nothing was paid with it, and nothing will be.
    pub fn is_refused(&self) -> bool {
        matches!(self.status, Status::Deny | Status::Failure) && self.settled_at.is_none()
    }

    fn confirm_refunds(&mut self, desk: &Desk) {
        let now = desk.clock.now();
        self.refunds
            .iter_mut()
            .for_each(|refund| refund.confirmed_at = Some(refund.confirmed_at.unwrap_or(now)));
        answer::notify(desk, self);
    }

    /// Rupiah that went back.
    pub fn refunded(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.rupiah).sum()
    }

    /// For people.
    pub fn listed(&self) -> Listed {
        Listed {
            id: self.id.clone(),
            reference: self.order_id.clone(),
            amount: format!("IDR {}", Amount::whole(self.rupiah)),
            status: self.status.as_str().to_owned(),
            method: Some(self.payment_type.clone()),
            open: self.status == Status::Pending,
            return_url: self.return_url.clone(),
        }
    }
}

/// How long a method waits when the shop does not say.
pub fn waits(payment_type: &str) -> Option<Duration> {
    match payment_type {
        "credit_card" => None,
        "gopay" | "qris" | "shopeepay" | "dana" | "ovo" => Some(Duration::minutes(15)),
        _ => Some(Duration::days(1)),
    }
}
