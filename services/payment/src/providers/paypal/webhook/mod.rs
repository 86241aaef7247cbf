//! Webhooks: RSA-SHA256 over `transmission id|time|webhook id|CRC-32 of the raw body`, by a certificate in PayPal's name.
//!
//! The certificate is fetched from where the webhook says, if that is where PayPal has its own, and kept; then nothing is
//! asked while the webhook waits. A server that is not PayPal's (a simulator) has no such certificate: it is asked instead.

pub(super) mod certificate;
mod fetches;

use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

pub use self::certificate::{Certificates, Source};
use super::{PayPal, wire::Contested};
use crate::providers::{About, NoAnswer, Notice, WebhookError, notation};

/// The one algorithm they sign with.
const ALGORITHM: &str = "SHA256withRSA";
/// How old a webhook may be: they send one again for three days, and an hour is for clocks and the way.
const AGE_MAX: Duration = Duration::hours(73);
/// How far ahead of ours their clock may be.
const AHEAD_MAX: Duration = Duration::minutes(5);

/// What the headers of a webhook say.
struct Sent<'a> {
    id: &'a str,
    time: &'a str,
    signature: &'a str,
    certificate: &'a str,
    algorithm: &'a str,
}

impl<'a> Sent<'a> {
    fn read(headers: &'a HeaderMap) -> Result<Self, WebhookError> {
        let text = |name: &'static str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if value.is_empty() { Err(WebhookError::Unsigned(name)) } else { Ok(value) }
        };
        let sent = Self {
            id: text("paypal-transmission-id")?,
            time: text("paypal-transmission-time")?,
            signature: text("paypal-transmission-sig")?,
            certificate: text("paypal-cert-url")?,
            algorithm: text("paypal-auth-algo")?,
        };
        if sent.algorithm == ALGORITHM {
            Ok(sent)
        } else {
            Err(WebhookError::Unsigned("paypal-auth-algo is unknown"))
        }
    }
}

impl Sent<'_> {
    /// The time is part of what is signed.
    fn is_fresh(&self, now: OffsetDateTime) -> Result<(), WebhookError> {
        let sent = OffsetDateTime::parse(self.time, &Rfc3339);
        let sent = sent.map_err(|_| WebhookError::Unsigned("paypal-transmission-time is no time"))?;
        match now - sent {
            age if age > AGE_MAX => Err(WebhookError::Stale(AGE_MAX.whole_minutes())),
            age if -age > AHEAD_MAX => Err(WebhookError::Stale(AHEAD_MAX.whole_minutes())),
            _ => Ok(()),
        }
    }
}

/// Whether PayPal sent this.
#[derive(Serialize)]
struct Question<'a> {
    auth_algo: &'a str,
    cert_url: &'a str,
    transmission_id: &'a str,
    transmission_sig: &'a str,
    transmission_time: &'a str,
    webhook_id: &'a str,
    webhook_event: &'a RawValue,
}

#[derive(Deserialize)]
struct Event<'a> {
    id: String,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(default)]
    resource_type: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    id: String,
    custom_id: Option<String>,
    purchase_units: Vec<Named>,
    supplementary_data: Supplementary,
    /// Of a dispute.
    dispute_id: String,
    disputed_transactions: Vec<Contested>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    custom_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Supplementary {
    related_ids: Related,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Related {
    order_id: Option<String>,
}

impl PayPal {
    /// Checks a webhook, then says of what it speaks.
    ///
    /// # Errors
    ///
    /// As [`WebhookError`] says.
    pub(super) async fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: OffsetDateTime,
    ) -> Result<Notice, WebhookError> {
        let sent = Sent::read(headers)?;
        sent.is_fresh(now)?;
        match self.certificates.source(sent.certificate) {
            Source::PayPal => {
                let signature = STANDARD.decode(sent.signature);
                let signature =
                    signature.map_err(|_| WebhookError::Unsigned("the signature is no base64"))?;
                let crc = crc32fast::hash(body);
                let message = format!("{}|{}|{}|{crc}", sent.id, sent.time, self.webhook_id);
                self.certificates.check(sent.certificate, message.as_bytes(), &signature, now).await?;
            }
            Source::OwnServer => self.ask_server(&sent, body).await?,
            Source::Stranger => return Err(WebhookError::Forged),
        }
        notice(body)
    }

    /// Asks the server whether it sent this. It gets the event byte for byte.
    async fn ask_server(&self, sent: &Sent<'_>, body: &[u8]) -> Result<(), WebhookError> {
        let event: &RawValue = serde_json::from_slice(body).map_err(malformed)?;
        let question = Question {
            auth_algo: sent.algorithm,
            cert_url: sent.certificate,
            transmission_id: sent.id,
            transmission_sig: sent.signature,
            transmission_time: sent.time,
            webhook_id: &self.webhook_id,
            webhook_event: event,
        };
        let reply = self.post("/v1/notifications/verify-webhook-signature", None, &question).await;
        let reply = reply.map_err(|trouble| NoAnswer::new(trouble.to_string()))?;
        let answer: serde_json::Value = reply.json()?;
        if answer["verification_status"] == "SUCCESS" { Ok(()) } else { Err(WebhookError::Forged) }
    }
}

fn malformed(error: serde_json::Error) -> WebhookError {
    WebhookError::Malformed(error.to_string())
}

/// Of what a webhook speaks, once it is known to be theirs.
///
/// # Errors
///
/// [`WebhookError::Malformed`] when it is no event.
pub fn notice(body: &[u8]) -> Result<Notice, WebhookError> {
    let event: Event<'_> = serde_json::from_slice(body).map_err(malformed)?;
    let resource = event.resource.and_then(|resource| serde_json::from_str(resource.get()).ok());
    let resource: Resource = resource.unwrap_or_default();
    let dispute = Some(resource.dispute_id.clone()).filter(|id| !id.is_empty());
    let about = about(&event.resource_type, resource);
    Ok(Notice { event_id: event.id, about, reported: None, dispute })
}

fn about(kind: &str, resource: Resource) -> About {
    let of_unit = resource.purchase_units.first().and_then(|unit| unit.custom_id.as_deref());
    let name = resource.custom_id.as_deref().or(of_unit);
    if let Some(id) = name.and_then(notation::payment) {
        return About::Payment(id);
    }
    if let Some(id) = resource.disputed_transactions.iter().find_map(Contested::payment) {
        return About::Payment(id);
    }
    match (kind, resource.supplementary_data.related_ids.order_id) {
        (_, Some(order)) => About::Reference(order),
        ("checkout-order", None) => About::Reference(resource.id),
        _ => About::Nothing,
    }
}
