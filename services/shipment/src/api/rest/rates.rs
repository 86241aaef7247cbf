//! Rates, for those who run the shop.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use warung_chassis::{
    auth::Permitted,
    http::{Json, Page, PageQuery, Path, Problem, Query, Reply, etag, etag::IfMatch, problem::ProblemBody},
};
use warung_contracts::id::RateId;

use super::{
    Shared,
    rate::{RateBody, RateTerms},
};
use crate::{
    commands::{add_rate, edit_rate},
    domain::rate::Rate,
    store::rates,
};

/// A rate and its version.
type Tagged = (HeaderMap, Reply<RateBody>);

fn tagged(rate: Rate) -> Tagged {
    (etag::header(rate.version), Reply::ok(RateBody::from(rate)))
}

/// List the rates
#[utoipa::path(
    get, path = "/api/v1/shipping/rates", operation_id = "list_rates", tag = "rates", params(PageQuery),
    responses(
        (status = 200, description = "A page of rates, oldest first", body = Page<RateBody>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    ),
)]
pub async fn list_rates(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<RateBody>>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let rows = rates::page(&mut conn, query.after()?, i64::from(query.limit()) + 1).await?;
    Ok(axum::Json(Page::of(rows, query.limit(), |rate| rate.id).map(RateBody::from)))
}

/// Show a rate
#[utoipa::path(
    get, path = "/api/v1/shipping/rates/{rate_id}", operation_id = "get_rate", tag = "rates",
    params(("rate_id" = RateId, Path, description = "The rate")),
    responses(
        (status = 200, description = "The rate", body = RateBody, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "No such rate", body = ProblemBody),
    ),
)]
pub async fn get_rate(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(id): Path<RateId>,
) -> Result<Tagged, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let rate = rates::find(&mut conn, id).await?.ok_or_else(|| Problem::not_found("rate"))?;
    Ok(tagged(rate))
}

/// Add a rate
///
/// From the first active rate on, goods that no rate takes to an address are not sold there.
#[utoipa::path(
    post, path = "/api/v1/shipping/rates", operation_id = "create_rate", tag = "rates", request_body = RateTerms,
    responses(
        (status = 201, description = "Added", body = RateBody, headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "A field is not valid", body = ProblemBody),
    ),
)]
pub async fn create_rate(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Json(body): Json<RateTerms>,
) -> Result<Tagged, Problem> {
    let terms = body.into_terms(shared.currency)?;
    let mut tx = shared.db.begin().await?;
    let rate = add_rate::run(&mut tx, claims.sub, terms).await?;
    tx.commit().await?;
    let location = format!("/api/v1/shipping/rates/{}", rate.id);
    Ok((etag::header(rate.version), Reply::created(location, RateBody::from(rate))))
}

/// Replace a rate
///
/// Quotes that are out keep their price until they expire. With `If-Match`, only if nobody else edited it meanwhile.
#[utoipa::path(
    put, path = "/api/v1/shipping/rates/{rate_id}", operation_id = "replace_rate", tag = "rates", request_body = RateTerms,
    params(
        ("rate_id" = RateId, Path, description = "The rate"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
    ),
    responses(
        (status = 200, description = "Replaced", body = RateBody, headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "No such rate", body = ProblemBody),
        (status = 412, description = "Somebody edited it meanwhile", body = ProblemBody),
    ),
)]
pub async fn replace_rate(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<RateId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<RateTerms>,
) -> Result<Tagged, Problem> {
    let terms = body.into_terms(shared.currency)?;
    let mut tx = shared.db.begin().await?;
    let rate = edit_rate::run(&mut tx, claims.sub, id, expected, terms).await?;
    tx.commit().await?;
    Ok(tagged(rate))
}

/// Take a rate away
#[utoipa::path(
    delete, path = "/api/v1/shipping/rates/{rate_id}", operation_id = "delete_rate", tag = "rates",
    params(("rate_id" = RateId, Path, description = "The rate")),
    responses(
        (status = 204, description = "Gone; quotes that are out keep their price until they expire"),
        (status = 404, description = "No such rate", body = ProblemBody),
    ),
)]
pub async fn delete_rate(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<RateId>,
) -> Result<StatusCode, Problem> {
    let mut tx = shared.db.begin().await?;
    edit_rate::remove(&mut tx, claims.sub, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
