//! Fields that several bodies have.

use secrecy::{ExposeSecret as _, SecretString};
use warung_chassis::http::Problem;

use crate::domain::{
    email::{Email, NotAnEmail},
    password,
};

/// Characters of a token at most; ours have 47.
const TOKEN_MAX: usize = 512;
/// Characters of a code at most; the longest of ours have 19.
pub const CODE_MAX: usize = 40;

/// An address.
///
/// # Errors
///
/// When it is none; names the field `email`.
pub fn email(text: &str) -> Result<Email, Problem> {
    text.parse().map_err(|error: NotAnEmail| Problem::field("email", error.to_string()))
}

/// Checks a password that somebody chooses for this account.
///
/// # Errors
///
/// When it is weak; names the field.
pub fn new_password(field: &'static str, password: &SecretString, email: &Email) -> Result<(), Problem> {
    password::check(password.expose_secret(), Some(email))
        .map_err(|weakness| Problem::field(field, weakness.to_string()))
}

/// A password that somebody chooses for an account with this address, as a rule of a body.
pub fn chosen_password(email: &str) -> impl FnOnce(&SecretString, &()) -> garde::Result {
    let email: Option<Email> = email.parse().ok();
    move |password, _| {
        let checked = password::check(password.expose_secret(), email.as_ref());
        checked.map_err(|weakness| garde::Error::new(weakness.to_string()))
    }
}

/// A password that somebody shows: a longer one can't be anybody's, and would only cost time to hash.
pub fn shown_password(password: &SecretString, _: &()) -> garde::Result {
    match password.expose_secret().chars().count() {
        ..=password::LENGTH_MAX => Ok(()),
        _ => Err(garde::Error::new("must have at most 128 characters")),
    }
}

/// The length of a token of ours.
pub fn token(token: &SecretString, _: &()) -> garde::Result {
    match token.expose_secret().len() {
        1..=TOKEN_MAX => Ok(()),
        _ => Err(garde::Error::new("is not a token of ours; send it as it came")),
    }
}

/// The length of a code of a second factor.
pub fn code(code: &SecretString, _: &()) -> garde::Result {
    match code.expose_secret().len() {
        1..=CODE_MAX => Ok(()),
        _ => Err(garde::Error::new("is not a code; send six digits, or a recovery code")),
    }
}
