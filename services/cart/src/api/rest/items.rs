//! /api/v1/cart/items

use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::http::{Json, Path, Problem, problem::ProblemBody};
use warung_contracts::id::{ProductId, VariantId};

use super::{
    App,
    body::{CartBody, answer},
    language::Language,
    owner::Caller,
};
use crate::{
    api::problems::{no_line, not_for_sale, over_limit, too_many_in_cart, too_many_items, too_many_lines},
    domain::{item::Item, line::QUANTITY_MAX, price::Offers},
    store::{Added, GuestToken, Owner, Set, Wanted},
};

/// What to put into the cart.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// Its default variant, where `variant_id` names no other.
    #[serde(default)]
    #[garde(skip)]
    product_id: Option<ProductId>,
    /// Which variant; needs no `product_id`.
    #[serde(default)]
    #[garde(skip)]
    variant_id: Option<VariantId>,
    /// Added to what the cart holds already.
    #[garde(range(min = 1, max = QUANTITY_MAX))]
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

impl NewItem {
    /// The variant that is meant.
    fn variant(&self) -> Result<VariantId, Problem> {
        let default = self.product_id.map(ProductId::default_variant);
        let missing = || Problem::field("product_id", "is missing; name a product or a variant");
        self.variant_id.or(default).ok_or_else(missing)
    }

    /// The product of the variant, as product says, else as the request does.
    fn product(&self, variant: VariantId, offers: &Offers) -> Result<ProductId, Problem> {
        match (offers, self.product_id) {
            (Some(offers), said) => {
                let offer = offers.get(&variant).ok_or_else(|| not_for_sale(variant))?;
                match said {
                    Some(said) if said != offer.product_id => Err(not_for_sale(variant)),
                    _ => Ok(offer.product_id),
                }
            }
            (None, Some(said)) => Ok(said),
            (None, None) => {
                Err(Problem::unavailable(anyhow::anyhow!("product can't be asked for a variant")))
            }
        }
    }
}

/// How many of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    #[garde(range(min = 1, max = QUANTITY_MAX))]
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

/// Put items into the cart
///
/// A guest without a token gets one, in the header `X-Cart-Token` of the answer.
#[utoipa::path(post, path = "/api/v1/cart/items", operation_id = "add_cart_item", tag = "cart", request_body = NewItem,
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CartBody, headers(("X-Cart-Token" = String))),
        (status = 400, body = ProblemBody), (status = 503, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "not-for-sale, cart-full, cart-too-large, line-full")))]
pub async fn add_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Language(language): Language,
    Json(body): Json<NewItem>,
) -> Result<Response, Problem> {
    let (variant, quantity) = (body.variant()?, body.quantity);
    let owner = owner.unwrap_or_else(|| Owner::Guest(GuestToken::random()));
    // One question serves the check and the prices of the answer. When product is away the item is taken on trust: the
    // line says that its price is not known, and a check-out asks product itself.
    let (held, limits) = (app.carts.read(&owner).await?, app.carts.limits());
    let ids: BTreeSet<VariantId> = held.iter().map(|line| line.variant_id).chain([variant]).collect();
    if ids.len() as u64 > limits.lines_max {
        return Err(too_many_lines(limits.lines_max));
    }
    let offers = app.catalog.offers(ids, &language).await;
    let product = body.product(variant, &offers)?;
    let offer = offers.as_ref().and_then(|offers| offers.get(&variant));
    let seen = offer.map(|offer| offer.seen(app.currency)).unwrap_or_default();
    let most = offer.and_then(|offer| offer.max_quantity);
    match app.carts.add(&owner, Wanted { product, variant, quantity, seen, most }).await? {
        Added::Done(lines) => Ok(answer(&app, Some(&owner), &lines, &offers, vec![])),
        Added::TooManyLines => Err(too_many_lines(limits.lines_max)),
        Added::TooManyItems => Err(match most.filter(|&most| most < limits.quantity_max) {
            Some(most) => over_limit(most),
            None => too_many_items(limits),
        }),
        Added::CartTooLarge => Err(too_many_in_cart(limits)),
        Added::AccountGone => Err(Problem::account_gone()),
    }
}

/// Set the quantity of a line
#[utoipa::path(patch, path = "/api/v1/cart/items/{item_id}", operation_id = "set_cart_item", tag = "cart",
    request_body = Quantity,
    params(("item_id" = String, Path, description = "A product, which means its default variant, or a variant", example = "prd_01920000000070008000000000000001"), ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CartBody), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "cart-too-large, line-full")))]
pub async fn set_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Language(language): Language,
    Path(Item(variant)): Path<Item>,
    Json(body): Json<Quantity>,
) -> Result<Response, Problem> {
    let owner = owner.ok_or_else(no_line)?;
    let limits = app.carts.limits();
    if body.quantity > limits.quantity_max {
        return Err(too_many_items(limits));
    }
    // A single one is within every limit.
    if body.quantity > 1
        && let Some(offers) = app.catalog.offers([variant], &language).await
        && let Some(most) = offers.get(&variant).and_then(|offer| offer.max_quantity)
        && body.quantity > most
    {
        return Err(over_limit(most));
    }
    let lines = match app.carts.set(&owner, variant, body.quantity).await? {
        Set::Done(lines) => lines,
        Set::NoLine => return Err(no_line()),
        Set::CartTooLarge => return Err(too_many_in_cart(limits)),
    };
    let offers = app.catalog.offers(lines.iter().map(|line| line.variant_id), &language).await;
    Ok(answer(&app, Some(&owner), &lines, &offers, vec![]))
}

/// Take a line out
#[utoipa::path(delete, path = "/api/v1/cart/items/{item_id}", operation_id = "remove_cart_item", tag = "cart",
    params(("item_id" = String, Path, description = "A product, which means its default variant, or a variant", example = "prd_01920000000070008000000000000001"), ("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses((status = 204, description = "Gone"), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn remove_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Path(Item(variant)): Path<Item>,
) -> Result<StatusCode, Problem> {
    let owner = owner.ok_or_else(no_line)?;
    match app.carts.set(&owner, variant, 0).await? {
        Set::NoLine => Err(no_line()),
        Set::Done(_) | Set::CartTooLarge => Ok(StatusCode::NO_CONTENT),
    }
}
