//! The closed set of what can go wrong, and what each means over HTTP and gRPC: the one table.

use axum::http::StatusCode;

use crate::outbox::store::TooLarge;

/// What kind of failure it is, seen from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request can't be read or breaks a rule that the document states.
    Invalid,
    /// No valid token.
    Unauthenticated,
    /// A valid token that may not do this.
    Forbidden,
    /// No such thing, or not the caller's.
    NotFound,
    /// The HTTP method is not offered here.
    MethodNotAllowed,
    /// The state of things forbids it now.
    Conflict,
    /// The `If-Match` version is not the current one.
    PreconditionFailed,
    /// The body is too large.
    TooLarge,
    /// The body is of another media type.
    UnsupportedMediaType,
    /// Well-formed, but can't be done as asked.
    Unprocessable,
    /// Too many requests.
    TooMany,
    /// Something it needs is away; try again.
    Unavailable,
    /// It took too long.
    Deadline,
    /// Our fault.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Unprocessable,
        Self::TooMany,
        Self::Unavailable,
        Self::Deadline,
        Self::Internal,
    ];

    /// Problem type of RFC 9457 for failures that have no narrower one.
    pub fn slug(self) -> &'static str {
        self.row().0
    }

    /// What the problem is called.
    pub fn title(self) -> &'static str {
        self.row().1
    }

    /// HTTP status.
    pub fn status(self) -> StatusCode {
        self.row().2
    }

    /// gRPC status code.
    pub fn code(self) -> tonic::Code {
        self.row().3
    }

    fn row(self) -> (&'static str, &'static str, StatusCode, tonic::Code) {
        use StatusCode as S;
        use tonic::Code as C;
        match self {
            Self::Invalid => {
                ("invalid-request", "The request is not valid", S::BAD_REQUEST, C::InvalidArgument)
            }
            Self::Unauthenticated => ("unauthenticated", "Log in first", S::UNAUTHORIZED, C::Unauthenticated),
            Self::Forbidden => ("forbidden", "Not allowed", S::FORBIDDEN, C::PermissionDenied),
            Self::NotFound => ("not-found", "Not found", S::NOT_FOUND, C::NotFound),
            Self::MethodNotAllowed => {
                ("method-not-allowed", "Method not allowed", S::METHOD_NOT_ALLOWED, C::Unimplemented)
            }
            Self::Conflict => ("conflict", "Not possible in this state", S::CONFLICT, C::FailedPrecondition),
            Self::PreconditionFailed => {
                ("precondition-failed", "It has changed meanwhile", S::PRECONDITION_FAILED, C::Aborted)
            }
            Self::TooLarge => {
                ("too-large", "The body is too large", S::PAYLOAD_TOO_LARGE, C::ResourceExhausted)
            }
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                "The body is of the wrong type",
                S::UNSUPPORTED_MEDIA_TYPE,
                C::InvalidArgument,
            ),
            Self::Unprocessable => {
                ("unprocessable", "It can't be done as asked", S::UNPROCESSABLE_ENTITY, C::FailedPrecondition)
            }
            Self::TooMany => {
                ("too-many-requests", "Too many requests", S::TOO_MANY_REQUESTS, C::ResourceExhausted)
            }
            Self::Unavailable => ("unavailable", "Try again soon", S::SERVICE_UNAVAILABLE, C::Unavailable),
            Self::Deadline => {
                ("deadline-exceeded", "It took too long", S::GATEWAY_TIMEOUT, C::DeadlineExceeded)
            }
            Self::Internal => {
                ("internal", "Something went wrong on our side", S::INTERNAL_SERVER_ERROR, C::Internal)
            }
        }
    }
}

/// Whether a database error means that the store is away or busy, so that the same work may succeed later.
pub fn is_store_away(error: &sqlx::Error) -> bool {
    is_unreachable(error)
        // Class 08 connection, 40 rollback (serialization, deadlock), 53 resources, 57P0x shutdown; 55P03 a lock waited for
        // too long, 25P03 a transaction idle for too long (PostgreSQL manual, appendix A).
        || matches!(error, sqlx::Error::Database(db) if db.code().is_some_and(|code| {
            code.starts_with("08")
                || code.starts_with("40")
                || code.starts_with("53")
                || code.starts_with("57P0")
                || ["55P03", "25P03"].contains(&code.as_ref())
        }))
}

/// Whether nothing came back from the database at all: whoever asks next waits in vain, too.
pub fn is_unreachable(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    matches!(error, Io(_) | Tls(_) | PoolTimedOut | PoolClosed | WorkerCrashed)
}

/// Whether a statement was stopped because nobody waits for it any more: query_canceled, which is what statement_timeout
/// says.
pub fn is_too_late(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(db) if db.code().as_deref() == Some("57014"))
}

/// Whether a change was refused because the event that tells of it would be larger than JetStream takes.
pub fn is_too_large(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Encode(cause) if cause.is::<TooLarge>())
}
