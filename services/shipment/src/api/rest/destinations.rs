//! Where the shop sends to, for storefronts.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::http::{Problem, public};

use super::Shared;
use crate::{
    domain::destinations::{self, Destinations},
    store::rates,
};

/// Rates change rarely, and a checkout checks the address again.
const KEPT: Duration = Duration::from_secs(60);

/// Where the shop sends goods.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShippingDestinations {
    /// To any address; `countries` is empty then.
    everywhere: bool,
    /// By code.
    countries: Vec<ShippingCountry>,
}

/// A country that the shop sends to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShippingCountry {
    /// ISO 3166-1 alpha-2, such as `ID`.
    #[schema(pattern = "^[A-Z]{2}$")]
    country: String,
    /// To these provinces alone; to the whole country when empty.
    provinces: Vec<String>,
}

impl From<Destinations> for ShippingDestinations {
    fn from(destinations: Destinations) -> Self {
        let Destinations::Countries(countries) = destinations else {
            return Self { everywhere: true, countries: Vec::new() };
        };
        let country = |(country, provinces): (String, _)| ShippingCountry {
            country,
            provinces: Vec::from_iter::<std::collections::BTreeSet<String>>(provinces),
        };
        Self { everywhere: false, countries: countries.into_iter().map(country).collect() }
    }
}

/// Show where the shop sends to
///
/// What a form for an address offers. Weight may still forbid it: only a quote says what shipping costs.
#[utoipa::path(
    get, path = "/api/v1/shipping/destinations", operation_id = "get_destinations", tag = "rates",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of an earlier answer")),
    responses(
        (status = 200, description = "The countries", body = ShippingDestinations, headers(("ETag" = String))),
        (status = 304, description = "As it was"),
    ),
)]
pub async fn get_destinations(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let served = destinations::of(&rates::active(&mut conn).await?);
    public::answer(&headers, KEPT, &ShippingDestinations::from(served))
}
