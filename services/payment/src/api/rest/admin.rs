//! What staff look at: payments.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody, rules::is_text},
};
use warung_contracts::money::Money;

use super::{Shared, model::Payment};
use crate::{
    domain,
    store::reads::{self, Filter},
};

/// Which payments.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those in this state.
    #[garde(skip)]
    pub state: Option<domain::State>,
    /// Only those of this provider.
    #[garde(inner(length(max = 64)), inner(custom(is_text)))]
    pub provider: Option<String>,
    /// Only those that wait for a person.
    #[serde(default)]
    #[garde(skip)]
    pub held: bool,
    /// Made then or later.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    /// Made before.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
}

/// List payments
///
/// Newest first, each try of an order's payment. Refunds are left out; they are in the detail.
#[utoipa::path(
    get, path = "/api/v1/payments", operation_id = "list_payments", tag = "payments",
    params(Which, PageQuery),
    responses(
        (status = 200, description = "A page of payments", body = Page<Payment>),
        (status = 400, description = "A filter or the cursor is not valid", body = ProblemBody),
    ),
)]
pub async fn list_payments(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<Payment>>, Problem> {
    let filter = Filter {
        state: which.state,
        provider: which.provider,
        held: which.held,
        from: which.from,
        to: which.to,
    };
    let mut conn = shared.db.pool().acquire().await?;
    let rows = reads::list(&mut conn, &filter, page.after::<Uuid>()?, i64::from(page.limit()) + 1).await?;
    let page = Page::of(rows, page.limit(), |payment| payment.id.uuid());
    Ok(axum::Json(page.map(|payment| Payment::new(payment, Vec::new()))))
}

/// An amount of a row.
pub(super) fn money(amount_minor: i64, currency: &str) -> Result<Money, Problem> {
    Ok(Money::new(amount_minor, currency.parse().map_err(Problem::internal)?))
}
