//! What a provider answered.

use reqwest::{StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;

use crate::providers::NoAnswer;

/// An answer that says something.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// Its body as JSON. What can't be read may have acted all the same: it counts as no answer.
    ///
    /// # Errors
    ///
    /// When it is not what is wanted. The text names the place, and nothing of the content.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NoAnswer> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = error.classify();
            NoAnswer::new(format!(
                "the answer ({}) can't be read: {what:?} error at line {line} column {column}",
                self.status
            ))
        })
    }

    /// Whether it is a success (2xx).
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }
}
