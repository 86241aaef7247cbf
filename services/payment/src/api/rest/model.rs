//! Payments as REST shows them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::NextAction,
    id::{OrderId, PaymentId},
    money::Money,
};

use crate::{domain, store::attempts};

/// Money that goes back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Refund {
    pub amount: Money,
    pub reason: String,
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// When the provider gave it back; absent until then.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<OffsetDateTime>,
}

/// The payment of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub provider: String,
    pub state: domain::State,
    /// What is to be paid.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// What the customer has to do, while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// Why it failed, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Oldest first.
    pub refunds: Vec<Refund>,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl Payment {
    /// A payment with its refunds.
    pub fn new(payment: domain::Payment, refunds: Vec<attempts::Refund>) -> Self {
        let refund = |refund: attempts::Refund| Refund {
            amount: payment.money(refund.amount_minor),
            reason: refund.reason,
            asked_at: refund.created_at,
            done_at: refund.done_at,
        };
        Self {
            refunds: refunds.into_iter().map(refund).collect(),
            id: payment.id,
            order_id: payment.order_id,
            state: payment.standing.state,
            amount: payment.amount,
            captured: payment.money(payment.standing.captured),
            refunded: payment.money(payment.standing.refunded),
            provider: payment.provider,
            next_action: payment.next_action,
            failure: payment.failure,
            expires_at: payment.expires_at,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}
