//! Problem details, RFC 9457: the one format of errors over HTTP.

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Kind, is_store_away, is_too_large, is_too_late};

/// Where problem types are explained.
pub const TYPE_BASE: &str = "https://warung.dev/problems/";

/// A failure, as the caller gets it. What only the log may know is in `source`.
#[derive(Debug)]
pub struct Problem {
    kind: Kind,
    slug: Cow<'static, str>,
    detail: Option<String>,
    fields: Vec<FieldError>,
    retry_after_seconds: u64,
    source: Option<anyhow::Error>,
}

/// What `Retry-After` says when nobody knows better, in seconds.
const RETRY_AFTER_SECONDS: u64 = 2;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where it is, such as `lines[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// The body of a problem response (`application/problem+json`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A stable URI that names the kind of problem.
    pub r#type: String,
    /// The kind of problem in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
    /// Finds this request in logs and traces; the same as the header `x-request-id`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<String>,
}

/// Writes the request's id into an answer that is a [`Problem`] (an extension member, RFC 9457 section 3.2).
pub fn with_request_id(mut response: Response, id: &str) -> Response {
    let Some(mut body) = response.extensions_mut().remove::<ProblemBody>() else { return response };
    body.request_id = Some(id.to_owned());
    let (mut parts, _) = response.into_parts();
    // Of the body without the id.
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, axum::Json(body).into_response().into_body())
}

impl Problem {
    /// A problem of this kind, with its general type.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            slug: Cow::Borrowed(kind.slug()),
            detail: Some(detail.into()),
            fields: Vec::new(),
            retry_after_seconds: RETRY_AFTER_SECONDS,
            source: None,
        }
    }

    /// A problem with a type of its own; `slug` has a page in docs/errors.
    pub fn typed(kind: Kind, slug: &'static str, detail: impl Into<String>) -> Self {
        Self { slug: Cow::Borrowed(slug), ..Self::new(kind, detail) }
    }

    /// A request that breaks a rule at one field.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, "A field is not valid; see errors").with_field(field, detail)
    }

    /// Names one more field that is wrong.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.fields.push(FieldError { field: field.into(), detail: detail.into() });
        self
    }

    /// Says when to come back; told where the kind is [`Kind::TooMany`] or [`Kind::Unavailable`].
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = seconds;
        self
    }

    /// No such thing, or not the caller's: the answer is the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}."))
    }

    /// An edit of a version that is not the current one any more.
    pub fn stale() -> Self {
        Self::new(
            Kind::PreconditionFailed,
            "It was changed since you read it. Read it again, then repeat your change.",
        )
    }

    /// An account that was deleted, while its access token lives on.
    pub fn account_gone() -> Self {
        Self::new(Kind::Unauthenticated, "This account was deleted.")
    }

    /// Our fault: the caller learns nothing but that, the log learns all.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self {
            kind: Kind::Internal,
            slug: Kind::Internal.slug().into(),
            detail: None,
            fields: vec![],
            retry_after_seconds: RETRY_AFTER_SECONDS,
            source: Some(source.into()),
        }
    }

    /// Something we need is away.
    pub fn unavailable(source: impl Into<anyhow::Error>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(
                Kind::Unavailable,
                "Something we need is away for a moment. Try again in a few seconds.",
            )
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The kind's words, or, of a type of its own, the type's: RFC 9457 wants one title for one type.
    fn title(&self) -> String {
        if self.slug == self.kind.slug() {
            return self.kind.title().to_owned();
        }
        let words = self.slug.replace('-', " ");
        words.get(..1).unwrap_or_default().to_uppercase() + words.get(1..).unwrap_or_default()
    }

    /// The last part of its type.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// What a caller gets: the detail, and each field with what is wrong with it.
    #[cfg(test)]
    pub(super) fn told(self) -> (String, Vec<String>) {
        let fields = self.fields.into_iter().map(|error| format!("{} {}", error.field, error.detail));
        (self.detail.unwrap_or_default(), fields.collect())
    }

    /// Writes what is behind it into the log, where something is; to be done once, where it leaves the service.
    pub(crate) fn log(&self) {
        if let Some(source) = &self.source {
            let chain: Vec<String> = source.chain().map(ToString::to_string).collect();
            tracing::error!(error = chain.join(": "), problem = %self.slug, "request failed");
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            _ if is_store_away(&error) => Self::unavailable(error),
            _ if is_too_late(&error) => Self {
                source: Some(error.into()),
                ..Self::new(Kind::Deadline, "The request took too long and was given up.")
            },
            _ if is_too_large(&error) => Self {
                source: Some(error.into()),
                ..Self::new(Kind::Unprocessable, "This is too much at once. Do it in parts.")
            },
            _ => Self::internal(error),
        }
    }
}

impl From<tonic::Status> for Problem {
    fn from(status: tonic::Status) -> Self {
        match status.code() {
            tonic::Code::Unavailable | tonic::Code::DeadlineExceeded | tonic::Code::ResourceExhausted => {
                Self::unavailable(status)
            }
            _ => Self::internal(status),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let body = ProblemBody {
            r#type: format!("{TYPE_BASE}{}", self.slug),
            title: self.title(),
            status: self.kind.status().as_u16(),
            detail: self.detail,
            errors: self.fields,
            request_id: None,
        };
        let mut response = (self.kind.status(), axum::Json(&body)).into_response();
        // Only the server knows the request: see `with_request_id`.
        response.extensions_mut().insert(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.kind {
            Kind::Unauthenticated => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Kind::Unavailable | Kind::TooMany => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_seconds));
            }
            _ => {}
        }
        response
    }
}
