//! The dead letters as somebody who looks after a shop sees them: listed, shown, sent again, thrown away.
//!
//! ```text
//! reader ── gives up ──> DEADLETTER ── replay ──> the event's own subject ──> every reader; the inbox of those that
//!                             └────── purge ──> gone                          acted already drops it
//! ```

use anyhow::Context as _;
use async_nats::{
    HeaderMap,
    header::NATS_MESSAGE_ID,
    jetstream::{self, consumer::pull, stream::Stream},
};
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use warung_contracts::stream::DEADLETTER_STREAM;

use super::deadletter::{ORIGIN, REASON};

/// An event that a service gave up.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// Its place in the stream of dead letters, 1 or more: the name people use for it.
    pub sequence: u64,
    /// The service that gave it up.
    pub service: String,
    /// CloudEvents type.
    pub event_type: String,
    /// CloudEvents id.
    pub id: String,
    /// The aggregate it speaks of.
    pub aggregate: String,
    /// Why it was given up.
    pub reason: String,
    /// When it was given up.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The event's own headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The event's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}

/// Which letters are meant; what is not named is not asked for.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Only those this service gave up.
    pub service: Option<String>,
    /// Only those of this type of event.
    pub event_type: Option<String>,
    /// Only those whose event is of this or names it: an id or an address, as it stands in the data.
    pub about: Option<String>,
}

impl Which {
    /// The subjects of these letters.
    fn subjects(&self) -> String {
        let service = self.service.as_deref().unwrap_or("*");
        match self.event_type.as_deref().map(|name| name.trim_start_matches("warung.")) {
            Some(rest) => format!("warung.deadletter.{service}.{rest}"),
            None => format!("warung.deadletter.{service}.>"),
        }
    }

    /// Whether a letter with this payload is about what is asked for.
    fn fits(&self, letter: &Letter, payload: &[u8]) -> bool {
        let Some(about) = self.about.as_deref() else { return true };
        let named = || serde_json::from_slice(payload).is_ok_and(|data| names(&data, about));
        letter.aggregate == about || named()
    }
}

/// Whether a text in JSON is this one; case makes no difference in addresses.
fn names(data: &serde_json::Value, text: &str) -> bool {
    match data {
        serde_json::Value::String(said) => said.eq_ignore_ascii_case(text),
        serde_json::Value::Array(all) => all.iter().any(|one| names(one, text)),
        serde_json::Value::Object(all) => all.values().any(|one| names(one, text)),
        _ => false,
    }
}

/// The stream of dead letters.
#[derive(Debug, Clone)]
pub struct Letters {
    jetstream: jetstream::Context,
    stream: Stream,
}

impl Letters {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// When NATS is away, has no such stream, or the user may not see it.
    pub async fn open(jetstream: jetstream::Context) -> anyhow::Result<Self> {
        let stream = jetstream.get_stream(DEADLETTER_STREAM).await.context(
            "the stream DEADLETTER can't be read; is the NATS user one who may read it (the operator's may), and is the stream made?",
        )?;
        Ok(Self { jetstream, stream })
    }

    /// The oldest letters, at most `limit`.
    ///
    /// # Errors
    ///
    /// When NATS is away.
    pub async fn list(&self, which: &Which, limit: usize) -> anyhow::Result<Vec<Letter>> {
        let mut subjects = self.stream.info_with_subjects(which.subjects()).await?;
        let mut waiting = 0;
        while let Some(subject) = subjects.next().await {
            waiting += subject?.1;
        }
        if waiting.min(limit) == 0 {
            return Ok(Vec::new());
        }
        let config = pull::OrderedConfig { filter_subject: which.subjects(), ..Default::default() };
        let consumer = self.stream.create_consumer(config).await?;
        let mut messages = consumer.messages().await?.take(waiting);
        let mut letters = Vec::new();
        while letters.len() < limit
            && let Some(message) = messages.next().await
        {
            let message = message?;
            let info = message.info().map_err(|error| anyhow::anyhow!(error))?;
            let (sequence, at) = (info.stream_sequence, info.published);
            let letter = letter(sequence, at, &message.subject, message.headers.as_ref(), None);
            if which.fits(&letter, &message.payload) {
                letters.push(letter);
            }
        }
        Ok(letters)
    }

    /// One letter with its headers and data.
    ///
    /// # Errors
    ///
    /// When there is none of this number or NATS is away.
    pub async fn get(&self, sequence: u64) -> anyhow::Result<Letter> {
        let raw = self.raw(sequence).await?;
        Ok(letter(sequence, raw.time, &raw.subject, Some(&raw.headers), Some(&raw.payload)))
    }

    /// Sends a letter to the subject its event had, and then takes it out of the stream. Killed between the two, it is
    /// sent twice, which the readers' inboxes bear.
    ///
    /// # Errors
    ///
    /// When there is none of this number, it names no subject of its own, or NATS is away.
    pub async fn replay(&self, sequence: u64) -> anyhow::Result<()> {
        let raw = self.raw(sequence).await?;
        let origin =
            raw.headers.get(ORIGIN).context("the letter does not say which subject it had")?.to_string();
        let mut headers = HeaderMap::new();
        for (name, values) in raw.headers.iter() {
            let name = name.to_string();
            if ![REASON, ORIGIN].contains(&name.as_str()) && name != NATS_MESSAGE_ID.to_string() {
                values.iter().for_each(|value| headers.append(name.as_str(), value.as_str()));
            }
        }
        // The first publish may be within the duplicate window still: this one has an id of its own.
        headers.insert(NATS_MESSAGE_ID, format!("replay-{sequence}-{}", raw.time.unix_timestamp()));
        self.jetstream.publish_with_headers(origin, headers, raw.payload).await?.await?;
        self.purge(sequence).await
    }

    /// Throws a letter away.
    ///
    /// # Errors
    ///
    /// When there is none of this number or NATS is away.
    pub async fn purge(&self, sequence: u64) -> anyhow::Result<()> {
        let gone = self.stream.delete_message(sequence).await;
        gone.with_context(|| format!("the dead letter {sequence} can't be removed"))?;
        Ok(())
    }

    async fn raw(&self, sequence: u64) -> anyhow::Result<jetstream::message::StreamMessage> {
        let raw = self.stream.get_raw_message(sequence).await;
        raw.with_context(|| format!("there is no dead letter {sequence}; `warung events list` shows them"))
    }
}

fn letter(
    sequence: u64,
    at: OffsetDateTime,
    subject: &str,
    headers: Option<&HeaderMap>,
    payload: Option<&[u8]>,
) -> Letter {
    let header = |name: &str| {
        headers.and_then(|headers| headers.get(name)).map_or_else(String::new, |value| value.to_string())
    };
    let all = headers.filter(|_| payload.is_some()).into_iter().flat_map(|headers| headers.iter());
    Letter {
        sequence,
        service: subject.split('.').nth(2).unwrap_or_default().to_owned(),
        event_type: header("ce-type"),
        id: header("ce-id"),
        aggregate: header("ce-subject"),
        reason: header(REASON),
        at,
        headers: all
            .flat_map(|(name, values)| values.iter().map(move |value| (name.to_string(), value.to_string())))
            .collect(),
        data: payload.and_then(|payload| serde_json::from_slice(payload).ok()),
    }
}
