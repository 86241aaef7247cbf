//! Addresses that are not written to.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};

use super::Shared;
use crate::store::bounces::{self, Suppressed};

/// An address that is not written to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suppression {
    /// Absent when nobody here has the address any more: it is kept as a hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// `bounce` (it takes no mail) or `complaint` (its owner calls our mail spam).
    reason: String,
    #[serde(with = "time::serde::rfc3339")]
    suppressed_at: OffsetDateTime,
}

impl From<Suppressed> for Suppression {
    fn from(Suppressed { address, reason, suppressed_at, .. }: Suppressed) -> Self {
        Self { address, reason, suppressed_at }
    }
}

/// Which address.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuppressionQuery {
    /// This one alone; case makes no difference.
    #[garde(inner(length(chars, max = 254), custom(|text: &str, _| storable(text))))]
    #[param(max_length = 254, example = "siti@example.com")]
    address: Option<String>,
}

/// PostgreSQL's texts have no NUL.
fn storable(text: &str) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("is no address")),
        false => Ok(()),
    }
}

/// List addresses that are not written to
///
/// Kept as hashes, by which the page is ordered; shown while somebody here has the address. To see whether one is among them,
/// name it.
#[utoipa::path(
    get, path = "/api/v1/notifications/suppressions", operation_id = "list_suppressions", tag = "notification",
    params(SuppressionQuery, PageQuery),
    responses(
        (status = 200, description = "A page of addresses", body = Page<Suppression>),
        (status = 400, description = "The query is not valid", body = ProblemBody),
    ),
)]
pub async fn list_suppressions(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(SuppressionQuery { address }): Query<SuppressionQuery>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Suppression>>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let (after, limit) = (query.after()?, query.limit());
    let rows = bounces::page(&mut conn, address.as_deref(), after, i64::from(limit) + 1).await?;
    Ok(axum::Json(Page::of(rows, limit, |row| row.hash.clone()).map(Suppression::from)))
}

/// Write to an address again
#[utoipa::path(
    delete, path = "/api/v1/notifications/suppressions/{address}", operation_id = "delete_suppression", tag = "notification",
    params(("address" = String, Path, description = "The address")),
    responses(
        (status = 204, description = "It is written to again"),
        (status = 404, description = "It is written to", body = ProblemBody),
    ),
)]
pub async fn delete_suppression(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(address): Path<String>,
) -> Result<StatusCode, Problem> {
    if address.contains('\0') {
        return Err(Problem::not_found("suppressed address"));
    }
    let mut conn = shared.db.pool().acquire().await?;
    match bounces::release(&mut conn, &address).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("suppressed address")),
    }
}
