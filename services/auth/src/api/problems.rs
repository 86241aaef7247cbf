//! Every failure of auth as the caller gets it: the only mapping.

use time::Duration;
use warung_chassis::{error::Kind, http::Problem};

use crate::{
    commands::{ask_verification, grant_role, open_link, propose_totp, register, second_factor},
    gate, passwords,
};

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

/// The password was right, and an administrator closed the account.
pub fn suspended() -> Problem {
    Problem::typed(
        Kind::Forbidden,
        "account-suspended",
        "Your account is suspended. Ask the shop, which can restore it.",
    )
}

/// The token is good, and its log-in is over.
pub fn log_in_ended() -> Problem {
    Problem::new(
        Kind::Unauthenticated,
        "The log-in that this access token belongs to has ended. Log in again.",
    )
}

/// Nobody has shown that the account's address is its owner's.
fn email_unverified(detail: &'static str) -> Problem {
    Problem::typed(Kind::Conflict, "email-unverified", detail)
}

/// Why the owner of such an account gets no second factor.
fn verify_first() -> Problem {
    email_unverified(
        "The address of your account is not verified. Open the link that was sent to it, or ask for another at \
         /api/v1/account/email/verification.",
    )
}

/// Whoever is logged in does not know the password.
pub fn wrong_password() -> Problem {
    Problem::typed(Kind::Forbidden, "wrong-password", "The password is wrong. Check it and try again.")
        .with_field("password", "is not the password of this account")
}

/// A password has to be shown, or a log-in that was just now.
pub fn log_in_again() -> Problem {
    Problem::typed(
        Kind::Forbidden,
        "recent-log-in-required",
        "This can't be undone. Send your password, or log in again and repeat it within ten minutes.",
    )
}

/// The second factor has to be shown, by a log-in that was just now.
pub fn second_factor_again() -> Problem {
    Problem::typed(
        Kind::Forbidden,
        "recent-log-in-required",
        "Your account has a second factor, which this needs, too. Log in again and repeat it within ten minutes.",
    )
}

/// The second factor's code, or the challenge it answers, is wrong.
pub fn wrong_code() -> Problem {
    Problem::typed(
        Kind::Unauthenticated,
        "wrong-code",
        "The code is wrong, was used before, or the log-in took too long. Wait for the next code, or log in again.",
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
        "This refresh token was exchanged a moment ago, and so was the one that followed. Use the newest.",
    )
}

/// One answer for every link that is not good.
fn dead_link() -> Problem {
    Problem::typed(
        Kind::Unprocessable,
        "link-invalid",
        "The link is not valid any more: it was used, is too old, or was for another address or account. Ask for a new one.",
    )
}

/// Rounded up: who comes back on time is let in. And in words.
fn seconds(wait: Duration) -> (u64, String) {
    let seconds = u64::try_from((wait.whole_milliseconds() + 999) / 1000).unwrap_or(1).max(1);
    (seconds, if seconds == 1 { "1 second".to_owned() } else { format!("{seconds} seconds") })
}

fn too_many_tries(wait: Duration) -> Problem {
    let (seconds, words) = seconds(wait);
    Problem::typed(
        Kind::TooMany,
        "too-many-tries",
        format!(
            "Too many tries failed. Wait {words}, then try again. If it was not you, ask for a link at \
             /api/v1/password/forgot: it lets you in at once, with your password as it is or a new one."
        ),
    )
    .with_retry_after(seconds)
}

/// No account is made: nobody guesses at anything.
pub fn not_registered(error: gate::Error) -> Problem {
    let gate::Error::Slow(wait) = error else { return error.into() };
    let (seconds, words) = seconds(wait);
    Problem::typed(
        Kind::TooMany,
        "too-many-registrations",
        format!("Many accounts were made from your network lately. Wait {words}, then register again."),
    )
    .with_retry_after(seconds)
}

fn no_account() -> Problem {
    Problem::not_found("account")
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
            passwords::Error::Busy => Self::new(
                Kind::Unavailable,
                "Many passwords are being checked right now. Try again in a few seconds.",
            ),
            passwords::Error::Failed(error) => Self::internal(error),
        }
    }
}

impl From<gate::Error> for Problem {
    fn from(error: gate::Error) -> Self {
        match error {
            gate::Error::Slow(wait) => too_many_tries(wait),
            gate::Error::Passwords(error) => error.into(),
            gate::Error::Store(error) => error.into(),
        }
    }
}

impl From<open_link::Error> for Problem {
    fn from(error: open_link::Error) -> Self {
        match error {
            open_link::Error::Dead => dead_link(),
            open_link::Error::Taken => email_taken(),
            open_link::Error::Store(error) => error.into(),
        }
    }
}

impl From<ask_verification::Error> for Problem {
    fn from(error: ask_verification::Error) -> Self {
        match error {
            ask_verification::Error::NoAccount => no_account(),
            ask_verification::Error::Verified => Self::typed(
                Kind::Conflict,
                "email-verified",
                "The address of your account is verified already. There is nothing to do.",
            ),
            ask_verification::Error::TooMany => Self::typed(
                Kind::TooMany,
                "too-many-links",
                "Several links were sent lately. Look into your mailbox, or ask again in an hour.",
            )
            .with_retry_after(3600),
            ask_verification::Error::Store(error) => error.into(),
        }
    }
}

impl From<propose_totp::Error> for Problem {
    fn from(error: propose_totp::Error) -> Self {
        match error {
            propose_totp::Error::Enabled => Self::typed(
                Kind::Conflict,
                "second-factor-enabled",
                "Your account has a second factor already. Disable it first.",
            ),
            propose_totp::Error::Unverified => verify_first(),
            propose_totp::Error::Sealing(error) => Self::internal(error),
            propose_totp::Error::Store(error) => error.into(),
        }
    }
}

impl From<second_factor::Error> for Problem {
    fn from(error: second_factor::Error) -> Self {
        match error {
            second_factor::Error::Wrong => wrong_code(),
            second_factor::Error::NoSecret => Self::typed(
                Kind::Conflict,
                "second-factor-absent",
                "Your account has no second factor of this state. Begin with POST /api/v1/account/totp.",
            ),
            second_factor::Error::Unverified => verify_first(),
            second_factor::Error::Broken(error) => Self::internal(error),
            second_factor::Error::Store(error) => error.into(),
        }
    }
}

impl From<grant_role::Error> for Problem {
    fn from(error: grant_role::Error) -> Self {
        match error {
            grant_role::Error::NoAccount => no_account(),
            grant_role::Error::NoAdmin => Self::new(
                Kind::Forbidden,
                "Your account is no administrator's any more. Ask an administrator of the shop.",
            ),
            grant_role::Error::Unverified => email_unverified(
                "The address of this account is not verified: it may not be whose it seems. Have its owner open the link that was \
                 sent to it.",
            ),
            grant_role::Error::LastAdmin => Self::typed(
                Kind::Conflict,
                "last-administrator",
                "This is the shop's last administrator. Give the role to another account first.",
            ),
            grant_role::Error::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_in_whole_seconds_and_words() {
        for (milliseconds, expected) in
            [(0, "1 second"), (1, "1 second"), (1000, "1 second"), (1001, "2 seconds")]
        {
            assert_eq!(seconds(Duration::milliseconds(milliseconds)).1, expected);
        }
    }
}
