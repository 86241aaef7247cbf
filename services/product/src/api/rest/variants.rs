//! /api/v1/products/{id}/variants and /api/v1/variants/{id}

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Path, Problem, Reply, problem::ProblemBody},
};
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::{App, admin::shown, body::ProductDetail, etag::ExpectedVersion, given::given, products::show};
use crate::{
    commands::{add_variant, edit_variant},
    domain::{
        draft::VariantDraft,
        variant::{Choice, Measures, Status},
    },
    store::{cards, variants},
};

/// A new variant.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewVariant {
    /// Letters, digits, `.`, `_` and `-`; unique, never changes.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    sku: String,
    /// Its value of each of the product's options.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    option_values: Choice,
    /// In the shop's currency, above zero.
    price: Money,
    #[serde(default)]
    compare_at: Option<Money>,
    #[serde(default)]
    measures: Measures,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    barcode: Option<String>,
    /// Items of one order at most; 0 for no limit.
    #[serde(default)]
    #[schema(maximum = 999)]
    max_quantity: u32,
    /// Stock is low at this many items or fewer; 0 for no warning.
    #[serde(default)]
    #[schema(maximum = 1000000)]
    low_stock_at: u32,
    /// Items that are there already, at the default location.
    #[serde(default)]
    #[schema(maximum = 1000000)]
    stock: u32,
}

impl From<NewVariant> for VariantDraft {
    fn from(new: NewVariant) -> Self {
        Self {
            sku: new.sku,
            choice: new.option_values,
            price: new.price,
            compare_at: new.compare_at,
            measures: new.measures,
            barcode: new.barcode,
            max_quantity: new.max_quantity,
            low_stock_at: new.low_stock_at,
            stock: Some(new.stock),
            stock_was: None,
            stock_movement: None,
            import: None,
            backorder: None,
        }
    }
}

/// What changes; a field that is left out stays as it is (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct VariantPatch {
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    option_values: Option<Choice>,
    price: Option<Money>,
    /// null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Money>)]
    compare_at: Option<Option<Money>>,
    measures: Option<Measures>,
    /// null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    barcode: Option<Option<String>>,
    #[schema(maximum = 999)]
    max_quantity: Option<u32>,
    #[schema(maximum = 1000000)]
    low_stock_at: Option<u32>,
    /// Items that may be promised before they are there, at the default location.
    #[schema(maximum = 1000000)]
    backorder: Option<u32>,
    /// `archived` takes it out of sale; the default variant goes with its product.
    status: Option<Status>,
}

impl From<VariantPatch> for edit_variant::Patch {
    fn from(patch: VariantPatch) -> Self {
        Self {
            choice: patch.option_values,
            price: patch.price,
            compare_at: patch.compare_at,
            measures: patch.measures,
            barcode: patch.barcode,
            max_quantity: patch.max_quantity,
            low_stock_at: patch.low_stock_at,
            backorder: patch.backorder,
            status: patch.status,
        }
    }
}

/// Add a variant to a product
#[utoipa::path(post, path = "/api/v1/products/{id}/variants", operation_id = "add_variant", tag = "catalogue",
    params(("id" = ProductId, Path)), request_body = NewVariant,
    responses((status = 201, body = ProductDetail, headers(("ETag" = String))),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "sku-taken")))]
pub async fn add_variant(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    Json(body): Json<NewVariant>,
) -> Result<Response, Problem> {
    let mut tx = app.db.begin().await?;
    let variant = add_variant::run(&mut tx, id, body.into(), app.currency, &claims.sub.to_string()).await?;
    let location = format!("/api/v1/variants/{variant}");
    let answer = show(&mut tx, id, |detail| Reply::created(location, detail)).await?;
    app.forget(&mut tx, &[id]);
    tx.commit().await?;
    Ok(answer)
}

/// Show a variant to staff
///
/// Its product, whatever its status, with all its variants.
#[utoipa::path(get, path = "/api/v1/variants/{id}", operation_id = "get_variant", tag = "catalogue",
    params(("id" = VariantId, Path)),
    responses((status = 200, body = ProductDetail, headers(("ETag" = String))), (status = 404, body = ProblemBody)))]
pub async fn get_variant(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<VariantId>,
) -> Result<Response, Problem> {
    let mut conn = app.db.pool().acquire().await?;
    let product = variants::product_of(&mut conn, id).await?.ok_or_else(|| Problem::not_found("variant"))?;
    shown(cards::find(&mut conn, product, app.db.clock().now()).await?, Reply::ok)
}

/// Change a variant
///
/// With `If-Match`, only if nobody else edited its product meanwhile.
#[utoipa::path(patch, path = "/api/v1/variants/{id}", operation_id = "edit_variant", tag = "catalogue",
    params(("id" = VariantId, Path), ("If-Match" = Option<String>, Header)), request_body = VariantPatch,
    responses((status = 200, body = ProductDetail, headers(("ETag" = String))),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "backorder-in-use"), (status = 412, body = ProblemBody)))]
pub async fn edit_variant(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<VariantId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<VariantPatch>,
) -> Result<Response, Problem> {
    let mut tx = app.db.begin().await?;
    let actor = claims.sub.to_string();
    let product = edit_variant::run(&mut tx, id, expected, body.into(), app.currency, &actor).await?;
    let answer = show(&mut tx, product, Reply::ok).await?;
    app.forget(&mut tx, &[product]);
    tx.commit().await?;
    Ok(answer)
}
