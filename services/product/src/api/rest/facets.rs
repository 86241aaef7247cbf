//! /api/v1/products/facets

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::http::{Problem, Query, problem::ProblemBody};
use warung_contracts::id::CategoryId;

use super::{
    App,
    narrow::Narrow,
    reader::{Address, Language, kept},
    search::words,
};
use crate::{
    domain::{category::name_in, locale::Wanted},
    store::documents::{self, CategoryCount, Facets, Range},
};

/// What was searched for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacetQuery {
    /// Whole words, as in a search.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    q: Option<String>,
}

/// By what a list could be narrowed, and how much would be left.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetsBody {
    total: u64,
    /// Products of which something can be bought.
    in_stock: u64,
    /// Products of which something costs less than the price it is compared with.
    on_sale: u64,
    categories: Vec<CategoryFacet>,
    options: Vec<OptionFacet>,
    /// Ranges that hold about as many prices each, the lowest first. A product whose variants have prices in several of
    /// them is counted in each.
    prices: Vec<Range>,
}

/// Products in a category or below it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryFacet {
    category_id: CategoryId,
    slug: String,
    /// In the language that was asked for, where there is a translation.
    name: String,
    count: u64,
}

/// The values of an option.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionFacet {
    name: String,
    values: Vec<ValueFacet>,
}

/// Products that come with a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueFacet {
    value: String,
    count: u64,
}

impl FacetsBody {
    fn of(facets: Facets, wanted: &Wanted) -> Self {
        let mut options: Vec<OptionFacet> = Vec::new();
        for (choice, count) in facets.choices {
            let Some((name, value)) = choice.split_once('=') else { continue };
            let value = ValueFacet { value: value.to_owned(), count };
            match options.iter_mut().find(|option| option.name == name) {
                Some(option) => option.values.push(value),
                None => options.push(OptionFacet { name: name.to_owned(), values: vec![value] }),
            }
        }
        let category = |CategoryCount { category_id, slug, name, translations, count }| CategoryFacet {
            category_id: CategoryId(category_id),
            slug,
            name: name_in(name, &translations, wanted),
            count,
        };
        let categories = facets.categories.into_iter().map(category).collect();
        let Facets { total, in_stock, on_sale, prices, .. } = facets;
        Self { total, in_stock, on_sale, categories, options, prices }
    }
}

/// Show by what a list could be narrowed
///
/// With how many products would be left each time: as many as a list shows then. Each is counted as if nothing of its own kind
/// had been chosen yet (the sizes whatever size is chosen, the prices whatever bounds), but categories, which are counted
/// below the one that is chosen.
#[utoipa::path(get, path = "/api/v1/products/facets", operation_id = "list_facets", tag = "catalogue", 
    params(FacetQuery, Narrow, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = FacetsBody), (status = 400, body = ProblemBody)))]
pub async fn list_facets(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(FacetQuery { q }): Query<FacetQuery>,
    Query(narrow): Query<Narrow>,
) -> Result<Response, Problem> {
    let text = q.as_deref().map(words).transpose()?;
    let filter = narrow.filter()?;
    let (pool, now) = (app.db.pool(), app.db.clock().now());
    let make = async {
        let facets = documents::facets(pool, &filter, text, now).await?;
        Ok(FacetsBody::of(facets, &wanted))
    };
    kept(&app, address, &wanted, make).await
}
