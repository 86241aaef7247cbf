//! /api/v1/price-lists

use axum::{Json as Answer, extract::State, http::StatusCode};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody, rules::is_line},
};
use warung_contracts::{
    id::{PriceListId, ProductId, VariantId},
    money::Money,
};

use super::{
    App,
    etag::{self, ExpectedVersion, Tagged},
    given::given_time,
};
use crate::{
    commands::put_prices::{self, NewList, Patch},
    domain::price_list::{Period, PriceList},
    store::price_lists,
};

/// A list of prices that hold for a time. Of several that hold, the one with the greatest `priority` counts, and among
/// equals the lowest price.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceListBody {
    id: PriceListId,
    name: String,
    priority: i32,
    active: bool,
    /// Since ever when left out.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    valid_from: Option<OffsetDateTime>,
    /// Not included; for ever when left out.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    valid_until: Option<OffsetDateTime>,
}

impl From<PriceList> for PriceListBody {
    fn from(list: PriceList) -> Self {
        let PriceList { id, name, priority, active, period: Period { from, until }, version: _ } = list;
        Self { id, name, priority, active, valid_from: from, valid_until: until }
    }
}

/// A new list.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPriceList {
    #[garde(length(chars, min = 1, max = 100), custom(is_line))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Lists with a greater number win; 0 when left out.
    #[garde(skip)]
    #[serde(default)]
    priority: i32,
    #[garde(skip)]
    #[serde(default, with = "time::serde::rfc3339::option")]
    valid_from: Option<OffsetDateTime>,
    /// Not included.
    #[garde(skip)]
    #[serde(default, with = "time::serde::rfc3339::option")]
    valid_until: Option<OffsetDateTime>,
}

/// What changes; a field that is left out stays as it is (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceListPatch {
    #[garde(length(chars, min = 1, max = 100), inner(custom(is_line)))]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[garde(skip)]
    priority: Option<i32>,
    /// Whether it counts at all.
    #[garde(skip)]
    active: Option<bool>,
    /// null for since ever.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_from: Option<Option<OffsetDateTime>>,
    /// null for ever.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<Option<OffsetDateTime>>,
}

/// Prices of a list.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPrices {
    #[garde(length(min = 1, max = 500), dive)]
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<ListPrice>,
}

/// What a variant costs while the list holds.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ListPrice {
    variant_id: VariantId,
    /// null takes the variant out of the list.
    price: Option<Money>,
}

/// A price of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceListEntry {
    product_id: ProductId,
    variant_id: VariantId,
    sku: String,
    /// Of the product.
    name: String,
    price: Money,
    /// What it costs without lists.
    own_price: Money,
}

/// List price lists
///
/// Those that win first.
#[utoipa::path(get, path = "/api/v1/price-lists", operation_id = "list_price_lists", tag = "prices",
    params(PageQuery),
    responses((status = 200, body = Page<PriceListBody>), (status = 400, body = ProblemBody)))]
pub async fn list_price_lists(
    _: Permitted,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PriceListBody>>, Problem> {
    let rows = price_lists::list(app.db.pool(), page.after()?, i64::from(page.limit()) + 1).await?;
    let lists = Page::of(rows, page.limit(), |list| (list.priority, list.id));
    Ok(Answer(lists.map(PriceListBody::from)))
}

/// Show a price list
#[utoipa::path(get, path = "/api/v1/price-lists/{id}", operation_id = "get_price_list", tag = "prices",
    params(("id" = PriceListId, Path)),
    responses((status = 200, body = PriceListBody, headers(("ETag" = String))), (status = 404, body = ProblemBody)))]
pub async fn get_price_list(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<PriceListId>,
) -> Result<Tagged<Answer<PriceListBody>>, Problem> {
    let list = find(&app, id).await?;
    Ok((etag::header(list.version), Answer(list.into())))
}

async fn find(app: &App, id: PriceListId) -> Result<PriceList, Problem> {
    price_lists::find(app.db.pool(), id).await?.ok_or_else(|| Problem::not_found("price list"))
}

/// List the prices of a price list
///
/// By variant.
#[utoipa::path(get, path = "/api/v1/price-lists/{id}/prices", operation_id = "list_list_prices", tag = "prices",
    params(("id" = PriceListId, Path), PageQuery),
    responses((status = 200, body = Page<PriceListEntry>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn list_list_prices(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<PriceListId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<PriceListEntry>>, Problem> {
    let after: Option<VariantId> = page.after()?;
    find(&app, id).await?;
    let rows = price_lists::entries(app.db.pool(), id, after, i64::from(page.limit()) + 1).await?;
    let money = |minor| Money::new(minor, app.currency);
    let entry = |entry: price_lists::Entry| PriceListEntry {
        product_id: entry.product_id,
        variant_id: entry.variant_id,
        sku: entry.sku,
        name: entry.name,
        price: money(entry.price_minor),
        own_price: money(entry.own_price_minor),
    };
    Ok(Answer(Page::of(rows, page.limit(), |entry| entry.variant_id).map(entry)))
}

/// Add a price list
///
/// Without prices yet.
#[utoipa::path(post, path = "/api/v1/price-lists", operation_id = "create_price_list", tag = "prices",
    request_body = NewPriceList,
    responses((status = 201, body = PriceListBody, headers(("ETag" = String))), (status = 400, body = ProblemBody)))]
pub async fn create_price_list(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Json(body): Json<NewPriceList>,
) -> Result<Tagged<Reply<PriceListBody>>, Problem> {
    let NewPriceList { name, priority, valid_from, valid_until } = body;
    let period = Period { from: valid_from, until: valid_until };
    let mut tx = app.db.begin().await?;
    let new = NewList { name, priority, active: true, period };
    let list = put_prices::add(&mut tx, new, &claims.sub.to_string()).await?;
    tx.commit().await?;
    let at = format!("/api/v1/price-lists/{}", list.id);
    Ok((etag::header(list.version), Reply::created(at, list.into())))
}

/// Change a price list
#[utoipa::path(patch, path = "/api/v1/price-lists/{id}", operation_id = "edit_price_list", tag = "prices",
    params(("id" = PriceListId, Path), ("If-Match" = Option<String>, Header)), request_body = PriceListPatch,
    responses((status = 200, body = PriceListBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub async fn edit_price_list(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<PriceListId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<PriceListPatch>,
) -> Result<Tagged<Answer<PriceListBody>>, Problem> {
    let PriceListPatch { name, priority, active, valid_from, valid_until } = body;
    let patch = Patch { name, priority, active, from: valid_from, until: valid_until };
    let mut tx = app.db.begin().await?;
    let list = put_prices::edit(&mut tx, id, expected, patch, &claims.sub.to_string()).await?;
    tx.commit().await?;
    Ok((etag::header(list.version), Answer(list.into())))
}

/// Delete a price list
///
/// Its prices end at once, and stay in the history.
#[utoipa::path(delete, path = "/api/v1/price-lists/{id}", operation_id = "delete_price_list", tag = "prices",
    params(("id" = PriceListId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Gone"), (status = 404, body = ProblemBody),
        (status = 412, body = ProblemBody)))]
pub async fn delete_price_list(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<PriceListId>,
    ExpectedVersion(expected): ExpectedVersion,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.begin().await?;
    put_prices::remove(&mut tx, id, expected, &claims.sub.to_string()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set prices of a price list
///
/// Those that are not named stay as they are.
#[utoipa::path(patch, path = "/api/v1/price-lists/{id}/prices", operation_id = "set_list_prices", tag = "prices",
    params(("id" = PriceListId, Path)), request_body = ListPrices,
    responses((status = 204, description = "They hold"), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn set_list_prices(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<PriceListId>,
    Json(body): Json<ListPrices>,
) -> Result<StatusCode, Problem> {
    let prices: Vec<_> = body.items.into_iter().map(|item| (item.variant_id, item.price)).collect();
    let mut tx = app.db.begin().await?;
    put_prices::set(&mut tx, id, &prices, app.currency, &claims.sub.to_string()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
