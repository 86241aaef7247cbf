//! Every failure of auth as the caller gets it: the only mapping.

use warung_chassis::{error::Kind, http::Problem};

use crate::{commands::register, passwords};

/// The address has an account. Registration has to say so; log-in never does.
pub fn email_taken() -> Problem {
    Problem::typed(
        Kind::Conflict,
        "email-taken",
        "This email address has an account already. Log in, or register another address.",
    )
    .with_field("email", "has an account already")
}

/// One answer for an unknown address and a wrong password.
pub fn wrong_credentials() -> Problem {
    Problem::typed(
        Kind::Unauthenticated,
        "wrong-credentials",
        "The email address or the password is wrong. Check both and try again.",
    )
}

/// One answer for unknown, ended, used and revoked tokens.
pub fn refresh_refused() -> Problem {
    Problem::typed(
        Kind::Unauthenticated,
        "refresh-token-invalid",
        "The refresh token is not valid any more. Log in again.",
    )
}

/// The token's twin was just exchanged.
pub fn refresh_twin() -> Problem {
    Problem::typed(
        Kind::Conflict,
        "refresh-token-just-used",
        "Another request exchanged this refresh token a moment ago. Use the tokens that request got.",
    )
}

impl From<register::Error> for Problem {
    fn from(error: register::Error) -> Self {
        match error {
            register::Error::Taken => email_taken(),
            register::Error::Store(error) => error.into(),
        }
    }
}

impl From<passwords::Error> for Problem {
    fn from(error: passwords::Error) -> Self {
        match error {
            passwords::Error::Busy => {
                Self::new(Kind::Unavailable, "Many people log in right now. Try again in a few seconds.")
            }
            passwords::Error::Failed(error) => Self::internal(error),
        }
    }
}
