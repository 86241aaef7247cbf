//! /api/v1/cart/merge

use axum::{extract::State, response::Response};
use warung_chassis::{
    auth::Customer,
    http::{Problem, problem::ProblemBody},
};

use super::{
    App,
    body::{CartBody, answer},
    language::Language,
    owner::SentToken,
};
use crate::{domain::price::Offer, store::Owner};

/// Move the guest's cart into the user's
///
/// After a log-in. Lines of the guest's cart join those of the user's, which keep their place and the price that the user has
/// seen. Quantities of a line in both carts add up, to no more than a line holds and one order may have of the product
/// (`max_quantity`; not held while product can't be asked: then the line is `over_limit` later). New lines come after the
/// user's, in the order in which the guest added them, until the cart is full; a line whose items would be too many for the
/// cart is left out whole. `left_out` names the products of which not all items found a place. The guest's cart is empty
/// then. Sent again, it changes nothing.
#[utoipa::path(post, path = "/api/v1/cart/merge", operation_id = "merge_carts", tag = "cart",
    params(("X-Cart-Token" = String, Header, description = "The guest's token"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CartBody), (status = 400, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub async fn merge_carts(
    Customer(claims): Customer,
    SentToken(token): SentToken,
    State(app): State<App>,
    Language(language): Language,
) -> Result<Response, Problem> {
    let token = token
        .ok_or_else(|| Problem::field("X-Cart-Token", "is missing; send the token of the guest's cart"))?;
    // A guest's cart stays the guest's then; what is merged while an account ends finds no place in its cart.
    if app.carts.is_closed(claims.sub).await? {
        return Err(Problem::account_gone());
    }
    let coming = app.carts.to_merge(&token, claims.sub).await?;
    let offers = app.catalog.offers(coming.iter().map(|line| line.variant_id), &language).await;
    let most = |(variant, offer): (_, Offer)| Some((variant, offer.max_quantity?));
    let most = offers.into_iter().flatten().filter_map(most).collect();
    let left_out = app.carts.merge(&token, claims.sub, &most).await?;
    let owner = Owner::User(claims.sub);
    let lines = app.carts.read(&owner).await?;
    let offers = app.catalog.offers(lines.iter().map(|line| line.variant_id), &language).await;
    Ok(answer(&app, Some(&owner), &lines, &offers, left_out))
}
