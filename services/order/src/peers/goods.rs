//! The cart, and what its products cost.

use tonic::Status;
use warung_chassis::grpc;
use warung_contracts::{
    grpc::{
        cart::{CartLine as WireLine, GetCartRequest, OrderedCart},
        product::{GetOffersRequest, Offer as WireOffer},
    },
    id::{UserId, VariantId},
    money::Money,
};

use super::{Peers, read};
use crate::{
    domain::{
        CartLine, CartState, Look, Measures, Offer,
        guest::{CartToken, caller_by_cart},
        tax,
    },
    store::turns::Turn,
};

/// Whose cart is asked for.
#[derive(Debug, Clone)]
pub enum Owner {
    User(UserId),
    Guest(CartToken),
}

impl Owner {
    /// What tells it, and its idempotency keys, from others.
    pub fn name(&self) -> String {
        match self {
            Self::User(user) => user.to_string(),
            Self::Guest(cart) => caller_by_cart(cart.hash()),
        }
    }
}

/// A cart as it is now.
#[derive(Debug)]
pub struct Cart {
    pub lines: Vec<CartLine>,
    pub state: CartState,
}

impl Peers {
    /// Somebody's cart, without what was ordered last of it, which cart may not have heard of.
    ///
    /// # Errors
    ///
    /// When cart is away or what it says can't be read.
    pub async fn cart(&self, owner: &Owner, last: Option<&Turn>) -> Result<Cart, Status> {
        let (user_id, cart_token) = match owner {
            Owner::User(user) => (user.to_string(), String::new()),
            Owner::Guest(token) => (String::new(), token.expose().to_owned()),
        };
        let request = GetCartRequest { user_id, cart_token, ordered: last.map(ordered) };
        let answer = grpc::ask(|| {
            let (mut carts, request) = (self.carts.clone(), request.clone());
            async move { carts.get_cart(request).await }
        })
        .await?;
        let lines = answer.lines.into_iter().map(cart_line).collect::<Result<_, _>>()?;
        let state = CartState {
            cart: owner.name(),
            last: last.map(|turn| turn.order_id),
            revision: some(answer.revision),
            merged: answer.merged,
        };
        Ok(Cart { lines, state })
    }

    /// What these cost now; those not for sale are left out.
    ///
    /// # Errors
    ///
    /// When product is away or what it says can't be read.
    pub async fn offers(&self, cart: &[CartLine]) -> Result<Vec<Offer>, Status> {
        if cart.is_empty() {
            return Ok(Vec::new());
        }
        let variant = |line: &CartLine| line.variant_id.unwrap_or(line.product_id.default_variant());
        let variant_ids = cart.iter().map(|line| variant(line).to_string()).collect();
        let request = GetOffersRequest { variant_ids, ..Default::default() };
        let answer = grpc::ask(|| {
            let (mut catalog, request) = (self.catalog.clone(), request.clone());
            async move { catalog.get_offers(request).await }
        })
        .await?;
        answer.offers.into_iter().map(offer).collect()
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn ordered(turn: &Turn) -> OrderedCart {
    let line = |(variant, quantity): &(VariantId, u32)| WireLine {
        product_id: String::new(),
        quantity: *quantity,
        variant_id: variant.to_string(),
    };
    OrderedCart {
        order_id: turn.order_id.to_string(),
        revision: turn.revision.clone().unwrap_or_default(),
        lines: turn.lines.iter().map(line).collect(),
    }
}

fn cart_line(line: WireLine) -> Result<CartLine, Status> {
    let variant = some(line.variant_id).map(|id| id.parse()).transpose();
    Ok(CartLine {
        product_id: read("cart", line.product_id.parse())?,
        variant_id: read("cart", variant)?,
        quantity: line.quantity,
    })
}

fn offer(offer: WireOffer) -> Result<Offer, Status> {
    let variant = some(offer.variant_id).map(|id| id.parse()).transpose();
    let option_values = offer.option_values.into_iter().map(|pair| (pair.option, pair.value));
    let look =
        Look { slug: some(offer.slug), image: some(offer.image), option_values: option_values.collect() };
    let category_ids = offer.category_ids.iter().map(|id| id.parse()).collect::<Result<_, _>>();
    Ok(Offer {
        product_id: read("product", offer.product_id.parse())?,
        variant_id: read("product", variant)?,
        sku: offer.sku,
        name: offer.name,
        variant_name: some(offer.variant_name),
        unit_price: Money::new(offer.unit_price_minor, read("product", offer.currency.parse())?),
        available: offer.available,
        max_quantity: Some(offer.max_quantity).filter(|most| *most > 0),
        tax_class: some(offer.tax_class).unwrap_or_else(|| tax::STANDARD.to_owned()),
        category_ids: read("product", category_ids)?,
        measures: Measures {
            weight_grams: offer.weight_grams,
            length_mm: offer.length_mm,
            width_mm: offer.width_mm,
            height_mm: offer.height_mm,
        },
        look,
    })
}
