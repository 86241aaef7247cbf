//! Every error of the crate → a problem or the fate of an event: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};
use warung_contracts::manifest::means::Unpayable;

use crate::{
    commands::{self, WishError, another::AnotherError},
    domain::{NoOther, Refusal},
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
        Refusal::ChargedBack { most, taken } => Problem::typed(
            Kind::Conflict,
            "payment-charged-back",
            format!("The customer's bank took {taken} back; at most {most} can go back."),
        ),
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

/// Why nothing can be paid so.
pub fn unpayable(why: Unpayable) -> Problem {
    match why {
        Unpayable::Field(field, detail) => Problem::field(field, detail),
        Unpayable::Total { .. } => Problem::typed(Kind::Unprocessable, "total-not-payable", why.to_string()),
    }
}

/// Why no other way to pay can be taken.
pub fn another(error: AnotherError) -> Problem {
    match error {
        AnotherError::Unknown(_) => Problem::not_found("payment"),
        AnotherError::NoOther(why) => no_other(why),
        AnotherError::Payment(commands::Error::Refused(refusal)) => refused(refusal),
        AnotherError::Payment(commands::Error::Store(error)) | AnotherError::Store(error) => error.into(),
    }
}

fn no_other(why: NoOther) -> Problem {
    let detail = format!("It can't be paid in another way: {why}.");
    match why {
        NoOther::Paid => Problem::typed(Kind::Conflict, "payment-already-made", detail),
        NoOther::Ended => Problem::typed(Kind::Conflict, "payment-ended", detail),
        NoOther::Late => Problem::typed(Kind::Conflict, "payment-time-over", detail),
        NoOther::UsedUp => Problem::typed(Kind::Conflict, "payment-attempts-used-up", detail),
        NoOther::Held => Problem::typed(Kind::Conflict, "payment-held", detail),
        NoOther::UnderWay => Problem::typed(Kind::Conflict, "payment-call-under-way", detail),
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
