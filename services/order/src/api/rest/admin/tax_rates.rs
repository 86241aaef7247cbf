//! Rates of tax, for administrators.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{
        Json, Path, Problem,
        etag::{self, IfMatch},
        problem::ProblemBody,
        rules::{is_country, is_text},
    },
};
use warung_contracts::id::TaxRateId;

use super::super::Shared;
use crate::{
    commands::tax_rates as change,
    domain::{tax::TaxRate, totals::WHOLE_PPM},
    store::tax_rates::{self, Kept},
};

/// The rate of a class somewhere. The most specific one wins: region, country, everywhere.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTaxRate {
    /// As products name it, such as `standard`; `shipping` is the class of shipping.
    #[garde(length(min = 1, max = 40), custom(is_class))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$")]
    pub tax_class: String,
    /// ISO 3166-1 alpha-2; everywhere when left out.
    #[serde(default)]
    #[garde(inner(custom(is_country)))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// State or province as addresses write it, in any case; the whole country when left out.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)), inner(custom(is_text)))]
    #[schema(min_length = 1, max_length = 100)]
    pub region: Option<String>,
    /// Parts per million: 11 % is 110000.
    #[garde(range(max = WHOLE_PPM))]
    #[schema(maximum = 1000000)]
    pub rate_ppm: u32,
}

fn is_class(class: &str, (): &()) -> garde::Result {
    match class.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-') {
        true => Ok(()),
        false => Err(garde::Error::new("write small letters, digits, '_' and '-' alone")),
    }
}

/// A rate that is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TaxRateDetail {
    pub id: TaxRateId,
    pub tax_class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub rate_ppm: u32,
    /// Its ETag, without the quotes: send it as `If-Match`, and a change that somebody else made meanwhile is not undone.
    pub version: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<Kept> for TaxRateDetail {
    fn from(Kept { id, rate, version, updated_at }: Kept) -> Self {
        let TaxRate { class, country, region, rate_ppm } = rate;
        Self { id, tax_class: class, country, region, rate_ppm, version, updated_at }
    }
}

/// Every rate of the shop.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TaxRates {
    /// Whether the shop's prices hold their tax.
    pub prices_include_tax: bool,
    pub items: Vec<TaxRateDetail>,
}

/// List all rates of tax
#[utoipa::path(
    get, path = "/api/v1/admin/tax-rates", operation_id = "list_tax_rates", tag = "tax",
    responses((status = 200, description = "By class and place", body = TaxRates)),
)]
pub async fn list_tax_rates(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
) -> Result<axum::Json<TaxRates>, Problem> {
    let items = tax_rates::list(shared.db.pool()).await?.into_iter().map(TaxRateDetail::from).collect();
    Ok(axum::Json(TaxRates { prices_include_tax: shared.settings.prices_include_tax, items }))
}

/// Set a rate of tax
///
/// The one of this class and place, whether there was one or not. Orders that were placed keep theirs; new ones have it
/// within seconds.
#[utoipa::path(
    put, path = "/api/v1/admin/tax-rates", operation_id = "put_tax_rate", tag = "tax",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    request_body = NewTaxRate,
    responses(
        (status = 200, description = "Set", body = TaxRateDetail, headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 412, description = "It was changed meanwhile, or there is none any more", body = ProblemBody),
    ),
)]
pub async fn put_tax_rate(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    IfMatch(expected): IfMatch,
    Json(body): Json<NewTaxRate>,
) -> Result<(HeaderMap, axum::Json<TaxRateDetail>), Problem> {
    let NewTaxRate { tax_class, country, region, rate_ppm } = body;
    let region = region.map(|region| region.trim().to_owned()).filter(|region| !region.is_empty());
    if region.is_some() && country.is_none() {
        return Err(Problem::field("country", "is missing; a region is of a country"));
    }
    let mut tx = shared.db.begin().await?;
    let rate = TaxRate { class: tax_class, country, region, rate_ppm };
    let kept = change::put(&mut tx, claims.sub, &rate, expected).await?;
    tx.commit().await?;
    shared.pricing.taxes.forget();
    Ok((etag::header(kept.version), axum::Json(kept.into())))
}

/// Forget a rate of tax
///
/// With the last rate of a class, products of that class can't be sold any more (`tax-class-unknown`), but for `standard`,
/// which is free of tax then.
#[utoipa::path(
    delete, path = "/api/v1/admin/tax-rates/{id}", operation_id = "delete_tax_rate", tag = "tax",
    params(
        ("id" = TaxRateId, Path, description = "The rate"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No such rate", body = ProblemBody),
        (status = 412, description = "It was changed meanwhile", body = ProblemBody),
    ),
)]
pub async fn delete_tax_rate(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<TaxRateId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = shared.db.begin().await?;
    change::forget(&mut tx, claims.sub, id, expected).await?;
    tx.commit().await?;
    shared.pricing.taxes.forget();
    Ok(StatusCode::NO_CONTENT)
}
