//! /api/v1/locations

use axum::{Json as Answer, extract::State};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody, rules::is_line},
};
use warung_contracts::id::LocationId;

use super::{
    App,
    etag::{self, ExpectedVersion, Tagged},
};
use crate::{
    commands::put_location,
    store::locations::{self, Location},
};

/// A place where stock is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationBody {
    id: LocationId,
    /// The seller's own name for it in files.
    code: String,
    name: String,
    /// Locations with a lower number serve first.
    priority: i32,
    /// Whether orders are served from there.
    active: bool,
    /// Where stock goes when nobody names a location.
    by_default: bool,
}

impl From<Location> for LocationBody {
    fn from(location: Location) -> Self {
        let Location { id, code, name, priority, active, by_default, version: _ } = location;
        Self { id, code, name, priority, active, by_default }
    }
}

/// A new place.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLocation {
    /// Lower-case letters, digits and hyphens; unique, never changes.
    #[garde(length(min = 1, max = 40), custom(is_code))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9-]+$")]
    code: String,
    #[garde(length(chars, min = 1, max = 100), custom(is_line))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Locations with a lower number serve first; 100 when left out.
    #[garde(skip)]
    #[serde(default)]
    priority: Option<i32>,
}

/// What changes; a field that is left out stays as it is.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationPatch {
    #[garde(length(chars, min = 1, max = 100), inner(custom(is_line)))]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[garde(skip)]
    priority: Option<i32>,
    /// false: no order is served from there any more; what is reserved there is.
    #[garde(skip)]
    active: Option<bool>,
}

fn is_code(code: &str, (): &()) -> garde::Result {
    match code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        true => Ok(()),
        false => Err(garde::Error::new("write lower-case letters, digits and hyphens alone")),
    }
}

/// List places where stock is kept
///
/// In the order in which they serve.
#[utoipa::path(get, path = "/api/v1/locations", operation_id = "list_locations", tag = "stock", params(PageQuery),
    responses((status = 200, body = Page<LocationBody>), (status = 400, body = ProblemBody)))]
pub async fn list_locations(
    _: Permitted,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<LocationBody>>, Problem> {
    let rows = locations::list(app.db.pool(), page.after()?, i64::from(page.limit()) + 1).await?;
    let places = Page::of(rows, page.limit(), |location| (location.priority, location.id));
    Ok(Answer(places.map(LocationBody::from)))
}

/// Show a place
#[utoipa::path(get, path = "/api/v1/locations/{id}", operation_id = "get_location", tag = "stock",
    params(("id" = LocationId, Path)),
    responses((status = 200, body = LocationBody, headers(("ETag" = String))), (status = 404, body = ProblemBody)))]
pub async fn get_location(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<LocationId>,
) -> Result<Tagged<Answer<LocationBody>>, Problem> {
    let found = locations::find(app.db.pool(), id).await?;
    let location = found.ok_or_else(|| Problem::not_found("location"))?;
    Ok((etag::header(location.version), Answer(location.into())))
}

/// Add a place
#[utoipa::path(post, path = "/api/v1/locations", operation_id = "create_location", tag = "stock", request_body = NewLocation,
    responses((status = 201, body = LocationBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "code-taken")))]
pub async fn create_location(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Json(body): Json<NewLocation>,
) -> Result<Tagged<Reply<LocationBody>>, Problem> {
    let NewLocation { code, name, priority } = body;
    let mut tx = app.db.begin().await?;
    let new = put_location::NewLocation { code, name, priority: priority.unwrap_or(100) };
    let location = put_location::add(&mut tx, new, &claims.sub.to_string()).await?;
    tx.commit().await?;
    let at = format!("/api/v1/locations/{}", location.id);
    Ok((etag::header(location.version), Reply::created(at, location.into())))
}

/// Change a place
#[utoipa::path(patch, path = "/api/v1/locations/{id}", operation_id = "edit_location", tag = "stock",
    params(("id" = LocationId, Path), ("If-Match" = Option<String>, Header)), request_body = LocationPatch,
    responses((status = 200, body = LocationBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub async fn edit_location(
    Permitted(claims): Permitted,
    State(app): State<App>,
    Path(id): Path<LocationId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<LocationPatch>,
) -> Result<Tagged<Answer<LocationBody>>, Problem> {
    let LocationPatch { name, priority, active } = body;
    let mut tx = app.db.begin().await?;
    let patch = put_location::Patch { name, priority, active };
    let edited = put_location::edit(&mut tx, id, expected, patch, &claims.sub.to_string()).await;
    // Here it is what was asked for, not a field of a body.
    let missing = |error| match error {
        crate::commands::Error::NoLocation(_) => Problem::not_found("location"),
        other => other.into(),
    };
    let location = edited.map_err(missing)?;
    tx.commit().await?;
    Ok((etag::header(location.version), Answer(location.into())))
}
