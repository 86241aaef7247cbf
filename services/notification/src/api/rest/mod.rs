//! REST, one file a resource.

mod devices;
mod notifications;
mod preferences;
pub mod report;
mod suppressions;
mod templates;
mod unsubscribe;
mod webhooks;
mod wordings;

use std::sync::Arc;

use secrecy::SecretString;
use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;

use crate::{channels::sms::Account, commands::note::Desk};

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub desk: Arc<Desk>,
    /// What browsers subscribe with.
    pub web: String,
    /// Browsers may name push services on private addresses.
    pub push_any: bool,
    pub sms: Option<Account>,
    /// Signs bounce webhooks.
    pub bounce_secret: SecretString,
}

/// Notification's routes.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(notifications::list_notifications))
        .routes(routes!(preferences::get_preferences, preferences::replace_preferences))
        .routes(routes!(devices::list_devices, devices::register_device))
        .routes(routes!(devices::delete_device))
        .routes(routes!(devices::get_push_key))
        .routes(routes!(unsubscribe::show_unsubscribe, unsubscribe::unsubscribe))
        .routes(routes!(webhooks::receive_report))
        .routes(routes!(templates::list_templates))
        .routes(routes!(templates::preview_template))
        .routes(routes!(
            wordings::get_message_words,
            wordings::replace_message_words,
            wordings::reset_message_words
        ))
        .routes(routes!(wordings::list_message_versions))
        .routes(routes!(wordings::preview_message_words))
        .routes(routes!(suppressions::list_suppressions))
        .routes(routes!(suppressions::delete_suppression))
        .with_state(Arc::new(shared))
}
