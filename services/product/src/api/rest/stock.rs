//! /api/v1/products/{id}/stock

use axum::{Json as Answer, extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{
        IdempotencyKey, Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody,
        rules::is_said,
    },
};
use warung_contracts::id::{LocationId, OrderId, ProductId, VariantId};

use super::App;
use crate::{
    commands::adjust_stock::{self, Change},
    domain::shelf::Level,
    store::{stock, variants},
};

/// A delivery, a write-off (`delta`) or a count (`counted`).
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StockAdjustment {
    /// Items that came (positive) or went (negative); not 0.
    #[garde(inner(range(min = -1_000_000, max = 1_000_000)), inner(custom(is_not_zero)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -1000000, maximum = 1000000)]
    delta: Option<i64>,
    /// Items that are there, the reserved ones included: what is missing to it is booked.
    #[garde(inner(range(max = 1_000_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1000000)]
    counted: Option<u32>,
    /// Why, for whoever reads the movements later.
    #[garde(length(chars, min = 1, max = 200), custom(is_said))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// The default variant when left out.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant_id: Option<VariantId>,
    /// The default location when left out.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    location_id: Option<LocationId>,
}

fn is_not_zero(delta: &i64, (): &()) -> garde::Result {
    match delta {
        0 => Err(garde::Error::new("0 changes nothing; leave the call out")),
        _ => Ok(()),
    }
}

impl StockAdjustment {
    fn change(&self) -> Result<Change, Problem> {
        match (self.delta, self.counted) {
            (Some(delta), None) => Ok(Change::By(delta)),
            (None, Some(counted)) => Ok(Change::To(counted)),
            _ => Err(Problem::field("delta", "write either this or counted")),
        }
    }
}

/// The stock of a variant at a location.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockBody {
    product_id: ProductId,
    variant_id: VariantId,
    location_id: LocationId,
    /// Items at the location, the reserved ones included; below zero while sold items are owed.
    on_hand: i64,
    /// Items set aside for orders that wait for their payment.
    reserved: i64,
    /// Items that may be promised before they are there.
    backorder: i64,
    /// Items that can be bought.
    available: i64,
}

impl StockBody {
    /// The stock of a variant.
    pub fn of(product_id: ProductId, variant_id: VariantId, level: &Level) -> Self {
        let stock = level.stock;
        Self {
            product_id,
            variant_id,
            location_id: level.location_id,
            on_hand: stock.on_hand(),
            reserved: stock.reserved(),
            backorder: stock.backorder(),
            available: stock.available(),
        }
    }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockList {
    /// By variant and location.
    items: Vec<StockBody>,
}

/// Where the stock of a product is seen.
pub fn address(id: ProductId) -> String {
    format!("/api/v1/products/{id}/stock")
}

/// Show the stock of a product
///
/// Of each variant at each place.
#[utoipa::path(get, path = "/api/v1/products/{id}/stock", operation_id = "get_stock", tag = "stock",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = StockList),
        (status = 404, body = ProblemBody)))]
pub async fn get_stock(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Answer<StockList>, Problem> {
    let shelves = stock::shelves(app.db.pool(), id).await?;
    if shelves.is_empty() {
        return Err(Problem::not_found("product"));
    }
    let bodies = |(variant, shelf): (&VariantId, &crate::domain::shelf::Shelf)| {
        let bodies = shelf.levels.iter().map(|level| StockBody::of(id, *variant, level));
        bodies.collect::<Vec<_>>()
    };
    Ok(Answer(StockList { items: shelves.iter().flat_map(bodies).collect() }))
}

/// Book items in or out, or count them
///
/// A count that finds what the books say leaves no movement.
#[utoipa::path(post, path = "/api/v1/products/{id}/stock", operation_id = "adjust_stock", tag = "stock",
    params(("id" = ProductId, Path)), request_body = StockAdjustment,
    responses((status = 201, body = StockBody), (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "stock-out-of-range, or a twin of the request is in flight")))]
pub async fn adjust_stock(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(product_id): Path<ProductId>,
    key: IdempotencyKey,
    Json(body): Json<StockAdjustment>,
) -> Result<Response, Problem> {
    let (actor, change) = (claims.sub.to_string(), body.change()?);
    key.once(&app.db, &actor, &body, async |tx| {
        let &StockAdjustment { ref reason, variant_id, location_id, .. } = &body;
        let variant_id = variant_id.unwrap_or_else(|| product_id.default_variant());
        let owner = variants::product_of(tx.conn(), variant_id).await?;
        if owner != Some(product_id) {
            return Err(Problem::not_found("product"));
        }
        let (reason, actor) = (reason.clone(), actor.clone());
        let input = adjust_stock::Input { variant_id, location_id, change, reason, actor };
        let level = adjust_stock::run(tx, input).await?;
        app.forget(tx, &[product_id]);
        Ok(Reply::created(address(product_id), StockBody::of(product_id, variant_id, &level)))
    })
    .await
}

/// A change of stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementBody {
    variant_id: VariantId,
    location_id: LocationId,
    /// Such as `adjusted`, `reserved`, `committed`, `restocked`.
    kind: String,
    on_hand_delta: i64,
    reserved_delta: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    /// Who did it, when it was nobody's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// List the movements of a product's stock
///
/// Newest first.
#[utoipa::path(get, path = "/api/v1/products/{id}/movements", operation_id = "list_movements", tag = "stock",
    params(("id" = ProductId, Path), PageQuery),
    responses((status = 200, body = Page<MovementBody>), (status = 400, body = ProblemBody)))]
pub async fn list_movements(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<MovementBody>>, Problem> {
    let before: Option<i64> = page.after()?;
    let rows = stock::movements(app.db.pool(), id, before, i64::from(page.limit()) + 1).await?;
    let body = |row: stock::Moved| MovementBody {
        variant_id: row.variant_id,
        location_id: row.location_id,
        kind: row.kind,
        on_hand_delta: row.on_hand_delta,
        reserved_delta: row.reserved_delta,
        order_id: row.order_id,
        actor: row.actor,
        reason: row.reason,
        created_at: row.created_at,
    };
    Ok(Answer(Page::of(rows, page.limit(), |row| row.number).map(body)))
}
