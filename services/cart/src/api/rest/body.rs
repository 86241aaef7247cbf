//! A cart as its owner sees it.

use axum::{
    Json as Answer,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::server::no_store;
use warung_contracts::{id::ProductId, money::Money};

use super::{App, owner::HEADER};
use crate::{
    domain::{
        line::Line,
        price::{Offers, PricedCart, PricedLine, State, price},
    },
    store::Owner,
};

/// A cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartBody {
    /// In the order they were added.
    lines: Vec<LineBody>,
    /// The sum; absent when a line has no price at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Money>,
    /// Whether every line can be bought as it is.
    ready: bool,
    /// Products of the guest's cart that found no place; only after a merge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<ProductId>,
}

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    product_id: ProductId,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Money>,
    /// Items that can be bought now.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u32>,
}

impl From<PricedLine> for LineBody {
    fn from(priced: PricedLine) -> Self {
        let PricedLine { line, offer, total, state } = priced;
        let (sku, name, unit_price, available) = match offer {
            Some(offer) => (Some(offer.sku), Some(offer.name), Some(offer.unit_price), Some(offer.available)),
            None => (None, None, None, None),
        };
        Self {
            product_id: line.product_id,
            quantity: line.quantity,
            state,
            sku,
            name,
            unit_price,
            total,
            available,
        }
    }
}

/// The answer that shows a cart, priced by what product just said. A guest is told their token.
pub fn answer(
    app: &App,
    owner: Option<&Owner>,
    lines: &[Line],
    offers: &Offers,
    left_out: Vec<ProductId>,
) -> Response {
    let PricedCart { lines, total, ready } = price(lines, offers, app.currency);
    let lines = lines.into_iter().map(LineBody::from).collect();
    let mut response = no_store(Answer(CartBody { lines, total, ready, left_out }).into_response());
    if let Some(Owner::Guest(token)) = owner
        && let Ok(mut value) = HeaderValue::from_str(token.expose())
    {
        value.set_sensitive(true);
        response.headers_mut().insert(HeaderName::from_static(HEADER), value);
    }
    response
}
