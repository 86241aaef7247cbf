//! /api/v1/products for administrators.

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    db::Tx,
    http::{Json, Path, Problem, Reply, problem::ProblemBody},
};
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::{
    App, admin::shown, body::ProductDetail, etag::ExpectedVersion, given::given, variants::NewVariant,
};
use crate::{
    commands::{add_product, edit_product, edit_variant},
    domain::{
        draft::{Draft, VariantDraft},
        product::{Axis, Medium, Status, TAX_CLASS_DEFAULT, Text, Translations},
        variant::{Choice, Measures},
    },
    store::cards,
};

/// A new product with its default variant, and others if there are any.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NewProduct {
    /// The seller's own name for the default variant: letters, digits, `.`, `_` and `-`; unique, never changes.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    sku: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 10000)]
    description: String,
    /// Made of the name when left out: lower-case letters, digits and single hyphens; unique.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    #[serde(default)]
    category_id: Option<CategoryId>,
    /// In the shop's currency, above zero.
    price: Money,
    /// The price it is compared with, above its own.
    #[serde(default)]
    compare_at: Option<Money>,
    /// `active` when left out.
    #[serde(default)]
    status: Option<Status>,
    /// `standard` when left out; any other needs a rate first (`PUT /api/v1/admin/tax-rates`).
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$")]
    tax_class: Option<String>,
    /// In what its variants differ.
    #[serde(default)]
    #[schema(max_items = 5)]
    options: Vec<Axis>,
    /// The default variant's value of each option.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    option_values: Choice,
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
    /// The variants beside the default one.
    #[serde(default)]
    #[schema(max_items = 99)]
    variants: Vec<NewVariant>,
    /// Pictures, in the order they are shown.
    #[serde(default)]
    #[schema(max_items = 50)]
    media: Vec<Medium>,
    /// Texts in other languages, by tag such as `en`.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Text>)]
    translations: Translations,
}

impl From<NewProduct> for Draft {
    fn from(new: NewProduct) -> Self {
        let default = VariantDraft {
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
        };
        Self {
            slug: new.slug,
            text: Text { name: new.name, description: new.description },
            category_id: new.category_id,
            status: new.status.unwrap_or(Status::Active),
            tax_class: new.tax_class.unwrap_or_else(|| TAX_CLASS_DEFAULT.to_owned()),
            axes: new.options,
            variants: std::iter::once(default).chain(new.variants.into_iter().map(Into::into)).collect(),
            media: new.media,
            translations: new.translations,
        }
    }
}

/// What changes; a field that is left out stays as it is (RFC 7396). Price, measures and the like are those of the
/// default variant.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ProductPatch {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// The old one goes on leading to the product.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// null takes the product out of its category.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<CategoryId>)]
    category_id: Option<Option<CategoryId>>,
    price: Option<Money>,
    /// null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Money>)]
    compare_at: Option<Option<Money>>,
    status: Option<Status>,
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$")]
    tax_class: Option<String>,
    /// All of them; every variant must still fit.
    #[schema(max_items = 5)]
    options: Option<Vec<Axis>>,
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    option_values: Option<Choice>,
    measures: Option<Measures>,
    /// null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    barcode: Option<Option<String>>,
    #[schema(maximum = 999)]
    max_quantity: Option<u32>,
    #[schema(maximum = 1000000)]
    low_stock_at: Option<u32>,
    /// Items that may be promised before they are there, at the default location; 0 when nobody said otherwise.
    #[schema(maximum = 1000000)]
    backorder: Option<u32>,
    /// All of them.
    #[schema(max_items = 50)]
    media: Option<Vec<Medium>>,
    /// All of them.
    #[schema(value_type = Option<std::collections::HashMap<String, Text>>)]
    translations: Option<Translations>,
}

impl From<ProductPatch> for edit_product::Patch {
    fn from(patch: ProductPatch) -> Self {
        Self {
            slug: patch.slug,
            name: patch.name,
            description: patch.description,
            category_id: patch.category_id,
            status: patch.status,
            tax_class: patch.tax_class,
            axes: patch.options,
            media: patch.media,
            translations: patch.translations,
            variant: edit_variant::Patch {
                choice: patch.option_values,
                price: patch.price,
                compare_at: patch.compare_at,
                measures: patch.measures,
                barcode: patch.barcode,
                max_quantity: patch.max_quantity,
                low_stock_at: patch.low_stock_at,
                backorder: patch.backorder,
                status: None,
            },
        }
    }
}

/// The product as the transaction leaves it, and its tag; to be answered after the commit.
pub async fn show(
    tx: &mut Tx,
    id: ProductId,
    reply: impl FnOnce(ProductDetail) -> Reply<ProductDetail>,
) -> Result<Response, Problem> {
    let now = tx.now();
    let card = cards::find(tx.conn(), id, now).await?;
    shown(card, reply)
}

/// Add a product
#[utoipa::path(post, path = "/api/v1/products", operation_id = "create_product", tag = "catalogue",
    request_body = NewProduct,
    responses((status = 201, body = ProductDetail, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "sku-taken, slug-taken")))]
pub async fn create_product(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Json(body): Json<NewProduct>,
) -> Result<Response, Problem> {
    let mut tx = app.db.begin().await?;
    let id = add_product::run(&mut tx, body.into(), app.currency, &claims.sub.to_string()).await?;
    let answer = show(&mut tx, id, |detail| Reply::created(format!("/api/v1/products/{id}"), detail)).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Change a product
///
/// With `If-Match`, only if nobody else edited it meanwhile.
#[utoipa::path(patch, path = "/api/v1/products/{id}", operation_id = "edit_product", tag = "catalogue",
    params(("id" = ProductId, Path), ("If-Match" = Option<String>, Header)), request_body = ProductPatch,
    responses((status = 200, body = ProductDetail, headers(("ETag" = String))),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "slug-taken, backorder-in-use"),
        (status = 412, body = ProblemBody)))]
pub async fn edit_product(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<ProductPatch>,
) -> Result<Response, Problem> {
    edit(&app, id, expected, body.into(), &claims.sub.to_string()).await
}

/// Take a product out of sale
///
/// Orders that hold it are served; `PATCH` with `status: active` brings it back.
#[utoipa::path(delete, path = "/api/v1/products/{id}", operation_id = "archive_product", tag = "catalogue",
    params(("id" = ProductId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Archived"),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub async fn archive_product(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    ExpectedVersion(expected): ExpectedVersion,
) -> Result<StatusCode, Problem> {
    let patch = edit_product::Patch { status: Some(Status::Archived), ..Default::default() };
    edit(&app, id, expected, patch, &claims.sub.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn edit(
    app: &App,
    id: ProductId,
    expected: Option<i64>,
    patch: edit_product::Patch,
    actor: &str,
) -> Result<Response, Problem> {
    let mut tx = app.db.begin().await?;
    edit_product::run(&mut tx, id, expected, patch, app.currency, actor).await?;
    let answer = show(&mut tx, id, Reply::ok).await?;
    app.forget(&mut tx, &[id]);
    tx.commit().await?;
    Ok(answer)
}
