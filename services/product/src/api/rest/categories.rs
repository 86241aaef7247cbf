//! /api/v1/categories

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Path, Problem, Reply, problem::ProblemBody, rules::is_line},
};
use warung_contracts::id::CategoryId;

use super::{
    App,
    etag::{self, ExpectedVersion, Tagged},
    given::given,
    reader::{Language, content_language},
};
use crate::{
    commands::put_category::{self, Patch},
    domain::{
        category::{Branch, Category, Names, name_in, tree},
        locale::{LANGUAGES_MAX, Languages, Wanted, is_tag},
    },
    store,
};

/// A category and what is below it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryBody {
    id: CategoryId,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<CategoryId>,
    slug: String,
    /// In the language that was asked for, where there is a translation.
    name: String,
    /// Among its siblings; those of one position stand by name.
    position: i32,
    /// Names in languages beside the catalogue's own, by tag.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    translations: Names,
    #[schema(no_recursion)]
    children: Vec<CategoryBody>,
}

impl CategoryBody {
    /// `spoken` takes the languages of the names.
    fn of(branch: Branch, wanted: &Wanted, spoken: &mut Vec<Option<String>>) -> Self {
        let Branch { category, children } = branch;
        let children = children.into_iter().map(|below| Self::of(below, wanted, spoken)).collect();
        let Category { id, parent_id, slug, name, position, translations, version: _ } = category;
        let (name, tag) = name_in(name, &translations, wanted);
        spoken.push(tag);
        Self { id, parent_id, slug, name, position, translations, children }
    }

    /// A category alone, as whoever edits it sees it.
    fn alone(category: Category) -> Self {
        Self::of(Branch { category, children: vec![] }, &Wanted::default(), &mut vec![])
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
    #[garde(length(chars, min = 1, max = 120), custom(is_line))]
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// 0 when left out.
    #[garde(range(min = 0, max = 1_000_000))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1000000)]
    position: i32,
    /// Names in other languages, by tag such as `en`.
    #[garde(custom(are_names))]
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    translations: Names,
}

/// What changes; a field that is left out stays as it is (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryPatch {
    /// null makes it a root; what is below it moves along.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<CategoryId>)]
    parent_id: Option<Option<CategoryId>>,
    #[garde(length(min = 1, max = 64), inner(custom(is_slug)))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    #[garde(length(chars, min = 1, max = 120), inner(custom(is_line)))]
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    #[garde(inner(range(min = 0, max = 1_000_000)))]
    #[schema(minimum = 0, maximum = 1000000)]
    position: Option<i32>,
    /// All of them.
    #[garde(inner(custom(are_names)))]
    #[schema(value_type = Option<std::collections::HashMap<String, String>>)]
    translations: Option<Names>,
}

fn are_names(names: &Names, (): &()) -> garde::Result {
    if names.len() > LANGUAGES_MAX {
        return Err(garde::Error::new(format!("there are at most {LANGUAGES_MAX} languages")));
    }
    for (tag, name) in names {
        if !is_tag(tag) {
            return Err(garde::Error::new(format!("{tag:?} is no language tag such as en or pt-BR")));
        }
        if name.chars().count() > 120 || is_line(name, &()).is_err() {
            return Err(garde::Error::new(format!(
                "{tag}: a name is 1 to 120 characters long, not blank, and without line breaks and other control characters"
            )));
        }
    }
    Ok(())
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

/// Show the tree of categories
///
/// Siblings in their order.
#[utoipa::path(get, path = "/api/v1/categories", operation_id = "list_categories", tag = "catalogue",
    params(("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CategoryTree)))]
pub async fn list_categories(
    State(app): State<App>,
    Language(wanted): Language,
) -> Result<(HeaderMap, Answer<CategoryTree>), Problem> {
    let all = store::categories::all(app.db.pool()).await?;
    let mut spoken = Vec::new();
    let items = tree(all).into_iter().map(|root| CategoryBody::of(root, &wanted, &mut spoken)).collect();
    let languages = Languages::from_iter(spoken).header(&app.config.locale);
    Ok((content_language(languages), Answer(CategoryTree { items })))
}

/// Show a category
///
/// Without what is below it.
#[utoipa::path(get, path = "/api/v1/categories/{id}", operation_id = "get_category", tag = "catalogue",
    params(("id" = CategoryId, Path), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CategoryBody, headers(("ETag" = String), ("Content-Language" = String))),
        (status = 404, body = ProblemBody)))]
pub async fn get_category(
    State(app): State<App>,
    Path(id): Path<CategoryId>,
    Language(wanted): Language,
) -> Result<impl IntoResponse, Problem> {
    let found = store::categories::find(app.db.pool(), id).await?;
    let category = found.ok_or_else(|| Problem::not_found("category"))?;
    let (version, mut spoken) = (category.version, Vec::new());
    let body = CategoryBody::of(Branch { category, children: vec![] }, &wanted, &mut spoken);
    let languages = Languages::from_iter(spoken).header(&app.config.locale);
    Ok((content_language(languages), etag::header(version), Answer(body)))
}

/// Add a category
#[utoipa::path(post, path = "/api/v1/categories", operation_id = "create_category", tag = "catalogue",
    request_body = NewCategory,
    responses((status = 201, body = CategoryBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "slug-taken")))]
pub async fn create_category(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Json(body): Json<NewCategory>,
) -> Result<Tagged<Reply<CategoryBody>>, Problem> {
    let NewCategory { parent_id, slug, name, position, translations } = body;
    let new = put_category::NewCategory { parent_id, slug, name, position, translations };
    let mut tx = app.db.begin().await?;
    let category = put_category::add(&mut tx, new, &claims.sub.to_string()).await?;
    tx.commit().await?;
    let at = format!("/api/v1/categories/{}", category.id);
    Ok((etag::header(category.version), Reply::created(at, CategoryBody::alone(category))))
}

/// Change a category
///
/// Renames, moves or orders it. What is below it moves along; addresses with its old slug end.
#[utoipa::path(patch, path = "/api/v1/categories/{id}", operation_id = "edit_category", tag = "catalogue",
    params(("id" = CategoryId, Path), ("If-Match" = Option<String>, Header)), request_body = CategoryPatch,
    responses((status = 200, body = CategoryBody, description = "As it is now, without what is below it",
            headers(("ETag" = String))),
        (status = 400, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "slug-taken"), (status = 412, body = ProblemBody)))]
pub async fn edit_category(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<CategoryId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<CategoryPatch>,
) -> Result<Tagged<Answer<CategoryBody>>, Problem> {
    let CategoryPatch { parent_id, slug, name, position, translations } = body;
    let mut tx = app.db.begin().await?;
    let patch = Patch { parent_id, slug, name, position, translations };
    let category = put_category::edit(&mut tx, id, expected, patch, &claims.sub.to_string()).await?;
    tx.commit().await?;
    Ok((etag::header(category.version), Answer(CategoryBody::alone(category))))
}

/// Delete a category
///
/// One that holds neither categories nor products, archived ones included.
#[utoipa::path(delete, path = "/api/v1/categories/{id}", operation_id = "delete_category", tag = "catalogue",
    params(("id" = CategoryId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Gone"), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "category-in-use"), (status = 412, body = ProblemBody)))]
pub async fn delete_category(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<CategoryId>,
    ExpectedVersion(expected): ExpectedVersion,
) -> Result<StatusCode, Problem> {
    let mut tx = app.db.begin().await?;
    put_category::remove(&mut tx, id, expected, &claims.sub.to_string()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
