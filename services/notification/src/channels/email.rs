//! Email by SMTP (RFC 5321) over pooled connections.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, PoolConfig, response::Severity},
};
use warung_chassis::config::ConfigError;
use warung_contracts::id::NotificationId;

use super::Delivery;
use crate::domain::{skip::Skip, template::one_line};

/// Time for each step of a conversation with the mail server.
const STEP: Duration = Duration::from_secs(10);
/// Time for one message as a whole; shorter than a claim of the sending job lasts.
const WHOLE: Duration = Duration::from_secs(30);
/// Connections at most.
const CONNECTIONS_MAX: u32 = 4;

/// A message to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    pub id: NotificationId,
    pub to_name: String,
    pub to: String,
    pub subject: String,
    pub body: String,
    /// None for what was written before there was HTML.
    pub html: Option<String>,
    /// Where one click switches such messages off (RFC 8058).
    pub unsubscribe: Option<String>,
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
        let Some(transport) = &self.transport else { return Delivery::Skipped(Skip::NoProvider) };
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(error) => return Delivery::Refused(error.to_string()),
        };
        match tokio::time::timeout(WHOLE, transport.send(message)).await {
            Ok(Ok(_)) => Delivery::Sent(None),
            Ok(Err(error)) => verdict(&error),
            Err(_) => Delivery::Later("the mail server took too long".into(), None),
        }
    }

    fn message(&self, mail: &Mail) -> anyhow::Result<Message> {
        // What people are called may come from elsewhere with anything in it; printing a header of two lines fails.
        let to = Mailbox::new(Some(one_line(&mail.to_name)), mail.to.parse()?);
        // The same id for every attempt: a copy sent twice by a crash can be told by the receiver.
        let id = format!("<{}@{}>", mail.id, self.id_domain);
        let mut message = Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone());
        if let Some(url) = &mail.unsubscribe {
            message = message
                .raw_header(header("List-Unsubscribe", format!("<{url}>"))?)
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into())?);
        }
        Ok(match &mail.html {
            Some(html) => {
                message.multipart(MultiPart::alternative_plain_html(mail.body.clone(), html.clone()))?
            }
            None => message.body(mail.body.clone())?,
        })
    }
}

fn header(name: &str, value: String) -> anyhow::Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned())?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value))
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
    let Some(code) = error.status() else { return Delivery::Later(text, None) };
    let login = [530, 534, 535, 538].contains(&u16::from(code));
    match code.severity == Severity::PermanentNegativeCompletion && !login {
        true if is_bad_address(u16::from(code), &text) => Delivery::Bounced(text),
        true => Delivery::Refused(text),
        false => Delivery::Later(text, None),
    }
}

/// Enhanced codes of the address that say nothing of the reader's: 5.1.0 doesn't say whose, 5.1.7 and 5.1.8 are about the
/// sender's (RFC 3463), 5.1.9 about a server on the way (RFC 3886). A wrong `WARUNG_MAIL_FROM` must not silence every reader.
const NOT_THE_READERS: [&str; 4] = ["5.1.0", "5.1.7", "5.1.8", "5.1.9"];

/// Whether a permanent answer is about the mailbox: by its enhanced code (RFC 3463: 5.1.x is the address, 5.2.1 a disabled
/// mailbox), else by the code alone (RFC 5321: 550, 551, 553). What a policy refuses (5.7.x) says nothing of the address.
fn is_bad_address(code: u16, text: &str) -> bool {
    let is_enhanced = |word: &&str| {
        let mut parts = word.split('.');
        parts.next() == Some("5")
            && parts.clone().count() == 2
            && parts.all(|part| part.parse::<u16>().is_ok())
    };
    match text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find(is_enhanced) {
        Some(enhanced) => {
            enhanced == "5.2.1" || enhanced.starts_with("5.1.") && !NOT_THE_READERS.contains(&enhanced)
        }
        None => matches!(code, 550 | 551 | 553),
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        /// Printing a header that is none would end the process.
        #[test]
        fn whatever_people_are_called_becomes_one_header(name in "(?s).{0,60}", subject in "(?s).{0,60}") {
            let mailer = Mailer::new(None, "shop@example.com".parse().unwrap(), "example.com".into()).unwrap();
            let mail = Mail {
                id: NotificationId(Uuid::nil()),
                to_name: name,
                to: "ann@example.com".into(),
                subject,
                body: "Hello".into(),
                html: None,
                unsubscribe: None,
            };
            let text = String::from_utf8(mailer.message(&mail).unwrap().formatted()).unwrap();
            let head = text.split("\r\n\r\n").next().unwrap();
            let names = head.split("\r\n").filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next());
            let mut names: Vec<_> = names.collect();
            names.sort_unstable();
            let expected = ["Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-ID", "Subject", "To"];
            prop_assert!(names.iter().all(|name| expected.contains(name) || *name == "MIME-Version"), "{names:?}");
        }
    }

    #[test]
    fn only_answers_about_the_mailbox_bounce() {
        for (code, text, bounces) in [
            (550, "permanent error (550): 5.1.1 <x@example.com> no such user", true),
            (550, "permanent error (550): No such mailbox", true),
            (553, "permanent error (553): mailbox name not allowed", true),
            (550, "permanent error (550): 5.7.1 blocked, see 192.0.2.1", false),
            (552, "permanent error (552): 5.2.2 mailbox full", false),
            (554, "permanent error (554): no thanks", false),
            (550, "permanent error (550): 5.2.1 disabled", true),
            (556, "permanent error (556): 5.1.10 takes no mail", true),
            (
                550,
                "permanent error (550): 5.1.8 <shop@warung.local>: the sender's domain is not found",
                false,
            ),
            (553, "permanent error (553): 5.1.7 <shop>: no address of a sender", false),
            (550, "permanent error (550): 5.1.0 rejected", false),
        ] {
            assert_eq!(is_bad_address(code, text), bounces, "{text}");
        }
    }
}
