//! Coupons, for administrators.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    error::Kind,
    http::{
        Json, Page, PageQuery, Path, Problem, Query, Reply,
        etag::{self, IfMatch},
        problem::ProblemBody,
        rules::is_text,
    },
};
use warung_contracts::{currency::Currency, id::CouponId, money::Money};

use super::super::Shared;
use crate::{
    commands::coupons::{self, New, Terms},
    domain::{
        coupon::{Benefit, Code, Coupon},
        scope::Scope,
        totals::WHOLE_PPM,
    },
    store,
};

/// A coupon.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CouponDetail {
    pub id: CouponId,
    #[schema(value_type = String)]
    pub code: Code,
    pub benefit: Benefit,
    /// The goods it is for; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<Scope>,
    /// What all goods of the order must come to before any discount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
    #[serde(with = "time::serde::rfc3339::option", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<OffsetDateTime>,
    /// It is not taken any more from then on.
    #[serde(with = "time::serde::rfc3339::option", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<OffsetDateTime>,
    /// Orders in all that may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_total: Option<u32>,
    /// Orders of one customer that may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_per_user: Option<u32>,
    /// Whether other coupons may be used with it.
    pub combines: bool,
    /// Whether it applies by itself.
    pub automatic: bool,
    pub active: bool,
    /// Orders that use it; rejected and cancelled ones do not count.
    pub used: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<Coupon> for CouponDetail {
    fn from(coupon: Coupon) -> Self {
        let Coupon { id, code, benefit, applies_to, minimum, starts_at, ends_at, .. } = coupon;
        let Coupon { limit_total, limit_per_user, combines, automatic, active, used, .. } = coupon;
        let Coupon { created_at, updated_at, .. } = coupon;
        Self {
            id,
            code,
            benefit,
            applies_to,
            minimum,
            starts_at,
            ends_at,
            limit_total,
            limit_per_user,
            combines,
            automatic,
            active,
            used,
            created_at,
            updated_at,
        }
    }
}

/// A new coupon.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCoupon {
    /// 3 to 40 letters, digits or `-`; kept in capitals.
    #[garde(custom(is_code))]
    #[schema(min_length = 3, max_length = 40, pattern = "^[A-Za-z0-9-]+$")]
    pub code: String,
    #[garde(custom(is_benefit))]
    pub benefit: Benefit,
    /// The goods it is for, alone; all when left out. It names up to 100 products, categories (with all below them) and SKUs,
    /// and shipping is free for an order that holds one of them.
    #[serde(default)]
    #[garde(inner(custom(is_scope)))]
    pub applies_to: Option<Scope>,
    /// What all goods of the order must come to before any discount; in the shop's currency.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    pub minimum: Option<Money>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<OffsetDateTime>,
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<OffsetDateTime>,
    /// No limit when left out.
    #[serde(default)]
    #[garde(inner(range(min = 1, max = LIMIT_MAX)))]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub limit_total: Option<u32>,
    /// No limit when left out.
    #[serde(default)]
    #[garde(inner(range(min = 1, max = LIMIT_MAX)))]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub limit_per_user: Option<u32>,
    #[serde(default)]
    #[garde(skip)]
    pub combines: bool,
    /// Whether it applies by itself, wherever its conditions hold and it is the best for the customer; its code is but a
    /// name then, which nobody can type.
    #[serde(default)]
    #[garde(skip)]
    pub automatic: bool,
    /// True when left out.
    #[serde(default)]
    #[garde(skip)]
    pub active: Option<bool>,
}

/// What changes; a field that is left out stays as it is, null takes a limit or a time away (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponPatch {
    #[serde(default, deserialize_with = "given_time")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Option<OffsetDateTime>>,
    #[serde(default, deserialize_with = "given_time")]
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Option<OffsetDateTime>>,
    #[serde(default, deserialize_with = "given")]
    #[garde(inner(inner(range(min = 1, max = LIMIT_MAX))))]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000000000)]
    pub limit_total: Option<Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    #[garde(inner(inner(range(min = 1, max = LIMIT_MAX))))]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000000000)]
    pub limit_per_user: Option<Option<u32>>,
    #[serde(default)]
    #[garde(skip)]
    pub combines: Option<bool>,
    #[serde(default)]
    #[garde(skip)]
    pub active: Option<bool>,
}

/// The largest limit.
const LIMIT_MAX: u32 = 1_000_000_000;

/// Tells null from a field that was left out.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn given_time<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<OffsetDateTime>>, D::Error> {
    time::serde::rfc3339::option::deserialize(value).map(Some)
}

fn is_code(code: &str, (): &()) -> garde::Result {
    code.parse::<Code>().map(drop).map_err(|error| garde::Error::new(error.to_string()))
}

fn is_amount(amount: &Money, (): &()) -> garde::Result {
    match amount.amount_minor {
        1.. => Ok(()),
        _ => Err(garde::Error::new("amount_minor must be 1 or more")),
    }
}

fn is_benefit(benefit: &Benefit, (): &()) -> garde::Result {
    match benefit {
        Benefit::Percent { ppm } if (1..=WHOLE_PPM).contains(ppm) => Ok(()),
        Benefit::Percent { .. } => {
            Err(garde::Error::new(format!("ppm must be 1 to {WHOLE_PPM}, in parts per million")))
        }
        Benefit::Fixed { amount } => is_amount(amount, &()),
        Benefit::FreeShipping => Ok(()),
    }
}

/// The longest SKU that product takes.
const SKU_MAX: usize = 64;
/// Products, categories and SKUs of one coupon at most.
const SCOPE_MAX: usize = 100;

fn is_scope(scope: &Scope, (): &()) -> garde::Result {
    if !(1..=SCOPE_MAX).contains(&scope.size()) {
        return Err(garde::Error::new(format!("must name 1 to {SCOPE_MAX} products, categories and SKUs")));
    }
    match scope
        .skus
        .iter()
        .all(|sku| (1..=SKU_MAX).contains(&sku.chars().count()) && is_text(sku, &()).is_ok())
    {
        true => Ok(()),
        false => Err(garde::Error::new(format!("skus must have 1 to {SKU_MAX} characters each"))),
    }
}

/// Amounts of a coupon are in the shop's currency.
fn check_currency(currency: Currency, new: &NewCoupon) -> Result<(), Problem> {
    let fixed = match new.benefit {
        Benefit::Fixed { amount } => Some(amount),
        Benefit::Percent { .. } | Benefit::FreeShipping => None,
    };
    for (field, amount) in [("benefit.amount.currency", fixed), ("minimum.currency", new.minimum)] {
        if amount.is_some_and(|amount| amount.currency != currency) {
            return Err(Problem::field(field, format!("must be {currency}, the shop's")));
        }
    }
    Ok(())
}

/// A time ends after it begins.
fn check_times(begin: Option<OffsetDateTime>, end: Option<OffsetDateTime>) -> Result<(), Problem> {
    match begin.zip(end).is_some_and(|(begin, end)| end <= begin) {
        true => Err(Problem::field("ends_at", "must be after starts_at")),
        false => Ok(()),
    }
}

/// Which coupons.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CouponQuery {
    /// A part of the code, in any case.
    #[garde(inner(length(chars, min = 1, max = 40)), inner(custom(is_text)))]
    #[param(min_length = 1, max_length = 40)]
    code: Option<String>,
    /// Those that apply by themselves, or those whose code is typed.
    #[garde(skip)]
    automatic: Option<bool>,
}

fn shown(coupon: Coupon) -> (HeaderMap, axum::Json<CouponDetail>) {
    (etag::header(coupon.version), axum::Json(coupon.into()))
}

/// List coupons
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/coupons", operation_id = "list_coupons", tag = "coupons",
    params(CouponQuery, PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<CouponDetail>),
        (status = 400, description = "The cursor or the limit is wrong", body = ProblemBody),
    ),
)]
pub async fn list_coupons(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(CouponQuery { code, automatic }): Query<CouponQuery>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<CouponDetail>>, Problem> {
    let (after, limit) = (page.after::<CouponId>()?, page.limit());
    let wanted = store::coupons::Wanted { code, automatic };
    let rows = store::coupons::list(shared.db.pool(), &wanted, after, limit + 1).await?;
    Ok(axum::Json(Page::of(rows, limit, |coupon| coupon.id).map(CouponDetail::from)))
}

/// Add a coupon
#[utoipa::path(
    post, path = "/api/v1/admin/coupons", operation_id = "create_coupon", tag = "coupons",
    request_body = NewCoupon,
    responses(
        (status = 201, description = "Added", body = CouponDetail, headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 409, description = "The code is taken", body = ProblemBody),
    ),
)]
pub async fn create_coupon(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Json(body): Json<NewCoupon>,
) -> Result<(HeaderMap, Reply<CouponDetail>), Problem> {
    check_currency(shared.common.currency, &body)?;
    check_times(body.starts_at, body.ends_at)?;
    let code: Code = body
        .code
        .parse()
        .map_err(|error: crate::domain::coupon::NoCode| Problem::field("code", error.to_string()))?;
    let terms = Terms {
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        limit_total: body.limit_total,
        limit_per_user: body.limit_per_user,
        combines: body.combines,
        active: body.active.unwrap_or(true),
    };
    let mut tx = shared.db.begin().await?;
    let NewCoupon { benefit, applies_to, minimum, automatic, .. } = body;
    let new = New { code, benefit, applies_to, minimum, automatic, terms };
    let added = coupons::add(&mut tx, claims.sub, new).await?;
    tx.commit().await?;
    shared.pricing.promotions.forget();
    let coupon = added.ok_or_else(|| {
        Problem::typed(
            Kind::Conflict,
            "coupon-code-taken",
            "Another coupon has this code. Choose another code.",
        )
    })?;
    let at = format!("/api/v1/admin/coupons/{}", coupon.id);
    Ok((etag::header(coupon.version), Reply::created(at, coupon.into())))
}

/// Show a coupon
#[utoipa::path(
    get, path = "/api/v1/admin/coupons/{id}", operation_id = "get_coupon", tag = "coupons",
    params(("id" = CouponId, Path, description = "The coupon")),
    responses(
        (status = 200, description = "The coupon", body = CouponDetail, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "No such coupon", body = ProblemBody),
    ),
)]
pub async fn get_coupon(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(id): Path<CouponId>,
) -> Result<(HeaderMap, axum::Json<CouponDetail>), Problem> {
    let found = store::coupons::find(shared.db.pool(), id).await?;
    Ok(shown(found.ok_or_else(|| Problem::not_found("coupon"))?))
}

/// Change a coupon
///
/// What it takes off which goods never changes: add another coupon for that. A limit below what is used already lets nobody use it any
/// more.
#[utoipa::path(
    patch, path = "/api/v1/admin/coupons/{id}", operation_id = "change_coupon", tag = "coupons",
    params(
        ("id" = CouponId, Path, description = "The coupon"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
    ),
    request_body = CouponPatch,
    responses(
        (status = 200, description = "Changed", body = CouponDetail, headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 404, description = "No such coupon", body = ProblemBody),
        (status = 412, description = "It was changed meanwhile", body = ProblemBody),
    ),
)]
pub async fn change_coupon(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<CouponId>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<CouponPatch>,
) -> Result<(HeaderMap, axum::Json<CouponDetail>), Problem> {
    let mut tx = shared.db.begin().await?;
    let coupon = coupons::change(&mut tx, claims.sub, id, expected, |terms| Terms {
        starts_at: patch.starts_at.unwrap_or(terms.starts_at),
        ends_at: patch.ends_at.unwrap_or(terms.ends_at),
        limit_total: patch.limit_total.unwrap_or(terms.limit_total),
        limit_per_user: patch.limit_per_user.unwrap_or(terms.limit_per_user),
        combines: patch.combines.unwrap_or(terms.combines),
        active: patch.active.unwrap_or(terms.active),
    })
    .await?;
    check_times(coupon.starts_at, coupon.ends_at)?;
    tx.commit().await?;
    shared.pricing.promotions.forget();
    Ok(shown(coupon))
}

/// Delete a coupon
///
/// One that no order ever used; of others, `active` says that nobody uses them any more.
#[utoipa::path(
    delete, path = "/api/v1/admin/coupons/{id}", operation_id = "delete_coupon", tag = "coupons",
    params(
        ("id" = CouponId, Path, description = "The coupon"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
    ),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No such coupon", body = ProblemBody),
        (status = 409, description = "An order used it: coupon-in-use", body = ProblemBody),
        (status = 412, description = "It was changed meanwhile", body = ProblemBody),
    ),
)]
pub async fn delete_coupon(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<CouponId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = shared.db.begin().await?;
    coupons::remove(&mut tx, claims.sub, id, expected).await?;
    tx.commit().await?;
    shared.pricing.promotions.forget();
    Ok(StatusCode::NO_CONTENT)
}
