//! /api/v1/products/{id}/prices

use axum::{Json as Answer, extract::State};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};
use warung_contracts::{
    id::{PriceListId, ProductId, VariantId},
    money::Money,
};

use super::App;
use crate::store::price_lists::{self, PriceChange};

/// A price that a variant had from a moment on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceChangeBody {
    variant_id: VariantId,
    /// Left out for the variant's own price.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_list_id: Option<PriceListId>,
    /// Left out when the list no longer has a price of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compare_at: Option<Money>,
    /// Who set it: a user's id or a command; left out for what the shop began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
}

/// List what a product's prices were
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/products/{id}/prices", operation_id = "list_prices", tag = "prices",
    params(("id" = ProductId, Path), PageQuery),
    responses((status = 200, body = Page<PriceChangeBody>), (status = 400, body = ProblemBody)))]
pub async fn list_prices(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PriceChangeBody>>, Problem> {
    let before: Option<i64> = page.after()?;
    let rows = price_lists::history(app.db.pool(), id, before, i64::from(page.limit()) + 1).await?;
    let money = |minor| Money::new(minor, app.currency);
    let body = |change: PriceChange| PriceChangeBody {
        variant_id: change.variant_id,
        price_list_id: change.price_list_id,
        price: change.price_minor.map(money),
        compare_at: change.compare_at_minor.map(money),
        actor: change.actor,
        changed_at: change.changed_at,
    };
    Ok(Answer(Page::of(rows, page.limit(), |change| change.number).map(body)))
}
