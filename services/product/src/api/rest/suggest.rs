//! /api/v1/products/suggest

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::http::{Problem, Query, problem::ProblemBody};
use warung_contracts::id::ProductId;

use super::{
    App,
    reader::{Address, Language, kept},
    search::words,
};
use crate::store::documents::{self, Suggestion};

/// Suggestions of each kind.
const LIMIT: usize = 8;

/// What was typed so far.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// The beginning of a word, after others perhaps.
    #[garde(length(chars, min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    q: String,
}

/// What somebody who is still typing may want.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// Words that begin as the last one does; where there are none, those that it perhaps should have been.
    words: Vec<String>,
    products: Vec<SuggestedProduct>,
}

/// A product that has all words, or words that go on so, in its name, options or SKU.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedProduct {
    id: ProductId,
    slug: String,
    name: String,
}

/// Suggest words and products
///
/// That go on as what was typed; where there are none, as what was perhaps meant: from three letters on with one slip, in whole
/// words as in searches. Products that are called so in the language of the answer come first; then those that are in another
/// language, or have it in an option or, from three letters on, in a SKU.
#[utoipa::path(get, path = "/api/v1/products/suggest", operation_id = "suggest_products", tag = "catalogue",
    params(SuggestQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = Suggestions), (status = 400, body = ProblemBody)))]
pub async fn suggest_products(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(SuggestQuery { q }): Query<SuggestQuery>,
) -> Result<Response, Problem> {
    let typed = words(&q)?;
    let (pool, now) = (app.db.pool(), app.db.clock().now());
    let make = async {
        let (words, products) = documents::suggest(pool, typed, &wanted, now, LIMIT).await?;
        let languages = products.iter().map(|product| product.locale.clone()).collect();
        let body = |Suggestion { id, slug, name, .. }| SuggestedProduct { id, slug, name };
        Ok((Suggestions { words, products: products.into_iter().map(body).collect() }, languages))
    };
    kept(&app, address, &wanted, make).await
}
