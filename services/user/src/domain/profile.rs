//! A profile and its changes.

use time::OffsetDateTime;
use warung_contracts::id::UserId;

/// Characters of a name at most.
pub const NAME_MAX: usize = 100;

/// What somebody says of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// E.164.
    pub phone: Option<String>,
    pub version: i64,
    pub created_at: OffsetDateTime,
}

/// What changes; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub name: Option<String>,
    pub locale: Option<String>,
    /// `Some(None)` takes the number away.
    pub phone: Option<Option<String>>,
}

impl Profile {
    /// The profile after a change. One that changes nothing keeps its version.
    #[must_use]
    pub fn changed(&self, change: Change) -> Self {
        let Change { name, locale, phone } = change;
        let mut next = self.clone();
        next.name = name.unwrap_or(next.name);
        next.locale = locale.unwrap_or(next.locale);
        next.phone = phone.unwrap_or(next.phone);
        if next != *self {
            next.version += 1;
        }
        next
    }
}

/// A language tag (BCP 47) as it is kept: its language in lower case, such as `id` or `en-GB`.
///
/// # Errors
///
/// What is wrong with it.
pub fn locale(text: &str) -> Result<String, String> {
    let text = text.trim();
    let (language, rest) = text.split_at(text.find('-').unwrap_or(text.len()));
    let mut parts = rest.split('-').skip(1);
    let right = (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && text.len() <= 35;
    if right {
        Ok(language.to_ascii_lowercase() + rest)
    } else {
        Err("is not a language tag such as id or en".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            user_id: UserId(uuid::Uuid::nil()),
            email: "siti@example.com".into(),
            name: "Siti".into(),
            locale: "id".into(),
            phone: Some("+6281234567890".into()),
            version: 3,
            created_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_a_real_change_makes_a_new_version() {
        let same = Change { name: Some("Siti".into()), ..Change::default() };
        assert_eq!(profile().changed(same), profile());
        let changed = profile().changed(Change { phone: Some(None), ..Change::default() });
        assert_eq!((changed.phone, changed.version), (None, 4));
    }

    #[test]
    fn language_tags_are_taken_and_texts_are_not() {
        assert_eq!((locale(" ID "), locale("en-GB")), (Ok("id".into()), Ok("en-GB".into())));
        for text in ["", "indonesian", "en_GB", "en-", "en--GB"] {
            assert!(locale(text).is_err(), "{text:?}");
        }
    }
}
