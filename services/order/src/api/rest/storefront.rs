//! What a storefront must know of the shop.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::http::{Problem, public};
use warung_contracts::{currency::Currency, locale, manifest::means::Means};

use super::{Shared, body::COUPONS_MAX};
use crate::config::Settings;

/// It changes when services are rolled out.
const KEPT: Duration = Duration::from_secs(300);

/// The shop, as a storefront shows it and keeps to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Storefront {
    /// Name of the Shop.
    name: String,
    /// Where customers reach it.
    url: String,
    currency: ShopCurrency,
    /// Whether prices hold their tax; if not, it comes on top at checkout.
    prices_include_tax: bool,
    /// Languages (BCP 47) of the shop's messages.
    locales: Vec<&'static str>,
    /// Whether one can pay at the sandbox, where no money moves: the shop is being tried, and a storefront says so.
    test_mode: bool,
    /// Whether one can order without an account.
    guest_checkout: bool,
    /// How one can pay; a checkout names one of these.
    payments: Vec<PaymentOption>,
    /// How long a customer has to pay, in seconds.
    payment_seconds: u64,
    /// For how many days after an order is complete returns are taken; 0 takes none.
    return_days: i64,
    /// Coupons of an order at most.
    coupons_max: usize,
    cart: CartLimits,
}

/// The currency of every price.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShopCurrency {
    /// ISO 4217.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    code: Currency,
    /// Decimals of the currency (ISO 4217): how many digits of `amount_minor` come after the point.
    decimals: u8,
}

/// A way to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentOption {
    /// `payment.provider` of a checkout.
    provider: String,
    /// What `payment.method` may be; a checkout that names none leaves the choice to the provider's page. Without any,
    /// there is nothing to choose.
    methods: Vec<String>,
    /// With which the provider's script in the customer's browser confirms a payment, where it needs one and the shop says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    publishable_key: Option<String>,
}

/// What a cart holds at most.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartLimits {
    /// Different products.
    lines_max: u64,
    /// Items of one kind.
    quantity_max: u64,
    /// Items in all.
    items_max: u64,
}

impl PaymentOption {
    fn new(means: &Means, settings: &Settings) -> Self {
        let provider = means.provider.name.clone();
        let publishable_key = settings.publishable_keys.get(provider.as_str()).cloned();
        Self { provider, methods: means.methods.clone(), publishable_key }
    }
}

impl Storefront {
    fn of(shared: &Shared) -> Self {
        let (common, settings, told) = (&shared.common, &shared.settings, shared.settings.told);
        Self {
            name: common.shop.clone(),
            url: common.public_url.clone(),
            currency: ShopCurrency { code: common.currency, decimals: common.currency.exponent() },
            prices_include_tax: settings.prices_include_tax,
            locales: locale::SPOKEN.to_vec(),
            test_mode: settings.means.iter().any(|means| means.provider.is_sandbox()),
            guest_checkout: true,
            payments: settings.means.iter().map(|means| PaymentOption::new(means, settings)).collect(),
            payment_seconds: told.payment_seconds,
            return_days: settings.return_within.whole_days(),
            coupons_max: COUPONS_MAX,
            cart: CartLimits {
                lines_max: told.cart_lines_max,
                quantity_max: told.cart_quantity_max,
                items_max: told.cart_items_max,
            },
        }
    }
}

/// Show what a storefront must know of the shop
///
/// Where it sends to is at `/api/v1/shipping/destinations`, the key for Web Push at `/api/v1/push/key`. Amounts that a
/// provider takes at least or at most are the provider's; a payment beyond them fails and says so.
#[utoipa::path(
    get, path = "/api/v1/shop", operation_id = "get_shop", tag = "shop",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, description = "The shop", body = Storefront, headers(("ETag" = String))),
        (status = 304, description = "As it was"),
    ),
)]
pub async fn get_shop(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, Problem> {
    public::answer(&headers, KEPT, &Storefront::of(&shared))
}
