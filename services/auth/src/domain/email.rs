//! Email addresses in the one form that accounts are found by.

use std::{fmt, str::FromStr};

use garde::rules::email::parse_email;

/// Characters of an address at most (RFC 5321, section 4.5.3.1.3, less the brackets).
pub const LENGTH_MAX: usize = 254;

/// A normalised address: trimmed and lower case. RFC 5321 lets a local part depend on case; no provider in use does,
/// and two accounts that differ by case alone are a trap.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// A text that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an email address such as siti@example.com")]
pub struct NotAnEmail;

impl FromStr for Email {
    type Err = NotAnEmail;

    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim().to_lowercase();
        if text.len() > LENGTH_MAX || text.contains(char::is_control) {
            return Err(NotAnEmail);
        }
        parse_email(&text).map_err(|_| NotAnEmail)?;
        Ok(Self(text))
    }
}

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is before the last `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_blanks_around_make_no_difference() {
        let email: Email = "  Siti.Rahma@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "siti.rahma@example.com");
        assert_eq!(email.local_part(), "siti.rahma");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "siti",
            "siti@",
            "@example.com",
            "a b@example.com",
            "a@b@example.com",
            "a@example.com\nbcc: b@c.d",
        ] {
            assert_eq!(text.parse::<Email>(), Err(NotAnEmail), "{text:?}");
        }
        assert!(format!("{}@example.com", "a".repeat(300)).parse::<Email>().is_err());
    }

    proptest! {
        #[test]
        fn what_was_normalised_stays_as_it_is(text in "[ ]{0,2}[A-Za-z0-9.+]{1,20}@[A-Za-z0-9]{1,10}\\.[A-Za-z]{2,5}[ ]{0,2}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email.clone()));
                prop_assert_eq!(text.to_uppercase().parse::<Email>(), Ok(email));
            }
        }

        #[test]
        fn no_text_is_a_panic(text in ".*") {
            let _ = text.parse::<Email>();
        }
    }
}
