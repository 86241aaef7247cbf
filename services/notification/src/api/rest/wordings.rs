//! Messages in the shop's own words, for administrators.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{
        Json, Path, Problem, Reply, etag,
        etag::IfMatch,
        problem::ProblemBody,
        rules::{is_said, is_text},
    },
};
use warung_contracts::id::UserId;

use super::{
    Shared,
    templates::{Preview, Sample},
};
use crate::{
    commands::reword,
    domain::{channel::Channel, language::Language, template::Kind, wording::Wording},
    store::wordings::{self, Version},
};

/// Versions of one answer at most: the newest ones.
const VERSIONS_MAX: i64 = 100;

/// Which message.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Named {
    /// Type of the event, such as warung.order.placed.v1
    event: String,
    /// How it is sent
    channel: Channel,
    /// id or en
    locale: String,
}

/// Words of a message: templates in a part of the language of [MiniJinja](https://docs.rs/minijinja). They may name `shop`,
/// `name`, `number`, `link`, `unsubscribe`, `language` and what `event` holds, compare it (`if`) and go through its lists
/// (`for`); `money` and `moment` write amounts and times. What makes texts grow (arithmetic, joining, `set`, `macro`, calls)
/// is refused, and so is what comes to more than 64 KiB.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageWords {
    /// Of an email the subject, of a push message the title; left out for text messages.
    #[serde(default)]
    #[garde(length(chars, max = 200), custom(is_text))]
    #[schema(max_length = 200, example = "Thank you, {{ name }}")]
    subject: String,
    /// Plain text; an email's HTML part is made of it, and shows `<b>` as it is written.
    #[garde(length(chars, min = 1, max = 10_000), custom(is_said))]
    #[schema(min_length = 1, max_length = 10_000, example = "We have your order {{ number }}.")]
    body: String,
}

impl From<MessageWords> for Wording {
    fn from(MessageWords { subject, body }: MessageWords) -> Self {
        Self { subject, body }
    }
}

/// The words that a message is told in now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageWording {
    event: String,
    channel: Channel,
    locale: &'static str,
    subject: String,
    body: String,
    /// Whether these are the built-in words.
    built_in: bool,
    /// Counts changes; 0 when there was none.
    version: i64,
    /// Who wrote or took back the last version.
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_by: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    edited_at: Option<OffsetDateTime>,
}

/// What a message was told in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageVersion {
    version: i64,
    /// Absent where the built-in words were taken again.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    edited_by: UserId,
    #[serde(with = "time::serde::rfc3339")]
    edited_at: OffsetDateTime,
}

/// Versions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageVersions {
    /// At most 100.
    items: Vec<MessageVersion>,
}

impl From<Version> for MessageVersion {
    fn from(Version { number, wording, edited_by, edited_at }: Version) -> Self {
        let (subject, body) = wording.map(|wording| (wording.subject, wording.body)).unzip();
        Self { version: number, subject, body, edited_by, edited_at }
    }
}

/// The message that an address names.
///
/// # Errors
///
/// 404 for one that is not sent.
fn kind<'n>(shared: &Shared, Named { event, channel, locale }: &'n Named) -> Result<Kind<'n>, Problem> {
    let kind = |language| Kind { event_type: event, channel: *channel, language };
    let sent = Language::tagged(locale)
        .map(kind)
        .filter(|kind| shared.desk.templates.has(kind.event_type, kind.channel));
    sent.ok_or_else(|| Problem::not_found("message"))
}

fn tagged(
    shared: &Shared,
    kind: Kind<'_>,
    newest: Option<Version>,
) -> Result<(HeaderMap, Reply<MessageWording>), Problem> {
    let version = newest.as_ref().map_or(0, |version| version.number);
    let (edited_by, edited_at) =
        newest.as_ref().map(|version| (version.edited_by, version.edited_at)).unzip();
    let own = newest.and_then(|version| version.wording);
    let built_in = own.is_none();
    let words = own.or_else(|| shared.desk.templates.built_in(kind));
    let Wording { subject, body } = words.ok_or_else(|| Problem::not_found("message"))?;
    let (event, channel, locale) = (kind.event_type.to_owned(), kind.channel, kind.language.tag());
    let wording =
        MessageWording { event, channel, locale, subject, body, built_in, version, edited_by, edited_at };
    Ok((etag::header(version), Reply::ok(wording)))
}

/// Show the words of a message
#[utoipa::path(
    get, path = "/api/v1/notifications/templates/{event}/{channel}/{locale}", operation_id = "get_message_words", tag = "notification",
    params(Named),
    responses(
        (status = 200, description = "The words", body = MessageWording, headers(("ETag" = String, description = "Their version"))),
        (status = 404, description = "No such message", body = ProblemBody),
    ),
)]
pub async fn get_message_words(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(named): Path<Named>,
) -> Result<(HeaderMap, Reply<MessageWording>), Problem> {
    let kind = kind(&shared, &named)?;
    let mut conn = shared.db.pool().acquire().await?;
    let newest = wordings::newest(&mut conn, kind).await?;
    tagged(&shared, kind, newest)
}

/// Say a message in other words
///
/// They are tried on a sample of the event first. Every version is kept. Should they not fit an event after all, that one is
/// told in the built-in words.
#[utoipa::path(
    put, path = "/api/v1/notifications/templates/{event}/{channel}/{locale}", operation_id = "replace_message_words", tag = "notification",
    params(
        Named,
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read"),
    ),
    request_body = MessageWords,
    responses(
        (status = 200, description = "Events from now on are told so", body = MessageWording, headers(("ETag" = String, description = "Their version"))),
        (status = 400, description = "They can't be filled in; see errors", body = ProblemBody),
        (status = 404, description = "No such message", body = ProblemBody),
        (status = 409, description = "Somebody else changed them at the same moment", body = ProblemBody),
        (status = 412, description = "Somebody changed them since they were read", body = ProblemBody),
    ),
)]
pub async fn replace_message_words(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(named): Path<Named>,
    expected: IfMatch,
    Json(body): Json<MessageWords>,
) -> Result<(HeaderMap, Reply<MessageWording>), Problem> {
    let (kind, wording) = (kind(&shared, &named)?, Wording::from(body));
    Sample::of(&shared.desk, kind, None).check(&wording)?;
    let mut tx = shared.db.begin().await?;
    let before = wordings::newest(tx.conn(), kind).await?.map_or(0, |version| version.number);
    expected.check(before)?;
    let version = reword::run(&mut tx, kind, before, Some(wording), claims.sub).await?;
    tx.commit().await?;
    tagged(&shared, kind, Some(version))
}

/// Say a message in the built-in words again
#[utoipa::path(
    delete, path = "/api/v1/notifications/templates/{event}/{channel}/{locale}", operation_id = "reset_message_words", tag = "notification",
    params(Named),
    responses(
        (status = 204, description = "The built-in words count from now on"),
        (status = 404, description = "No such message, or it is told in the built-in words", body = ProblemBody),
        (status = 409, description = "Somebody else changed them at the same moment", body = ProblemBody),
    ),
)]
pub async fn reset_message_words(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(named): Path<Named>,
) -> Result<StatusCode, Problem> {
    let kind = kind(&shared, &named)?;
    let mut tx = shared.db.begin().await?;
    let own = wordings::newest(tx.conn(), kind).await?.filter(|version| version.wording.is_some());
    let own = own.ok_or_else(|| Problem::not_found("wording of the shop's own"))?;
    reword::run(&mut tx, kind, own.number, None, claims.sub).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what a message was told in
#[utoipa::path(
    get, path = "/api/v1/notifications/templates/{event}/{channel}/{locale}/versions", operation_id = "list_message_versions", tag = "notification",
    params(Named),
    responses(
        (status = 200, description = "Its versions, newest first", body = MessageVersions),
        (status = 404, description = "No such message", body = ProblemBody),
    ),
)]
pub async fn list_message_versions(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(named): Path<Named>,
) -> Result<axum::Json<MessageVersions>, Problem> {
    let kind = kind(&shared, &named)?;
    let mut conn = shared.db.pool().acquire().await?;
    let versions = wordings::versions(&mut conn, kind, VERSIONS_MAX).await?;
    Ok(axum::Json(MessageVersions { items: versions.into_iter().map(MessageVersion::from).collect() }))
}

/// See a message in words that nobody is told yet
///
/// Of a sample of its event; nothing is kept.
#[utoipa::path(
    post, path = "/api/v1/notifications/templates/{event}/{channel}/{locale}/preview", operation_id = "preview_message_words", tag = "notification",
    params(Named),
    request_body = MessageWords,
    responses(
        (status = 200, description = "The message", body = Preview),
        (status = 400, description = "The words can't be filled in; see errors", body = ProblemBody),
        (status = 404, description = "No such message", body = ProblemBody),
    ),
)]
pub async fn preview_message_words(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(named): Path<Named>,
    Json(body): Json<MessageWords>,
) -> Result<axum::Json<Preview>, Problem> {
    let (kind, wording) = (kind(&shared, &named)?, Wording::from(body));
    let sample = Sample::of(&shared.desk, kind, None);
    sample.check(&wording)?;
    sample.show(Some(&wording)).map(axum::Json)
}
