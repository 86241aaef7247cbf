//! Files of any length, written part by part as they are read: one of a million rows takes as much memory as one of ten.
//! Routes that answer with them are `stream = true` in the manifest.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;

/// Media type of lines of JSON.
pub const NDJSON: &str = "application/x-ndjson";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// A JSON object for each thing, one a line.
    Jsonl,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => NDJSON,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What a file is written of.
pub trait Source: Send + 'static {
    /// The next part of the file; none at its end.
    ///
    /// # Errors
    ///
    /// When the store is away.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>, sqlx::Error>> + Send;
}

/// A line of JSON.
///
/// # Errors
///
/// When it can't be written as JSON.
pub fn line(value: &impl Serialize) -> Result<String, sqlx::Error> {
    let line = serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    Ok(line + "\n")
}

/// Answers with a file of this name, each part read when the one before it is on its way. One that breaks off has no end that
/// HTTP would take for one.
///
/// # Errors
///
/// When its first part can't be read.
pub async fn answer(name: &str, format: Format, mut source: impl Source) -> Result<Response, Problem> {
    // Before the answer begins: a store that is away is told as a problem.
    let first = source.next().await?;
    let rest = stream::unfold(Some(source), async |source| {
        let mut source = source?;
        match source.next().await {
            Ok(Some(text)) => Some((Ok(text), Some(source))),
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "a file broke off");
                Some((Err(axum::Error::new(error)), None))
            }
        }
    });
    let all = stream::iter(first.map(Ok)).chain(rest);
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let head =
        [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((head, Body::from_stream(all)).into_response())
}
