//! Every failure of notification as those learn it who call or send an event: the only mapping.

use warung_chassis::{error::Kind, events::EventError, http::Problem};

use crate::commands::{note::Error, reword};

impl From<reword::Error> for Problem {
    fn from(error: reword::Error) -> Self {
        match error {
            reword::Error::Changed => Self::new(
                Kind::Conflict,
                "Somebody else changed the words at the same moment. Read them again, then repeat your change.",
            ),
            reword::Error::Store(error) => error.into(),
        }
    }
}

impl From<Error> for EventError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoContact(_) => Self::NotYet(error.to_string()),
            Error::Store(error) => error.into(),
            Error::Template(_) => Self::Failed(error.into()),
        }
    }
}
