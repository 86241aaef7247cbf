//! Settings of auth alone.

use secrecy::{ExposeSecret as _, SecretString};
use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

use crate::domain::email::Email;

/// Settings of auth.
pub struct Config {
    /// How long an access token is valid.
    pub access_ttl: Duration,
    /// How long a refresh token is valid; each refresh begins it anew.
    pub refresh_ttl: Duration,
    /// P-256 private key, PKCS#8 PEM.
    pub signing_key: SecretString,
    /// The address of the administrator made at start.
    pub admin_email: Email,
    /// Its first password.
    pub admin_password: SecretString,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let access = reader.number("WARUNG_ACCESS_TOKEN_TTL_SECONDS", 60..=3600);
        let refresh = reader.number("WARUNG_REFRESH_TOKEN_TTL_SECONDS", 3600..=31_536_000);
        let admin_email = reader.setting::<Email>("WARUNG_ADMIN_EMAIL");
        let signing_key = reader.secret("WARUNG_TOKEN_SIGNING_KEY");
        let admin_password = reader.secret("WARUNG_ADMIN_PASSWORD");
        reader.finish()?;
        let admin_email =
            admin_email.ok_or_else(|| ConfigError(vec!["WARUNG_ADMIN_EMAIL is wrong".into()]))?;
        Ok(Self {
            access_ttl: seconds(access),
            refresh_ttl: seconds(refresh),
            // A line of an .env file holds no line breaks: they may be written as \n.
            signing_key: signing_key.expose_secret().replace("\\n", "\n").into(),
            admin_email,
            admin_password,
        })
    }
}

/// Both are checked to be at most a year.
fn seconds(number: u64) -> Duration {
    Duration::seconds(i64::try_from(number).unwrap_or(i64::MAX))
}
