//! A cart as its owner sees it.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json as Answer,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::server::no_store;
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::{App, owner::HEADER};
use crate::{
    domain::{
        change::{Change, changes},
        line::{Label, Line},
        price::{Offer, Offers, PricedCart, PricedLine, State, price},
    },
    store::Owner,
};

/// A cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartBody {
    /// In the order they were added.
    lines: Vec<LineBody>,
    /// The sum of the lines that are for sale; absent when one of them has no price at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Money>,
    /// Variants that `total` leaves out: they are gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    excluded: Vec<VariantId>,
    /// Whether every line can be bought as it is.
    ready: bool,
    /// What changed since it was put in, or since its price was acknowledged, and what can't be bought as it is.
    changes: Vec<Change>,
    /// Products of the guest's cart of which not all items found a place; only after a merge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<ProductId>,
}

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    product_id: ProductId,
    variant_id: VariantId,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    /// As it is called now; of what is gone, as it was called when it was put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Such as "Red / L".
    #[serde(skip_serializing_if = "Option::is_none")]
    variant_name: Option<String>,
    /// Of the product now, for links.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
    /// Where a picture of the product is.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// Its values by option, as they are called in every language; empty for a product of one kind, or of what is gone.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    option_values: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Money>,
    /// Items that can be bought now.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<u32>,
    /// Items that one order may have; absent where any number may be ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_quantity: Option<u32>,
}

impl From<PricedLine> for LineBody {
    fn from(priced: PricedLine) -> Self {
        let PricedLine { line, offer, total, state } = priced;
        let now = offer.as_ref().map(Offer::label);
        let Label { name, variant_name } = now.or(line.seen.label).unwrap_or_default();
        let gone = Self {
            product_id: line.product_id,
            variant_id: line.variant_id,
            quantity: line.quantity,
            state,
            sku: None,
            name: Some(name).filter(|name| !name.is_empty()),
            variant_name,
            slug: None,
            image: None,
            option_values: BTreeMap::new(),
            unit_price: None,
            total,
            available: None,
            max_quantity: None,
        };
        let Some(offer) = offer else { return gone };
        let Offer { sku, slug, image, option_values, unit_price, available, max_quantity, .. } = offer;
        let (sku, unit_price, available) = (Some(sku), Some(unit_price), Some(available));
        Self { sku, slug, image, option_values, unit_price, available, max_quantity, ..gone }
    }
}

/// The languages of what lines are called now.
fn content_language(lines: &[PricedLine]) -> Option<HeaderValue> {
    let tags = lines.iter().filter_map(|line| line.offer.as_ref()).flat_map(|offer| &offer.languages);
    let tags: Vec<&str> = tags.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    HeaderValue::try_from(tags.join(", ")).ok().filter(|value| !value.is_empty())
}

/// The answer that shows a cart, priced by what product just said. A guest is told their token.
pub fn answer(
    app: &App,
    owner: Option<&Owner>,
    lines: &[Line],
    offers: &Offers,
    left_out: Vec<ProductId>,
) -> Response {
    let PricedCart { lines, total, excluded, ready } = price(lines, offers, app.currency);
    let changes = changes(&lines);
    let languages = content_language(&lines);
    let lines = lines.into_iter().map(LineBody::from).collect();
    let body = CartBody { lines, total, excluded, ready, changes, left_out };
    let mut response = no_store(Answer(body).into_response());
    if let Some(languages) = languages {
        response.headers_mut().insert(header::CONTENT_LANGUAGE, languages);
    }
    if let Some(Owner::Guest(token)) = owner
        && let Ok(mut value) = HeaderValue::from_str(token.expose())
    {
        value.set_sensitive(true);
        response.headers_mut().insert(HeaderName::from_static(HEADER), value);
    }
    response
}
