//! What the caller wants to hear, and where.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    http::{Json, Problem, problem::ProblemBody},
};
use warung_contracts::id::UserId;

use super::Shared;
use crate::{
    commands::choose,
    domain::{channel::Channel, topic::Topic, unsubscribe::Choice},
    store::preferences,
};

/// Whether a topic is told on a channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preference {
    topic: Topic,
    channel: Channel,
    enabled: bool,
    /// It can't be switched off.
    mandatory: bool,
}

/// What changes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencesPatch {
    #[garde(length(max = 20), dive)]
    #[schema(max_items = 20)]
    preferences: Vec<PreferencePatch>,
}

/// One that changes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferencePatch {
    #[garde(skip)]
    topic: Topic,
    #[garde(skip)]
    channel: Channel,
    #[garde(custom(can_be_off(self.topic, self.channel)))]
    enabled: bool,
}

/// All preferences.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preferences {
    preferences: Vec<Preference>,
}

fn can_be_off(topic: Topic, channel: Channel) -> impl FnOnce(&bool, &()) -> garde::Result {
    move |enabled, ()| {
        let right = *enabled || !topic.is_mandatory(channel);
        right
            .then_some(())
            .ok_or_else(|| garde::Error::new(format!("{topic} can't be switched off for {channel}")))
    }
}

async fn all(shared: &Shared, user_id: UserId) -> Result<axum::Json<Preferences>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let chosen = preferences::list(&mut conn, user_id).await?;
    let preference = |topic: Topic, channel: Channel| {
        let own = chosen.iter().find(|(t, c, _)| (*t, *c) == (topic, channel)).map(|(.., enabled)| *enabled);
        Preference {
            topic,
            channel,
            enabled: topic.is_wanted(channel, own),
            mandatory: topic.is_mandatory(channel),
        }
    };
    let pairs = Topic::ALL.into_iter().flat_map(|topic| Channel::ALL.map(|channel| (topic, channel)));
    let preferences = pairs.map(|(topic, channel)| preference(topic, channel)).collect();
    Ok(axum::Json(Preferences { preferences }))
}

/// Show what I want to hear
#[utoipa::path(
    get, path = "/api/v1/me/notification-preferences", operation_id = "get_notification_preferences", tag = "notification",
    responses(
        (status = 200, description = "Every topic and channel", body = Preferences),
    ),
)]
pub async fn get_preferences(
    State(shared): State<Arc<Shared>>,
    Customer(caller): Customer,
) -> Result<axum::Json<Preferences>, Problem> {
    all(&shared, caller.sub).await
}

/// Change what I want to hear
///
/// What is left out stays as it is.
#[utoipa::path(
    put, path = "/api/v1/me/notification-preferences", operation_id = "replace_notification_preferences", tag = "notification",
    request_body = PreferencesPatch,
    responses(
        (status = 200, description = "Every topic and channel, as they are now", body = Preferences),
        (status = 400, description = "A field is not valid, or can't be switched off", body = ProblemBody),
    ),
)]
pub async fn replace_preferences(
    State(shared): State<Arc<Shared>>,
    Customer(caller): Customer,
    Json(body): Json<PreferencesPatch>,
) -> Result<axum::Json<Preferences>, Problem> {
    let user_id = caller.sub;
    let choice = |PreferencePatch { topic, channel, enabled }| (Choice { user_id, topic, channel }, enabled);
    let choices: Vec<_> = body.preferences.into_iter().map(choice).collect();
    let mut tx = shared.db.begin().await?;
    if !choose::run(&mut tx, user_id, &choices).await? {
        return Err(Problem::account_gone());
    }
    tx.commit().await?;
    all(&shared, user_id).await
}
