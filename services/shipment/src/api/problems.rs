//! Every error of the crate → a problem: the only mapping.

use warung_chassis::{error::Kind, http::Problem};

use crate::commands::{advance, edit_rate};

/// Why a parcel can't be moved.
pub fn advance(error: advance::Error) -> Problem {
    match error {
        advance::Error::Unknown(_) => no_parcel(),
        advance::Error::Ended(state) => Problem::typed(
            Kind::Conflict,
            "shipment-ended",
            format!("The parcel is {state} already and can't go on."),
        ),
        advance::Error::Store(error) => error.into(),
    }
}

/// There is no parcel, or it is not the caller's.
pub fn no_parcel() -> Problem {
    Problem::new(
        Kind::NotFound,
        "There is no parcel for such an order. One is made when the order is confirmed.",
    )
}

impl From<edit_rate::Error> for Problem {
    fn from(error: edit_rate::Error) -> Self {
        match error {
            edit_rate::Error::Unknown(_) => Self::not_found("rate"),
            edit_rate::Error::Changed(_) => Self::new(
                Kind::PreconditionFailed,
                "It was changed since you read it. Read it again, then repeat your change.",
            ),
            edit_rate::Error::Store(error) => error.into(),
        }
    }
}
