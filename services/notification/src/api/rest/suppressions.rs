//! Addresses that are not written to.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};

use super::Shared;
use crate::store::bounces::{self, Suppressed};

/// An address that is not written to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suppression {
    address: String,
    /// `bounce` (it takes no mail) or `complaint` (its owner calls our mail spam).
    reason: String,
    #[serde(with = "time::serde::rfc3339")]
    suppressed_at: OffsetDateTime,
}

impl From<Suppressed> for Suppression {
    fn from(Suppressed { address, reason, suppressed_at }: Suppressed) -> Self {
        Self { address, reason, suppressed_at }
    }
}

/// List addresses that are not written to
#[utoipa::path(
    get, path = "/api/v1/notifications/suppressions", operation_id = "list_suppressions", tag = "notification",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of addresses, in their order", body = Page<Suppression>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    ),
)]
pub async fn list_suppressions(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Suppression>>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let rows = bounces::page(&mut conn, query.after()?, i64::from(query.limit()) + 1).await?;
    Ok(axum::Json(Page::of(rows, query.limit(), |row| row.address.clone()).map(Suppression::from)))
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
