//! Where the books and a provider disagree, for people to look at and put right.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{
        IdempotencyKey, Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody,
        rules::is_said,
    },
};
use warung_contracts::id::{OrderId, PaymentId, UserId};

use super::{Shared, newest};
use crate::store::discrepancies;

/// Where the books and a provider disagree.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Discrepancy {
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub provider: String,
    /// In a word: `amount_differs`, `captured_differs`, `not_captured_there`, `refunded_elsewhere`,
    /// `refund_missing_there`, `unknown_there`, `provider_unknown`, `call_unanswered`, `refund_refused`, `capture_refused`,
    /// `charged_twice`, `request_unknown`, `paid_back_twice`, `dispute_differs`, or the provider's own, such
    /// as `charged_back_in_part`.
    pub kind: String,
    /// What the books say and what the provider says.
    pub detail: String,
    #[serde(with = "time::serde::rfc3339")]
    pub found_at: OffsetDateTime,
    /// When it was seen last.
    #[serde(with = "time::serde::rfc3339")]
    pub seen_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<OffsetDateTime>,
    /// The administrator who said so; absent when it went away by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved_by: Option<UserId>,
    /// How it was put right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl From<discrepancies::Discrepancy> for Discrepancy {
    fn from(row: discrepancies::Discrepancy) -> Self {
        Self {
            id: row.discrepancy_id,
            payment_id: PaymentId(row.payment_id),
            order_id: OrderId(row.order_id),
            provider: row.provider,
            kind: row.kind,
            detail: row.detail,
            found_at: row.found_at,
            seen_at: row.seen_at,
            resolved_at: row.resolved_at,
            resolved_by: row.resolved_by.map(UserId),
            note: row.note,
        }
    }
}

/// Which of them.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Also those that are resolved.
    #[serde(default)]
    #[garde(skip)]
    pub all: bool,
}

/// List discrepancies
///
/// Where the books and a provider disagree and no rule mends it. Newest first.
#[utoipa::path(
    get, path = "/api/v1/payments/discrepancies", operation_id = "list_discrepancies", tag = "payments",
    params(Which, PageQuery),
    responses(
        (status = 200, description = "A page of discrepancies", body = Page<Discrepancy>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    ),
)]
pub async fn list_discrepancies(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<Discrepancy>>, Problem> {
    let after = newest::after(&page)?;
    let mut conn = shared.db.pool().acquire().await?;
    let rows = discrepancies::list(&mut conn, !which.all, after, i64::from(page.limit()) + 1).await?;
    let page = Page::of(rows, page.limit(), |row| newest::position(row.found_at, row.discrepancy_id));
    Ok(axum::Json(page.map(Discrepancy::from)))
}

/// How it was put right.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    #[garde(length(chars, min = 1, max = 500), custom(is_said))]
    pub note: String,
}

/// Say that a discrepancy is put right
///
/// It is found again when it is not.
#[utoipa::path(
    post, path = "/api/v1/payments/discrepancies/{discrepancy_id}/resolve",
    operation_id = "resolve_discrepancy", tag = "payments",
    params(("discrepancy_id" = Uuid, Path, description = "Which")),
    request_body = Resolution,
    responses(
        (status = 200, description = "Resolved", body = Discrepancy),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such discrepancy", body = ProblemBody),
    ),
)]
pub async fn resolve_discrepancy(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<Uuid>,
    key: IdempotencyKey,
    Json(body): Json<Resolution>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let now = tx.now();
        // Resolved before is resolved: the answer is how it stands.
        discrepancies::resolve(tx.conn(), id, claims.sub.uuid(), &body.note, now).await?;
        let found = discrepancies::find(tx.conn(), id).await?;
        let found = found.ok_or_else(|| Problem::not_found("discrepancy"))?;
        Ok(Reply::ok(Discrepancy::from(found)))
    })
    .await
}
