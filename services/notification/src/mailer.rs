//! Email by SMTP (RFC 5321) over pooled connections.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{self, PoolConfig, response::Severity},
};
use warung_chassis::config::ConfigError;
use warung_contracts::id::NotificationId;

/// Time for each step of a conversation with the mail server.
const STEP: Duration = Duration::from_secs(10);
/// Time for one message as a whole; shorter than a claim of the sending job lasts.
const WHOLE: Duration = Duration::from_secs(30);
/// Connections at most.
const CONNECTIONS_MAX: u32 = 4;

/// What came of handing a message to the mail server.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server took it.
    Sent,
    /// No server is set.
    Skipped,
    /// Not now: try again.
    Later(String),
    /// Never.
    Refused(String),
}

/// A message to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: NotificationId,
    pub to_name: String,
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// Sends email.
pub struct Mailer {
    transport: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    id_domain: String,
}

impl Mailer {
    /// Sends by this server; without one nothing is sent.
    ///
    /// # Errors
    ///
    /// When the URL is malformed; it is not repeated, because it may hold a password.
    pub fn new(url: Option<&String>, from: Mailbox, id_domain: String) -> Result<Self, ConfigError> {
        let wrong = |_| {
            ConfigError(vec![
                "WARUNG_SMTP_URL is no mail server's URL; write smtp://host:25 or smtps://user:password@host:465".into(),
            ])
        };
        let transport = match url {
            Some(url) => Some(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(wrong)?
                    .timeout(Some(STEP))
                    .pool_config(
                        PoolConfig::new().max_size(CONNECTIONS_MAX).idle_timeout(Duration::from_secs(30)),
                    )
                    .build(),
            ),
            None => None,
        };
        Ok(Self { transport, from, id_domain })
    }

    /// Hands a message to the server.
    pub async fn send(&self, mail: &Mail) -> Delivery {
        let Some(transport) = &self.transport else { return Delivery::Skipped };
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(error) => return Delivery::Refused(error.to_string()),
        };
        match tokio::time::timeout(WHOLE, transport.send(message)).await {
            Ok(Ok(_)) => Delivery::Sent,
            Ok(Err(error)) => verdict(&error),
            Err(_) => Delivery::Later("the mail server took too long".into()),
        }
    }

    fn message(&self, mail: &Mail) -> anyhow::Result<Message> {
        let to = Mailbox::new(Some(mail.to_name.clone()), mail.to.parse()?);
        // The same id for every attempt: a copy sent twice by a crash can be told by the receiver.
        let id = format!("<{}@{}>", mail.id, self.id_domain);
        let message = Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .header(ContentType::TEXT_PLAIN);
        Ok(message.body(mail.body.clone())?)
    }
}

/// A permanent answer about the message is final; about ourselves (log-in refused, RFC 4954: 530, 534, 535, 538) it is a
/// setting that somebody will mend.
fn verdict(error: &smtp::Error) -> Delivery {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    let login = error.status().is_some_and(|code| [530, 534, 535, 538].contains(&u16::from(code)));
    let permanent = error.status().is_some_and(|code| code.severity == Severity::PermanentNegativeCompletion);
    if permanent && !login { Delivery::Refused(text) } else { Delivery::Later(text) }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.from)
    }
}
