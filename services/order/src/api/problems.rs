//! Every error of the crate → a problem or the fate of an event: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};

use crate::{
    commands::{advance, refund},
    domain::Refusal,
};

/// Why a cart can't be checked out.
pub fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::EmptyCart => Problem::typed(
            Kind::Unprocessable,
            "cart-empty",
            "Your cart is empty. Put something into it, then check out.",
        ),
        Refusal::UnknownProducts(ids) => ids.into_iter().fold(
            Problem::typed(
                Kind::Unprocessable,
                "product-unavailable",
                "Some products of your cart are not for sale any more. Remove them, then check out.",
            ),
            |problem, id| problem.with_field(id.to_string(), "is not for sale any more"),
        ),
        Refusal::TooLittleStock(short) => short.into_iter().fold(
            Problem::typed(
                Kind::Conflict,
                "insufficient-stock",
                "There is too little stock. Lower the quantities, then check out.",
            ),
            |problem, short| {
                let detail = format!("{}: {} wanted, {} left", short.name, short.wanted, short.left);
                problem.with_field(short.product_id.to_string(), detail)
            },
        ),
        Refusal::OtherCurrency { product_id, found, wanted } => Problem::typed(
            Kind::Unprocessable,
            "currency-mismatch",
            format!(
                "{product_id} is priced in {found}, but this shop sells in {wanted}. Remove it, then check out."
            ),
        ),
        Refusal::NothingToPay => {
            Problem::typed(Kind::Unprocessable, "nothing-to-pay", "An order must cost something.")
        }
        Refusal::TooLarge => {
            Problem::typed(Kind::Unprocessable, "total-too-large", "The total is too large. Order in parts.")
        }
    }
}

/// Why an order can't be cancelled.
pub fn advance(error: advance::Error) -> Problem {
    match error {
        advance::Error::Unknown(_) => Problem::not_found("order"),
        advance::Error::Refused(state) => Problem::typed(
            Kind::Conflict,
            "order-not-cancellable",
            format!("The order is {state} already and can't be cancelled any more."),
        ),
        advance::Error::Store(error) => error.into(),
        error @ (advance::Error::NotYet { .. } | advance::Error::WrongAmount { .. }) => {
            Problem::internal(error)
        }
    }
}

/// What becomes of an event that can't be noted.
pub fn advance_event(error: advance::Error) -> EventError {
    match error {
        // The order is written before anybody hears of it: it is in a backup that is being restored, or never was.
        advance::Error::Unknown(_) | advance::Error::NotYet { .. } => EventError::NotYet(error.to_string()),
        advance::Error::Refused(_) | advance::Error::WrongAmount { .. } => {
            EventError::Invalid(error.to_string())
        }
        advance::Error::Store(error) => error.into(),
    }
}

/// What becomes of a refund that can't be noted.
pub fn refund_event(error: refund::Error) -> EventError {
    match error {
        refund::Error::Unknown(_) => EventError::NotYet(error.to_string()),
        refund::Error::TooMuch { .. } | refund::Error::Money(_) => EventError::Invalid(error.to_string()),
        refund::Error::Store(error) => error.into(),
    }
}
