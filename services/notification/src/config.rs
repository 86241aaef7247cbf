//! Settings of notification alone.

use jiff::tz::TimeZone;
use lettre::{Address, message::Mailbox};
use secrecy::SecretString;
use warung_chassis::{
    config::{ConfigError, Reader},
    service::Context,
};
use warung_contracts::event::Contact;

use crate::channels::sms::Account;

/// Settings of notification.
pub struct Config {
    /// The mail server; none keeps messages in the log only. It may hold a password.
    pub smtp_url: Option<String>,
    /// The sender of every email.
    pub from: Mailbox,
    /// Where staff read of what needs a person.
    pub staff: Option<Contact>,
    /// What stands behind the `@` of message ids: the host of the shop.
    pub id_domain: String,
    /// Where links in messages lead.
    pub links_url: String,
    /// Times in messages are told in it.
    pub time_zone: TimeZone,
    /// Where our own API is.
    pub api_url: String,
    /// Text messages; none when no account is set.
    pub sms: Option<Account>,
    /// FCM's URL and the key file of a service account.
    pub fcm: Option<(String, SecretString)>,
    /// Signs to push services.
    pub vapid_key: SecretString,
    /// Push services on private addresses are called, too.
    pub push_any: bool,
    /// Signs links that unsubscribe.
    pub unsubscribe_key: SecretString,
    /// Signs bounce webhooks.
    pub bounce_secret: SecretString,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let public = context.common.public_url.trim_end_matches('/').to_owned();
        let links_url = some(&mut reader, "WARUNG_LINKS_URL").unwrap_or_else(|| public.clone());
        let fcm_url = reader.text("WARUNG_FCM_URL").trim_end_matches('/').to_owned();
        let from = reader.setting::<Mailbox>("WARUNG_MAIL_FROM");
        let time_zone = time_zone(&mut reader);
        let staff = staff(&mut reader, &context.common.shop);
        let push_any = reader.setting::<bool>("WARUNG_PUSH_ANY_ADDRESS").unwrap_or_default();
        let sms = account(&mut reader, &public);
        let config = |from| Self {
            smtp_url: some(&mut reader, "WARUNG_SMTP_URL"),
            from,
            staff,
            time_zone,
            id_domain: host(&public),
            links_url: links_url.trim_end_matches('/').to_owned(),
            sms,
            fcm: some(&mut reader, "WARUNG_FCM_CREDENTIALS").map(|key| (fcm_url, key.into())),
            vapid_key: reader.secret("WARUNG_VAPID_KEY"),
            push_any,
            unsubscribe_key: reader.secret("WARUNG_UNSUBSCRIBE_KEY"),
            bounce_secret: reader.secret("WARUNG_BOUNCE_WEBHOOK_SECRET"),
            api_url: public,
        };
        let config = from.map(config);
        reader.finish()?;
        config.ok_or_else(|| ConfigError(vec!["WARUNG_MAIL_FROM is wrong".into()]))
    }
}

fn some(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    Some(reader.text(name)).filter(|text| !text.is_empty())
}

/// A zone that is known, by its name.
fn time_zone(reader: &mut Reader<'_>) -> TimeZone {
    let name = reader.text("WARUNG_TIME_ZONE");
    TimeZone::get(&name).unwrap_or_else(|_| {
        reader.fault(format!(
            "WARUNG_TIME_ZONE is {name:?}, which is no time zone; write one such as Asia/Jakarta"
        ));
        TimeZone::UTC
    })
}

/// Whom to tell of what needs a person; nobody where no address is set.
fn staff(reader: &mut Reader<'_>, shop: &str) -> Option<Contact> {
    let locale = reader.text("WARUNG_STAFF_LOCALE");
    let address = some(reader, "WARUNG_STAFF_EMAIL")?;
    match address.parse::<Address>() {
        Ok(email) => Some(Contact { email: email.to_string(), name: shop.to_owned(), phone: None, locale }),
        Err(error) => {
            reader.fault(format!("WARUNG_STAFF_EMAIL is {address:?}: {error}"));
            None
        }
    }
}

/// All of an account, or none of it.
fn account(reader: &mut Reader<'_>, public: &str) -> Option<Account> {
    let url = reader.text("WARUNG_TWILIO_URL").trim_end_matches('/').to_owned();
    let [sid, token, from] = ["WARUNG_TWILIO_ACCOUNT_SID", "WARUNG_TWILIO_AUTH_TOKEN", "WARUNG_TWILIO_FROM"]
        .map(|name| some(reader, name));
    let callback = format!("{public}/api/v1/notifications/webhooks/twilio");
    match (sid, token, from) {
        (Some(sid), Some(token), Some(from)) => {
            Some(Account { url, sid, token: token.into(), from, callback })
        }
        (None, None, None) => None,
        _ => {
            reader.fault("set all of WARUNG_TWILIO_ACCOUNT_SID, WARUNG_TWILIO_AUTH_TOKEN and WARUNG_TWILIO_FROM, or none".into());
            None
        }
    }
}

fn host(url: &str) -> String {
    let host = url.split("://").last().unwrap_or("");
    let host = host.split(['/', ':']).next().filter(|host| !host.is_empty());
    host.unwrap_or("localhost").to_owned()
}
