//! Every failure of notification as an event's sender learns it: the only mapping. REST reads alone and has none of its own.

use warung_chassis::events::EventError;

use crate::commands::note::Error;

impl From<Error> for EventError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoContact(_) => Self::NotYet(error.to_string()),
            Error::Store(error) => error.into(),
            Error::Template(_) => Self::Failed(error.into()),
        }
    }
}
