//! All that is known of a payment, for staff: each try of it with its decisions, calls and bookings.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{Path, Problem, problem::ProblemBody},
};
use warung_contracts::{
    id::{OrderId, UserId},
    money::Money,
};

use super::{Shared, admin::money, disputes::Dispute, model::Payment};
use crate::{
    domain,
    store::{decisions, disputes, payments, reads, refunds},
};

/// A call to the provider.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// The idempotency key the provider knows it by.
    pub id: Uuid,
    /// `open`, `authorize`, `capture`, `void`, `refund`, or `offline`: no call, but money that the shop paid back itself.
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// `started`, `done` or `refused`.
    pub state: String,
    /// Why, in the words of who asked.
    pub reason: String,
    /// The administrator who asked; absent for what the order, the clock or the provider brought about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub author: Option<UserId>,
    /// Calls made so far.
    pub tries: i32,
    /// What the provider said, or why the last call failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer: Option<String>,
    /// The provider's id of a refund that took its time, or where the shop's own books have one that it paid itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// What answered a refund that was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answered_by: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<OffsetDateTime>,
}

/// One side of a movement of money.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LedgerEntry {
    /// The movement; its sides sum to zero.
    pub transaction_id: Uuid,
    /// `capture`, `refund`, `fee`, `chargeback` (a dispute took it) or `reinstatement` (it gave it back).
    pub kind: String,
    pub account: String,
    /// Debit is positive, credit negative.
    pub amount: Money,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What an administrator decided about a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PaymentDecision)]
pub struct Made {
    /// `capture`, `void`, `refund`, `offline` (the shop paid it back itself), or what becomes of an amount that differs:
    /// `accept`, `return`, `settled`.
    pub deed: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Money>,
    /// In the words of who decided.
    pub reason: String,
    /// Who decided.
    pub author: UserId,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// All that is known of a try of a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PaymentTry)]
pub struct Try {
    pub payment: Payment,
    /// The provider's id of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// What should have gone back, and the provider refuses: the shop owes it.
    pub owed: Money,
    /// What the shop paid back itself, outside of the provider.
    pub offline: Money,
    /// What disputes took, and did not give back.
    pub charged_back: Money,
    /// Why it is being brought to an end, while it is or when it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closing: Option<String>,
    /// What administrators decided. Oldest first.
    pub decisions: Vec<Made>,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// Oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// Oldest first.
    pub disputes: Vec<Dispute>,
}

/// All that is known of a payment: of its latest try, and of those before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PaymentDetail {
    #[serde(flatten)]
    pub latest: Try,
    /// Tries that another followed. Oldest first; empty for most orders.
    pub earlier: Vec<Try>,
}

impl Attempt {
    fn new(call: reads::Call, payment: &domain::Payment) -> Self {
        Self {
            id: call.attempt_id,
            kind: call.kind,
            amount: call.amount_minor.map(|minor| payment.money(minor)),
            state: call.state,
            reason: call.reason,
            author: call.author.map(UserId),
            tries: call.tries,
            answer: call.answer,
            reference: call.reference,
            answered_by: call.answered_by,
            created_at: call.created_at,
            done_at: call.done_at,
        }
    }
}

impl LedgerEntry {
    fn new(entry: reads::Entry) -> Result<Self, Problem> {
        let amount = money(entry.amount_minor, &entry.currency)?;
        let reads::Entry { transaction_id, kind, account, at, .. } = entry;
        Ok(Self { transaction_id, kind, account, amount, at })
    }
}

impl Made {
    fn new(made: decisions::Decision, payment: &domain::Payment) -> Self {
        Self {
            deed: made.deed,
            amount: made.amount_minor.map(|minor| payment.money(minor)),
            reason: made.reason,
            author: UserId(made.author),
            at: made.at,
        }
    }
}

impl Try {
    async fn of(conn: &mut PgConnection, payment: domain::Payment) -> Result<Self, Problem> {
        let refunds = refunds::list(&mut *conn, payment.id).await?;
        let made = decisions::list(&mut *conn, payment.id).await?;
        let calls = reads::calls(&mut *conn, payment.id).await?;
        let entries = reads::entries(&mut *conn, payment.id).await?;
        let contested = disputes::of_payment(&mut *conn, payment.id).await?;
        Ok(Self {
            decisions: made.into_iter().map(|made| Made::new(made, &payment)).collect(),
            attempts: calls.into_iter().map(|call| Attempt::new(call, &payment)).collect(),
            ledger: entries.into_iter().map(LedgerEntry::new).collect::<Result<_, Problem>>()?,
            reference: payment.reference.clone(),
            owed: payment.money(payment.standing.owed()),
            offline: payment.money(payment.standing.offline),
            charged_back: payment.money(payment.standing.charged_back),
            disputes: contested.into_iter().map(|known| Dispute::new(known.id, known.dispute)).collect(),
            closing: payment.standing.closing.map(|closing| closing.as_str().to_owned()),
            payment: Payment::new(payment, refunds),
        })
    }
}

/// Show all that is known of a payment
///
/// With every decision of an administrator, every call to the provider and every booking; and of the tries before the latest
/// the same.
#[utoipa::path(
    get, path = "/api/v1/payments/{order_id}/details", operation_id = "get_payment_details", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "The payment", body = PaymentDetail),
        (status = 404, description = "No payment", body = ProblemBody),
    ),
)]
pub async fn get_payment_details(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(order_id): Path<OrderId>,
) -> Result<axum::Json<PaymentDetail>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let mut tries = Vec::new();
    for payment in payments::of_order(&mut conn, order_id).await? {
        tries.push(Try::of(&mut conn, payment).await?);
    }
    let latest = tries.pop().ok_or_else(|| Problem::not_found("payment"))?;
    Ok(axum::Json(PaymentDetail { latest, earlier: tries }))
}
