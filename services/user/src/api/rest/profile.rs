//! The caller's profile.

use axum::{extract::State, http::HeaderMap};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    db::Db,
    http::{
        Json, Problem,
        etag::{self, IfMatch},
        problem::ProblemBody,
    },
};
use warung_contracts::{id::UserId, phone};

use crate::{
    api::problems,
    commands::change_profile,
    domain::{
        profile::{self, Change, Profile},
        text,
    },
    store,
};

/// What somebody says of themselves.
#[derive(Serialize, ToSchema)]
pub struct ProfileBody {
    id: UserId,
    email: String,
    name: String,
    /// BCP 47 tag of the language of emails.
    locale: String,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// Grows with each change; the number in the entity tag.
    version: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<Profile> for ProfileBody {
    fn from(profile: Profile) -> Self {
        let Profile { user_id, email, name, locale, phone, version, created_at } = profile;
        Self { id: user_id, email, name, locale, phone, version, created_at }
    }
}

/// What changes; what is left out stays.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    #[garde(inner(custom(|name: &str, _| said(text::line(name, profile::NAME_MAX)))))]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    #[garde(inner(custom(|locale: &str, _| said(profile::locale(locale)))))]
    locale: Option<String>,
    /// `null` takes the number away.
    #[garde(inner(inner(custom(|number: &str, _| said(phone::parse(number))))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
}

/// A rule of the domain as one of the body's, so that all wrong fields are named at once.
fn said(parsed: Result<String, String>) -> garde::Result {
    parsed.map(drop).map_err(garde::Error::new)
}

/// Tells `null` from a field that is left out (RFC 7396).
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Show my profile
#[utoipa::path(
    get,
    path = "/api/v1/me",
    operation_id = "get_profile",
    tag = "user",
    responses(
        (status = 200, description = "The profile; ETag names its version", body = ProfileBody),
        (status = 404, description = "It is being prepared, for a moment after registration", body = ProblemBody),
    )
)]
pub async fn get_profile(
    Customer(caller): Customer,
    State(db): State<Db>,
) -> Result<(HeaderMap, Json<ProfileBody>), Problem> {
    let mut conn = db.pool().acquire().await?;
    let profile = match store::profiles::find(&mut *conn, caller.sub).await? {
        Some(profile) => profile,
        None if store::profiles::is_erased(&mut conn, caller.sub).await? => {
            return Err(Problem::account_gone());
        }
        None => return Err(problems::no_profile()),
    };
    Ok((etag::header(profile.version), Json(profile.into())))
}

/// Change my profile
///
/// Send `If-Match` with the entity tag you read, so that nobody's change is lost.
#[utoipa::path(
    patch,
    path = "/api/v1/me",
    operation_id = "update_profile",
    tag = "user",
    params(("If-Match" = Option<String>, Header, description = "The entity tag that was read")),
    request_body = ProfilePatch,
    responses(
        (status = 200, description = "The profile as it is now", body = ProfileBody),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "It is being prepared", body = ProblemBody),
        (status = 412, description = "It has changed meanwhile", body = ProblemBody),
    )
)]
pub async fn update_profile(
    Customer(caller): Customer,
    State(db): State<Db>,
    IfMatch(expected): IfMatch,
    Json(patch): Json<ProfilePatch>,
) -> Result<(HeaderMap, Json<ProfileBody>), Problem> {
    let ProfilePatch { name, locale, phone } = patch;
    let change = Change {
        name: parsed("name", name, |name| text::line(name, profile::NAME_MAX))?,
        locale: parsed("locale", locale, profile::locale)?,
        phone: match phone {
            Some(phone) => Some(parsed("phone", phone, phone::parse)?),
            None => None,
        },
    };
    let mut tx = db.begin().await?;
    let profile = change_profile::run(&mut tx, caller.sub, expected, change).await?;
    tx.commit().await?;
    Ok((etag::header(profile.version), Json(profile.into())))
}

fn parsed(
    field: &'static str,
    text: Option<String>,
    parse: impl Fn(&str) -> Result<String, String>,
) -> Result<Option<String>, Problem> {
    text.map(|text| parse(&text).map_err(|detail| Problem::field(field, detail))).transpose()
}
