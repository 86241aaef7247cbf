//! Every error of the crate → a problem or the fate of an event: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};

use crate::{
    commands::{self, WishError},
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

/// What becomes of an event that wants something.
pub fn event_wish(error: WishError) -> EventError {
    match error {
        WishError::Store(error) => error.into(),
        other => EventError::Invalid(other.to_string()),
    }
}

/// Why an administrator's wish can't be.
pub fn wish(error: WishError) -> Problem {
    match error {
        WishError::Unknown(_) => Problem::not_found("payment"),
        WishError::Currency(error) => Problem::field("amount.currency", error.to_string()),
        WishError::Uneven(step) => Problem::field(
            "amount.amount_minor",
            format!(
                "must be a multiple of {}: its provider takes nothing less than {step}",
                step.amount_minor
            ),
        ),
        WishError::NotOwed => Problem::typed(
            Kind::Conflict,
            "refund-not-owed",
            "The refund was not refused, or another one has answered it.",
        ),
        WishError::Refused(refusal) => refused(refusal),
        WishError::Store(error) => error.into(),
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::TooMuch { most } => {
            Problem::typed(Kind::Conflict, "refund-exceeds-captured", format!("At most {most} can go back."))
        }
        Refusal::NothingCaptured(_) => {
            Problem::typed(Kind::Conflict, "nothing-captured", format!("Nothing can go back: {refusal}."))
        }
        Refusal::CaptureTooMuch { most } => Problem::typed(
            Kind::Conflict,
            "capture-exceeds-authorized",
            format!("At most {most} can be taken."),
        ),
        Refusal::NothingAuthorized(_) => {
            Problem::typed(Kind::Conflict, "nothing-authorized", format!("Nothing can be taken: {refusal}."))
        }
        Refusal::UnderWay | Refusal::Closing => Problem::typed(
            Kind::Conflict,
            "payment-call-under-way",
            format!("It can't be done now: {refusal}."),
        ),
        Refusal::NotOpen(_) => Problem::typed(
            Kind::Conflict,
            "payment-not-open",
            format!("It can't be done any more: {refusal}."),
        ),
        Refusal::Held | Refusal::ForeignCurrency => {
            Problem::typed(Kind::Conflict, "payment-held", format!("It can't be done yet: {refusal}."))
        }
        Refusal::NotHeld => Problem::typed(
            Kind::Conflict,
            "payment-not-held",
            "Nothing of this payment waits for a decision.",
        ),
        Refusal::NotAsked(_) => Problem::internal(refusal),
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
