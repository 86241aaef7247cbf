//! Asks product what the lines of a cart cost: one question for all of them.

use std::collections::BTreeMap;

use warung_chassis::grpc::{Channel, ask};
use warung_contracts::{
    grpc::product::{GetOffersRequest, Offer as Wire, catalog_client::CatalogClient},
    id::VariantId,
    money::Money,
};

use crate::domain::price::{Offer, Offers};

/// product, as cart sees it.
#[derive(Debug, Clone)]
pub struct Catalog(CatalogClient<Channel>);

impl Catalog {
    /// product behind this connection.
    pub fn new(channel: Channel) -> Self {
        Self(CatalogClient::new(channel))
    }

    /// What product says of these, in the language that an `Accept-Language` wants. When product is away, none: a cart is its owner's and stays readable, only
    /// without prices; nothing can be bought at a wrong one, because a check-out asks product itself.
    pub async fn offers(&self, ids: impl IntoIterator<Item = VariantId>, language: &str) -> Offers {
        let variant_ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        if variant_ids.is_empty() {
            return Some(BTreeMap::new());
        }
        let answer = ask(|| {
            let mut client = self.0.clone();
            let request = GetOffersRequest {
                variant_ids: variant_ids.clone(),
                accept_language: language.to_owned(),
                ..Default::default()
            };
            async move { client.get_offers(request).await }
        });
        match answer.await {
            Ok(answer) => Some(answer.offers.into_iter().filter_map(offer).collect()),
            Err(status) => {
                tracing::warn!(code = ?status.code(), "product can't be asked; carts are shown without prices");
                None
            }
        }
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// An offer that can be read; one that can't leaves its line without a price.
fn offer(wire: Wire) -> Option<(VariantId, Offer)> {
    let variant = wire.variant_id.parse().ok()?;
    let offer = Offer {
        product_id: wire.product_id.parse().ok()?,
        sku: wire.sku,
        name: wire.name,
        variant_name: some(wire.variant_name),
        slug: some(wire.slug),
        image: some(wire.image),
        option_values: wire.option_values.into_iter().map(|pair| (pair.option, pair.value)).collect(),
        unit_price: Money::new(wire.unit_price_minor, wire.currency.parse().ok()?),
        available: wire.available,
        max_quantity: Some(wire.max_quantity).filter(|most| *most > 0),
        languages: wire.languages,
    };
    Some((variant, offer))
}
