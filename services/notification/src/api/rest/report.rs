//! What the bodies of providers' reports say.

use serde::Deserialize;

use crate::store::{
    bounces::{self, Bounce},
    outcomes::Report,
};

/// Bytes of each text of a report at most.
pub const TEXT_MAX: usize = 1000;

/// A bounce, as mail providers' webhooks are turned into by their adapters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BounceMessage {
    event_id: String,
    address: String,
    kind: bounces::Kind,
    #[serde(default)]
    detail: String,
}

/// What became of a text message.
#[derive(Debug)]
pub struct Status {
    /// Twilio's `MessageSid`.
    pub id: String,
    pub report: Report,
    /// Why it failed.
    pub detail: Option<String>,
}

/// A mail that came back.
///
/// # Errors
///
/// What is wrong with the body.
pub fn bounce(body: &[u8]) -> Result<Bounce, String> {
    let message: BounceMessage = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let BounceMessage { event_id, address, kind, detail } = message;
    if event_id.is_empty() || address.is_empty() {
        return Err("event_id and address must not be empty".into());
    }
    [&event_id, &address, &detail].into_iter().try_for_each(|text| storable(text))?;
    Ok(Bounce { key: format!("webhook {event_id}"), address, kind, detail })
}

/// A status callback of Twilio's, as a form; none while the message is under way.
///
/// # Errors
///
/// What is wrong with the body.
pub fn status(body: &[u8]) -> Result<Option<Status>, String> {
    let field = |name: &str| {
        let mut all = url::form_urlencoded::parse(body);
        all.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    };
    let id = field("MessageSid").ok_or("MessageSid is missing")?;
    let report = match field("MessageStatus").as_deref() {
        Some("delivered" | "read") => Report::Delivered,
        Some("undelivered" | "failed" | "canceled") => Report::Failed,
        Some(_) => return Ok(None),
        None => return Err("MessageStatus is missing".into()),
    };
    let detail = field("ErrorCode").filter(|_| report == Report::Failed).map(|code| format!("error {code}"));
    [Some(&id), detail.as_ref()].into_iter().flatten().try_for_each(|text| storable(text))?;
    Ok(Some(Status { id, report, detail }))
}

/// PostgreSQL's texts have no NUL.
fn storable(text: &str) -> Result<(), String> {
    match text.len() > TEXT_MAX || text.contains('\0') {
        true => Err(format!("texts have at most {TEXT_MAX} bytes, without the character NUL")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_tells_what_became_of_a_message_once_it_is_known() {
        let told = |body: &str| status(body.as_bytes());
        let failed = told("MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003").unwrap().unwrap();
        assert_eq!(
            (failed.id.as_str(), failed.report, failed.detail.as_deref()),
            ("SM1", Report::Failed, Some("error 30003"))
        );
        assert_eq!(
            told("MessageStatus=delivered&MessageSid=SM1").unwrap().unwrap().report,
            Report::Delivered
        );
        assert!(told("MessageSid=SM1&MessageStatus=sent").unwrap().is_none());
        for body in ["", "MessageSid=SM1", "MessageStatus=read", "MessageSid=%00&MessageStatus=read"] {
            assert!(told(body).is_err(), "{body}");
        }
    }
}
