//! /api/v1/stock

use axum::{Json as Answer, extract::State};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::{LocationId, ProductId, VariantId};

use super::App;
use crate::{
    domain::availability::{Availability, availability},
    store::stock_list::{self, Filter, Place, Stocked},
};

/// Which stock.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StockQuery {
    /// Only what is low by its own `low_stock_at`, or out.
    #[garde(skip)]
    #[serde(default)]
    low: bool,
    /// Only with fewer free items than this.
    #[garde(range(min = 0))]
    #[param(minimum = 0)]
    below: Option<i64>,
    /// There alone; at all locations that serve when left out.
    #[garde(skip)]
    location_id: Option<LocationId>,
}

/// The stock of a variant.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockEntry {
    product_id: ProductId,
    variant_id: VariantId,
    sku: String,
    /// Of the product.
    name: String,
    /// Stock is low at this many items or fewer; 0 for no warning.
    low_stock_at: i64,
    /// Items that are there and nobody's.
    free: i64,
    /// Items that can be bought.
    available: i64,
    availability: Availability,
    /// Where it is kept, in the order in which locations serve.
    locations: Vec<StockPlace>,
}

/// The stock of a variant at a location.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockPlace {
    location_id: LocationId,
    code: String,
    /// Items at the location, the reserved ones included; below zero while sold items are owed.
    on_hand: i64,
    /// Items set aside for orders that wait for their payment.
    reserved: i64,
    /// Items that may be promised before they are there.
    backorder: i64,
}

impl From<Place> for StockPlace {
    fn from(Place { location_id, code, on_hand, reserved, backorder }: Place) -> Self {
        Self { location_id: LocationId(location_id), code, on_hand, reserved, backorder }
    }
}

impl From<Stocked> for StockEntry {
    fn from(stocked: Stocked) -> Self {
        let Stocked { product_id, variant_id, sku, name, low_stock_at, free, available, places } = stocked;
        Self {
            product_id,
            variant_id,
            sku,
            name,
            low_stock_at,
            free,
            available,
            availability: availability(free, available, low_stock_at),
            locations: places.into_iter().map(Into::into).collect(),
        }
    }
}

/// List stock
///
/// Of every variant that is not archived; what has to be bought again with `low=true`.
#[utoipa::path(get, path = "/api/v1/stock", operation_id = "list_stock", tag = "stock",
    params(StockQuery, PageQuery),
    responses((status = 200, body = Page<StockEntry>), (status = 400, body = ProblemBody)))]
pub async fn list_stock(
    _: Permitted,
    State(app): State<App>,
    Query(StockQuery { low, below, location_id }): Query<StockQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<StockEntry>>, Problem> {
    let (filter, after) = (Filter { low, below, location_id }, page.after::<VariantId>()?);
    let rows = stock_list::list(app.db.pool(), &filter, after, i64::from(page.limit()) + 1).await?;
    Ok(Answer(Page::of(rows, page.limit(), |stocked| stocked.variant_id).map(StockEntry::from)))
}
