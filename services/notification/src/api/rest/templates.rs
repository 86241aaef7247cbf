//! Templates, for administrators.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Path, Problem, Query, problem::ProblemBody},
};

use super::Shared;
use crate::domain::{
    channel::Channel,
    language::Language,
    template::{Facts, Kind},
    topic::Topic,
};

/// An event that people are told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateBody {
    event: &'static str,
    topic: Topic,
    channels: Vec<Channel>,
    locales: Vec<&'static str>,
}

/// Which message.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewQuery {
    /// `email` when left out.
    #[garde(skip)]
    channel: Option<Channel>,
    /// A BCP 47 tag, such as `id`; English for those that are not spoken.
    #[garde(inner(length(max = 35)))]
    locale: Option<String>,
    /// What the reader is called.
    #[garde(inner(length(chars, max = 100)))]
    name: Option<String>,
}

/// A message as it would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    event: String,
    channel: Channel,
    locale: &'static str,
    /// Empty for text messages.
    subject: String,
    body: String,
    /// Of emails.
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<String>,
}

/// What people are told of
#[utoipa::path(
    get, path = "/api/v1/notifications/templates", operation_id = "list_templates", tag = "notification",
    responses(
        (status = 200, description = "Every event that is told, with its channels", body = [TemplateBody]),
    ),
)]
pub async fn list_templates(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
) -> axum::Json<Vec<TemplateBody>> {
    let locales: Vec<&str> = Language::ALL.iter().map(|language| language.tag()).collect();
    let body = |(event, channels)| TemplateBody {
        event,
        topic: Topic::of(event),
        channels,
        locales: locales.clone(),
    };
    axum::Json(shared.desk.templates.events().into_iter().map(body).collect())
}

/// See a message before it is sent
///
/// Of a sample of its event.
#[utoipa::path(
    get, path = "/api/v1/notifications/templates/{event}", operation_id = "preview_template", tag = "notification",
    params(("event" = String, Path, description = "Type of the event, such as warung.order.placed.v1"), PreviewQuery),
    responses(
        (status = 200, description = "The message", body = Preview),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "The event is not told on the channel", body = ProblemBody),
    ),
)]
pub async fn preview_template(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(event): Path<String>,
    Query(query): Query<PreviewQuery>,
) -> Result<axum::Json<Preview>, Problem> {
    let channel = query.channel.unwrap_or(Channel::Email);
    let language = Language::of(query.locale.as_deref().unwrap_or_default());
    let templates = &shared.desk.templates;
    if !templates.has(&event, channel) {
        return Err(Problem::not_found("message"));
    }
    let kind = Kind { event_type: &event, channel, language };
    let (link, name) =
        (format!("{}/…", shared.desk.links_url), query.name.unwrap_or_else(|| "Siti Rahma".into()));
    let off = format!("{}/…", shared.desk.api_url);
    let unsubscribe = if Topic::of(&event).is_mandatory(channel) { "" } else { &off };
    let facts =
        Facts { shop: &shared.desk.shop, name: &name, number: "KOPI-000042", link: &link, unsubscribe };
    let text = templates.preview(kind, facts).map_err(Problem::internal)?;
    let (subject, body, html) = (text.subject, text.body, text.html);
    Ok(axum::Json(Preview { event, channel, locale: language.tag(), subject, body, html }))
}
