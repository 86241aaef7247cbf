//! Payments as REST shows them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::NextAction,
    id::{OrderId, PaymentId, RefundId},
    money::Money,
};

use crate::{domain, store::refunds};

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The provider is being asked.
    Pending,
    Done,
    /// The provider refuses for good; nothing went back.
    Refused,
}

/// An amount that differs from what was asked, and waits for a decision.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// As the provider reports it.
    pub amount: Money,
    /// Whether it was taken; set aside otherwise.
    pub captured: bool,
}

/// Money that goes back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Refund {
    pub id: RefundId,
    pub amount: Money,
    pub state: RefundState,
    pub reason: String,
    /// Whether the shop paid it back itself, outside of the provider.
    #[serde(default)]
    pub offline: bool,
    /// Why the provider refused it, in a word; absent in refunds of before this was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// The refund that answered this one, which was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answered_by: Option<RefundId>,
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// When the provider gave it back or refused; absent until then.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<OffsetDateTime>,
}

/// The payment of an order: one try of it, of which most orders have one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    /// Which try it is, from 1.
    pub attempt: u32,
    pub provider: String,
    pub state: domain::State,
    /// What is to be paid.
    pub amount: Money,
    /// What was set aside before it was taken; nothing where the provider takes it at once.
    pub authorized: Money,
    /// What was taken.
    pub captured: Money,
    /// What went back, through the provider and outside of it.
    pub refunded: Money,
    /// What the customer has to do, while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// With it the customer's browser confirms the payment at the provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_secret: Option<String>,
    /// What the provider reports and nobody asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub held: Option<Held>,
    /// How the customer pays, in a word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<String>,
    /// Why it failed, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Until when the customer can take another way to pay; absent where this is the last.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_until: Option<OffsetDateTime>,
    /// Whether it is being called off for another way to pay.
    pub changing: bool,
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
    pub fn new(payment: domain::Payment, refunds: Vec<refunds::Refund>) -> Self {
        let refund = |refund: refunds::Refund| Refund {
            id: RefundId(refund.attempt_id),
            state: match refund.state.as_str() {
                "done" => RefundState::Done,
                "refused" => RefundState::Refused,
                _ => RefundState::Pending,
            },
            amount: payment.money(refund.amount_minor),
            reason: refund.reason,
            refused: refund.refusal,
            offline: refund.offline,
            answered_by: refund.answered_by.map(RefundId),
            asked_at: refund.created_at,
            done_at: refund.done_at,
        };
        Self {
            refunds: refunds.into_iter().map(refund).collect(),
            id: payment.id,
            order_id: payment.order_id,
            attempt: payment.attempt,
            retry_until: payment.retry_until,
            changing: payment.next.is_some(),
            state: payment.standing.state,
            amount: payment.amount,
            authorized: payment.money(payment.standing.authorized),
            client_secret: None,
            held: payment.standing.held.map(|held| Held { amount: held.amount, captured: held.captured }),
            captured: payment.money(payment.standing.captured),
            refunded: payment.money(payment.standing.went_back()),
            provider: payment.provider,
            method: payment.method,
            next_action: payment.next_action,
            failure: payment.failure,
            expires_at: payment.expires_at,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}
