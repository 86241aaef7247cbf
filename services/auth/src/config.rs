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
    /// P-256 private keys, PKCS#8 PEM, as a keyring.
    pub signing_keys: SecretString,
    /// What the tokens of links follow from.
    pub link_secret: SecretString,
    /// What secrets of second factors are sealed with.
    pub totp_key: SecretString,
    /// Proxies in front that append to X-Forwarded-For.
    pub trusted_hops: usize,
    /// How long the audit log keeps from where.
    pub audit_source_kept: Duration,
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
        let hops = reader.number("WARUNG_TRUSTED_HOPS", 0..=10);
        let kept_days = reader.number("WARUNG_AUDIT_SOURCE_DAYS", 1..=3650);
        let admin_email = reader.setting::<Email>("WARUNG_ADMIN_EMAIL");
        let signing_keys = reader.secret("WARUNG_TOKEN_SIGNING_KEY");
        let link_secret = reader.secret("WARUNG_LINK_SECRET");
        let totp_key = reader.secret("WARUNG_TOTP_KEY");
        let admin_password = reader.secret("WARUNG_ADMIN_PASSWORD");
        reader.finish()?;
        let admin_email =
            admin_email.ok_or_else(|| ConfigError(vec!["WARUNG_ADMIN_EMAIL is wrong".into()]))?;
        Ok(Self {
            access_ttl: seconds(access),
            refresh_ttl: seconds(refresh),
            // A line of an .env file holds no line breaks: they may be written as \n.
            signing_keys: signing_keys.expose_secret().replace("\\n", "\n").into(),
            link_secret,
            totp_key,
            trusted_hops: usize::try_from(hops).unwrap_or_default(),
            audit_source_kept: seconds(kept_days * 86_400),
            admin_email,
            admin_password,
        })
    }
}

/// All are checked to be at most ten years.
fn seconds(number: u64) -> Duration {
    Duration::seconds(i64::try_from(number).unwrap_or(i64::MAX))
}
