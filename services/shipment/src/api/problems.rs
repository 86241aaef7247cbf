//! Every error of the crate → a problem: the only mapping.

use warung_chassis::{error::Kind, http::Problem};

use crate::{
    carriers::WebhookError,
    commands::{Error, edit_rate},
};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoShipment(_) | Error::NoParcel(_) => no_parcel(),
            Error::Past(state) => Self::typed(
                Kind::Conflict,
                "shipment-ended",
                format!("The parcel is {state} already: this can't happen to it any more."),
            ),
            Error::NumberTaken => Self::typed(
                Kind::Conflict,
                "tracking-number-taken",
                "Another parcel of this carrier has the tracking number. Check it on the carrier's receipt.",
            ),
            Error::NotBooked => Self::typed(
                Kind::Conflict,
                "parcel-not-booked",
                "The parcel has no carrier yet, or no tracking number of it. Hand it over with the name of a carrier and its number.",
            ),
            Error::Rebooked => Self::typed(
                Kind::Conflict,
                "parcel-being-rebooked",
                "The address was corrected, and the carrier is asked anew. Read the shipment again in a moment, and print its label again.",
            ),
            Error::BeingCancelled => Self::typed(
                Kind::Conflict,
                "order-being-cancelled",
                "The order is being cancelled in this moment. Keep the parcel; in a minute look at the order again.",
            ),
            Error::NotDispatched => Self::typed(
                Kind::Conflict,
                "parcel-not-dispatched",
                "The parcel has not left yet. Name its carrier and number when you dispatch it.",
            ),
            Error::Split(error) => Self::field("items", error.to_string()),
            Error::Store(error) => error.into(),
        }
    }
}

impl From<edit_rate::Error> for Problem {
    fn from(error: edit_rate::Error) -> Self {
        match error {
            edit_rate::Error::Unknown(_) => Self::not_found("rate"),
            edit_rate::Error::Changed(_) => Self::stale(),
            edit_rate::Error::Store(error) => error.into(),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Signature(_) => Self::typed(
                Kind::Unauthenticated,
                "webhook-signature",
                format!("The webhook is not taken: {error}."),
            ),
            WebhookError::Malformed(_) => {
                Self::new(Kind::Invalid, format!("The webhook is not taken: {error}."))
            }
        }
    }
}

/// There is no parcel, or it is not the caller's.
pub fn no_parcel() -> Problem {
    Problem::new(
        Kind::NotFound,
        "There is no such parcel of such an order. Parcels are packed when the order is confirmed.",
    )
}
