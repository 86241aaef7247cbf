//! What a password must be: NIST SP 800-63B, section 5.1.1.2 (memorized secret verifiers).
//!
//! Length is what counts: no rules of composition, any character is welcome, nothing is cut off. What is refused are the
//! passwords that every attacker tries first and the account's own address.

use super::email::Email;

/// Characters at least.
pub const LENGTH_MIN: usize = 8;
/// Characters at most: more than the 64 the source demands, few enough to hash.
pub const LENGTH_MAX: usize = 128;

/// The most used passwords of eight characters and more in lists of leaked ones, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("must have 8 to 128 characters")]
    Length,
    #[error("is among the passwords that are tried first; take a longer sentence of your own")]
    Common,
    #[error("must not be made of your email address")]
    LikeEmail,
}

/// Checks a new password of the account of this address, where that is known.
///
/// # Errors
///
/// The first weakness found.
pub fn check(password: &str, email: Option<&Email>) -> Result<(), Weakness> {
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&password.chars().count()) {
        return Err(Weakness::Length);
    }
    let lower = password.to_lowercase();
    if COMMON.lines().any(|common| common == lower) || repeats_one_character(&lower) {
        return Err(Weakness::Common);
    }
    if email.is_some_and(|email| lower == email.as_str() || lower == email.local_part()) {
        return Err(Weakness::LikeEmail);
    }
    Ok(())
}

fn repeats_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.all(|c| Some(c) == first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn email() -> Email {
        "siti.rahma@example.com".parse().unwrap()
    }

    #[test]
    fn weak_passwords_are_refused_by_name() {
        for (password, weakness) in [
            ("short", Weakness::Length),
            ("Password123", Weakness::Common),
            ("aaaaaaaaaaaa", Weakness::Common),
            ("Siti.Rahma", Weakness::LikeEmail),
            ("siti.rahma@example.com", Weakness::LikeEmail),
        ] {
            assert_eq!(check(password, Some(&email())), Err(weakness), "{password}");
        }
        assert_eq!(check(&"ab".repeat(65), Some(&email())), Err(Weakness::Length));
    }

    #[test]
    fn length_counts_characters_and_any_are_welcome() {
        assert_eq!(check("kopi tubruk 🍵", Some(&email())), Ok(()));
        assert_eq!(check("ééééèèèè", Some(&email())), Ok(()));
        assert_eq!(check("ééééèèè", Some(&email())), Err(Weakness::Length));
    }

    #[test]
    fn the_list_holds_only_what_the_length_lets_through() {
        for common in COMMON.lines() {
            assert!(common.chars().count() >= LENGTH_MIN && common == common.to_lowercase(), "{common}");
        }
    }

    proptest! {
        #[test]
        fn a_password_outside_the_length_is_never_taken(password in ".{0,7}|.{129,140}") {
            prop_assert_eq!(check(&password, Some(&email())), Err(Weakness::Length));
        }
    }
}
