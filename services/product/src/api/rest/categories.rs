//! /api/v1/categories

use axum::{Json as Answer, extract::State};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Problem, Reply, problem::ProblemBody},
};
use warung_contracts::id::CategoryId;

use super::App;
use crate::{
    commands::add_category,
    domain::category::{Branch, Category, tree},
    store,
};

/// A category and what is below it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryBody {
    id: CategoryId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<CategoryId>,
    slug: String,
    name: String,
    #[schema(no_recursion)]
    children: Vec<CategoryBody>,
}

impl CategoryBody {
    fn of(category: Category, children: Vec<Branch>) -> Self {
        let children = children.into_iter().map(|b| Self::of(b.category, b.children)).collect();
        let Category { id, parent_id, slug, name } = category;
        Self { id, parent_id, slug, name, children }
    }
}

/// The whole tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryTree {
    items: Vec<CategoryBody>,
}

/// A new category.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    /// The category above it; a root when left out.
    #[garde(skip)]
    #[serde(default)]
    parent_id: Option<CategoryId>,
    /// Lower-case letters, digits and single hyphens; unique.
    #[garde(length(min = 1, max = 64), custom(is_slug))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: String,
    #[garde(length(chars, min = 1, max = 120))]
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

fn is_slug(slug: &str, (): &()) -> garde::Result {
    let word =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    match slug.split('-').all(word) {
        true => Ok(()),
        false => {
            Err(garde::Error::new("write lower-case letters and digits, words joined by single hyphens"))
        }
    }
}

/// The tree of categories.
#[utoipa::path(get, path = "/api/v1/categories", operation_id = "list_categories", tag = "catalogue",
    responses((status = 200, body = CategoryTree)))]
pub async fn list_categories(State(app): State<App>) -> Result<Answer<CategoryTree>, Problem> {
    let all = store::categories::all(app.db.pool()).await?;
    let items = tree(all).into_iter().map(|b| CategoryBody::of(b.category, b.children)).collect();
    Ok(Answer(CategoryTree { items }))
}

/// Adds a category.
#[utoipa::path(post, path = "/api/v1/categories", operation_id = "create_category", tag = "catalogue",
    request_body = NewCategory,
    responses((status = 201, body = CategoryBody), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "slug-taken")))]
pub async fn create_category(
    _: Permitted,
    State(app): State<App>,
    Json(body): Json<NewCategory>,
) -> Result<Reply<CategoryBody>, Problem> {
    let NewCategory { parent_id, slug, name } = body;
    let mut tx = app.db.begin().await?;
    let category = add_category::run(&mut tx, add_category::Input { parent_id, slug, name }).await?;
    tx.commit().await?;
    // Categories are seen as the tree they are.
    Ok(Reply::created("/api/v1/categories", CategoryBody::of(category, vec![])))
}
