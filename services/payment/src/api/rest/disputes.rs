//! Disputes of payments, for staff who have to answer them.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::{
    id::{DisputeId, OrderId, PaymentId},
    money::Money,
};

use super::{Shared, newest};
use crate::{
    domain::dispute::{self, State as DisputeState},
    store::disputes::{self, Listed},
};

/// A customer contests a payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Dispute {
    pub id: DisputeId,
    /// The provider's id of it.
    pub reference: String,
    pub state: DisputeState,
    /// Why, in the provider's word.
    pub reason: String,
    /// What is contested.
    pub amount: Money,
    /// What is taken from the shop of it now.
    pub taken: Money,
    /// Until when the shop has to answer at the provider; absent where it has, or need not.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub respond_by: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    pub opened_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<OffsetDateTime>,
}

impl Dispute {
    /// A dispute with its id.
    pub fn new(id: Uuid, dispute: dispute::Dispute) -> Self {
        Self {
            id: DisputeId(id),
            taken: dispute.taken(),
            reference: dispute.reference,
            state: dispute.state,
            reason: dispute.reason,
            amount: dispute.amount,
            respond_by: dispute.respond_by,
            opened_at: dispute.opened_at,
            closed_at: dispute.closed_at,
        }
    }
}

/// A dispute among those of other orders.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedDispute {
    #[serde(flatten)]
    pub dispute: Dispute,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub provider: String,
}

impl From<Listed> for ListedDispute {
    fn from(listed: Listed) -> Self {
        let Listed { order_id, payment_id, provider, known } = listed;
        Self { dispute: Dispute::new(known.id, known.dispute), order_id, payment_id, provider }
    }
}

/// Which of them.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Also those that are decided.
    #[serde(default)]
    #[garde(skip)]
    pub all: bool,
}

/// List disputes
///
/// Payments that customers contest. Those heard of last come first.
#[utoipa::path(
    get, path = "/api/v1/payments/disputes", operation_id = "list_disputes", tag = "payments",
    params(Which, PageQuery),
    responses(
        (status = 200, description = "A page of disputes", body = Page<ListedDispute>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    ),
)]
pub async fn list_disputes(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<ListedDispute>>, Problem> {
    let after = newest::after(&page)?;
    let mut conn = shared.db.pool().acquire().await?;
    let rows = disputes::list(&mut conn, !which.all, after, i64::from(page.limit()) + 1).await?;
    let page =
        Page::of(rows, page.limit(), |listed| newest::position(listed.known.created_at, listed.known.id));
    Ok(axum::Json(page.map(ListedDispute::from)))
}
