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
use crate::{
    commands::note::Desk,
    domain::{
        channel::Channel,
        language::Language,
        template::{Facts, Kind, Text},
        topic::Topic,
        wording::Wording,
    },
    store::wordings,
};

/// An event that people are told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateBody {
    event: &'static str,
    topic: Topic,
    channels: Vec<Channel>,
    locales: Vec<&'static str>,
}

/// Every event that people are told of.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateList {
    items: Vec<TemplateBody>,
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

/// List what people are told of
#[utoipa::path(
    get, path = "/api/v1/notifications/templates", operation_id = "list_templates", tag = "notification",
    responses(
        (status = 200, description = "Every event that is told, with its channels", body = TemplateList),
    ),
)]
pub async fn list_templates(State(shared): State<Arc<Shared>>, _: Permitted) -> axum::Json<TemplateList> {
    let locales: Vec<&str> = Language::ALL.iter().map(|language| language.tag()).collect();
    let body = |(event, channels)| TemplateBody {
        event,
        topic: Topic::of(event),
        channels,
        locales: locales.clone(),
    };
    axum::Json(TemplateList { items: shared.desk.templates.events().into_iter().map(body).collect() })
}

/// See a message before it is sent
///
/// Of a sample of its event, in the words that count now.
#[utoipa::path(
    get, path = "/api/v1/notifications/templates/{event}", operation_id = "preview_template", tag = "notification",
    params(("event" = String, Path, description = "Type of the event, such as warung.order.placed.v1"), PreviewQuery),
    responses(
        (status = 200, description = "The message", body = Preview),
        (status = 400, description = "The query is not valid", body = ProblemBody),
        (status = 404, description = "Nobody is told of the event on this channel, in whatever language", body = ProblemBody),
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
    let mut conn = shared.db.pool().acquire().await?;
    let own = wordings::newest(&mut conn, kind).await?.and_then(|version| version.wording);
    Sample::of(&shared.desk, kind, query.name).show(own.as_ref()).map(axum::Json)
}

/// A message to nobody, of the sample of its event.
pub struct Sample<'a> {
    desk: &'a Desk,
    kind: Kind<'a>,
    name: String,
    link: String,
    unsubscribe: String,
}

impl<'a> Sample<'a> {
    /// To a reader of this name.
    pub fn of(desk: &'a Desk, kind: Kind<'a>, name: Option<String>) -> Self {
        let mandatory = Topic::of(kind.event_type).is_mandatory(kind.channel);
        let unsubscribe = if mandatory { String::new() } else { format!("{}/…", desk.api_url) };
        let name = name.unwrap_or_else(|| "Siti Rahma".into());
        Self { desk, kind, name, link: format!("{}/…", desk.links_url), unsubscribe }
    }

    fn facts(&self) -> Facts<'_> {
        let Self { name, link, unsubscribe, .. } = self;
        Facts { shop: &self.desk.shop, reader: "customer", name, number: "KOPI-000042", link, unsubscribe }
    }

    /// Whether it can be told in these words.
    ///
    /// # Errors
    ///
    /// 400 with the field that is wrong.
    pub fn check(&self, wording: &Wording) -> Result<(), Problem> {
        let checked = self.desk.templates.check(self.kind, wording, self.facts());
        checked.map_err(|flaw| Problem::field(flaw.field, flaw.detail))
    }

    /// The message, in these words or in the built-in ones.
    ///
    /// # Errors
    ///
    /// 500 when words that were checked do not fit.
    pub fn show(&self, wording: Option<&Wording>) -> Result<Preview, Problem> {
        let text =
            self.desk.templates.preview(self.kind, wording, self.facts()).map_err(Problem::internal)?;
        let Text { subject, body, html } = text;
        let Kind { event_type, channel, language } = self.kind;
        Ok(Preview { event: event_type.to_owned(), channel, locale: language.tag(), subject, body, html })
    }
}
