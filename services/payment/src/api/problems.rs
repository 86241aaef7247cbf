//! Every error of the crate → a problem or the fate of an event: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};

use crate::{
    commands::{self, refund},
    domain::Refusal,
    providers::WebhookError,
};

/// What becomes of an event that can't be noted.
pub fn event(error: commands::Error) -> EventError {
    match error {
        commands::Error::Refused(refusal) => EventError::Invalid(refusal.to_string()),
        commands::Error::Store(error) => error.into(),
    }
}

/// Why a refund can't be.
pub fn refund(error: refund::Error) -> Problem {
    match error {
        refund::Error::Unknown(_) => Problem::not_found("payment"),
        refund::Error::Currency(error) => Problem::field("amount.currency", error.to_string()),
        refund::Error::Refused(Refusal::TooMuch { left, .. }) => Problem::typed(
            Kind::Conflict,
            "refund-exceeds-captured",
            format!("Only {left} minor units can still go back."),
        ),
        refund::Error::Refused(refusal @ Refusal::NothingCaptured(_)) => {
            Problem::typed(Kind::Conflict, "nothing-captured", format!("Nothing can go back: {refusal}."))
        }
        refund::Error::Refused(refusal @ Refusal::NotAsked(_)) => Problem::internal(refusal),
        refund::Error::Store(error) => error.into(),
    }
}

/// Why a webhook is not taken.
pub fn webhook(error: WebhookError) -> Problem {
    match error {
        WebhookError::Unsigned(_) | WebhookError::Forged | WebhookError::Stale(_) => Problem::typed(
            Kind::Unauthenticated,
            "webhook-signature",
            format!("The webhook is not taken: {error}."),
        ),
        WebhookError::Malformed(_) => {
            Problem::new(Kind::Invalid, format!("The webhook is not taken: {error}."))
        }
        WebhookError::NoAnswer(error) => Problem::unavailable(error),
    }
}
