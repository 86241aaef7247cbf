//! Messages in the shop's own words, in place of built-in templates.

/// Subject or title, and text: each a template. A text message has no subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    pub subject: String,
    pub body: String,
}

/// Why words can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {detail}")]
pub struct Flaw {
    /// `subject` or `body`.
    pub field: &'static str,
    /// What is wrong and what to write instead.
    pub detail: String,
}

impl Flaw {
    /// A fault of the subject.
    pub fn of_subject(detail: impl Into<String>) -> Self {
        Self { field: "subject", detail: detail.into() }
    }

    /// A fault of the body.
    pub fn of_body(detail: impl Into<String>) -> Self {
        Self { field: "body", detail: detail.into() }
    }
}
