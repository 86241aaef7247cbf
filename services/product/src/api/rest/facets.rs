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
    domain::{
        category::name_in,
        locale::{Languages, Wanted},
    },
    store::documents::{self, CategoryCount, Facets, Labels, Range},
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
    /// What filters call it, in every language.
    name: String,
    /// What it is called in the language that was asked for, where that has a word of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    values: Vec<ValueFacet>,
}

/// Products that come with a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueFacet {
    /// What filters call it, in every language.
    value: String,
    /// What it is called in the language that was asked for, where that has a word of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    count: u64,
}

/// What things are called in the language that is wanted, and which languages that came to.
struct Words<'w> {
    labels: Labels,
    wanted: &'w Wanted,
    spoken: Vec<Option<String>>,
}

impl Words<'_> {
    /// What an option or a value of it is called, where there is a word of that language.
    fn label(&mut self, choice: &str) -> Option<String> {
        let names = self.labels.get(choice)?;
        let (label, tag) = name_in(String::new(), names, self.wanted);
        tag.is_some().then(|| {
            self.spoken.push(tag);
            label
        })
    }

    fn category(&mut self, category: CategoryCount) -> CategoryFacet {
        let CategoryCount { category_id, slug, name, translations, count } = category;
        let (name, tag) = name_in(name, &translations, self.wanted);
        self.spoken.push(tag);
        CategoryFacet { category_id: CategoryId(category_id), slug, name, count }
    }
}

impl FacetsBody {
    fn of(facets: Facets, labels: Labels, wanted: &Wanted) -> (Self, Languages) {
        let Facets { total, in_stock, on_sale, categories, choices, prices } = facets;
        let mut words = Words { labels, wanted, spoken: vec![] };
        let categories = categories.into_iter().map(|category| words.category(category)).collect();
        let options = options(choices, &mut words);
        let languages = words.spoken.into_iter().collect();
        (Self { total, in_stock, on_sale, categories, options, prices }, languages)
    }
}

/// Values by option; what has most products comes first.
fn options(choices: Vec<(String, u64)>, words: &mut Words<'_>) -> Vec<OptionFacet> {
    let mut options: Vec<OptionFacet> = Vec::new();
    for (choice, count) in choices {
        let Some((name, value)) = choice.split_once('=') else { continue };
        let value = ValueFacet { value: value.to_owned(), label: words.label(&choice), count };
        match options.iter_mut().find(|option| option.name == name) {
            Some(option) => option.values.push(value),
            None => {
                let label = words.label(name);
                options.push(OptionFacet { name: name.to_owned(), label, values: vec![value] });
            }
        }
    }
    options
}

/// Every option and value that is counted.
fn choices(facets: &Facets) -> Vec<String> {
    let values = facets.choices.iter().map(|(choice, _)| choice.clone());
    let options = facets.choices.iter().filter_map(|(choice, _)| Some(choice.split_once('=')?.0.to_owned()));
    values.chain(options).collect()
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
        let labels = documents::labels(pool, &choices(&facets)).await?;
        Ok(FacetsBody::of(facets, labels, &wanted))
    };
    kept(&app, address, &wanted, make).await
}
