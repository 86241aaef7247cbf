//! Who changed rates, for administrators.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::{RateId, UserId};

use super::{Shared, rate::RateTerms};
use crate::store::changes;

/// Of which rate; of all when left out.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RateChangeSearch {
    #[garde(skip)]
    rate_id: Option<RateId>,
}

/// A change of a rate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateChange {
    /// Which one; it may be gone.
    pub rate_id: RateId,
    /// The account of the one who changed it.
    pub author: UserId,
    /// As it was; absent of what is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<RateTerms>,
    /// As it became; absent of what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RateTerms>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl From<changes::Change> for RateChange {
    fn from(changes::Change { rate_id, author, before, after, at, .. }: changes::Change) -> Self {
        let terms = |Json(terms)| RateTerms::from(terms);
        let (before, after) = (before.map(terms), after.map(terms));
        Self { rate_id: RateId(rate_id), author: UserId(author), before, after, at }
    }
}

/// List changes of rates
///
/// Who added, replaced or took away which rate, from what to what; newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/shipping/changes", operation_id = "list_rate_changes", tag = "rates",
    params(RateChangeSearch, PageQuery),
    responses(
        (status = 200, description = "A page of changes", body = Page<RateChange>),
        (status = 400, description = "The cursor or a filter is wrong", body = ProblemBody),
    ),
)]
pub async fn list_rate_changes(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(RateChangeSearch { rate_id }): Query<RateChangeSearch>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<RateChange>>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let rows = changes::page(&mut conn, rate_id, query.after()?, i64::from(query.limit()) + 1).await?;
    Ok(axum::Json(Page::of(rows, query.limit(), |change| change.change_id).map(RateChange::from)))
}
