//! Settings of notification alone.

use lettre::message::Mailbox;
use warung_chassis::{config::ConfigError, service::Context};

/// Settings of notification.
pub struct Config {
    /// The mail server; none keeps messages in the log only. It may hold a password.
    pub smtp_url: Option<String>,
    /// The sender of every email.
    pub from: Mailbox,
    /// What stands behind the `@` of message ids: the host of the shop.
    pub id_domain: String,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let smtp_url = Some(reader.text("WARUNG_SMTP_URL")).filter(|url| !url.is_empty());
        let from = reader.setting::<Mailbox>("WARUNG_MAIL_FROM");
        reader.finish()?;
        let from = from.ok_or_else(|| ConfigError(vec!["WARUNG_MAIL_FROM is wrong".into()]))?;
        let host = context.common.public_url.split("://").last().unwrap_or("");
        let host = host.split(['/', ':']).next().filter(|host| !host.is_empty()).unwrap_or("localhost");
        Ok(Self { smtp_url, from, id_domain: host.to_owned() })
    }
}
