//! Every failure of user as the caller gets it: the only mapping.

use warung_chassis::{error::Kind, http::Problem};

use crate::{
    commands::Error,
    domain::address::{COUNT_MAX, Wrong},
};

/// The registration event has not arrived yet.
pub fn no_profile() -> Problem {
    Problem::typed(
        Kind::NotFound,
        "profile-being-prepared",
        "Your profile is being prepared. Ask again in a moment.",
    )
}

/// Fields that are wrong.
pub fn wrong_fields(wrong: Vec<Wrong>) -> Problem {
    let problem = Problem::new(Kind::Invalid, "Fields are not valid; see errors");
    wrong.into_iter().fold(problem, |problem, wrong| problem.with_field(wrong.field, wrong.detail))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoProfile => no_profile(),
            Error::Erased => Self::account_gone(),
            Error::NoAddress => Self::not_found("address"),
            Error::TooMany => Self::typed(
                Kind::Conflict,
                "too-many-addresses",
                format!("You have {COUNT_MAX} addresses, which is the most. Remove one first."),
            ),
            Error::Stale => Self::stale(),
            Error::Store(error) => error.into(),
        }
    }
}
