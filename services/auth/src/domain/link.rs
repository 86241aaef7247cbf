//! Links sent to an address.

use time::{Duration, OffsetDateTime};

use super::email::Email;

/// What opening a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that the account's address is its owner's.
    VerifyEmail,
    /// Makes another address the account's.
    ChangeEmail,
    /// Lets a new password be set.
    ResetPassword,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::VerifyEmail, Self::ChangeEmail, Self::ResetPassword];

    /// How it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a link is good: short where it opens the account.
    pub fn lives(self) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::hours(24),
            Self::ResetPassword => Duration::hours(1),
        }
    }

    /// Links of this purpose that an account gets within [`WINDOW`] at most: nobody fills another's mailbox.
    pub fn links_max(self) -> i64 {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => 5,
            Self::ResetPassword => 3,
        }
    }
}

/// The time in which links are counted.
pub const WINDOW: Duration = Duration::hours(1);

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub purpose: Purpose,
    /// Where it was sent.
    pub email: Email,
    pub expires_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
}

impl Link {
    /// Whether it may be opened now, at an account with this address. A link that shows that an address is the owner's
    /// is worth nothing when the account has another address by now.
    pub fn good(&self, owner: &Email, now: OffsetDateTime) -> bool {
        let fits = self.purpose == Purpose::ChangeEmail || self.email == *owner;
        self.used_at.is_none() && now < self.expires_at && fits
    }

    /// Whether what it was sent for is done, by an account that has this address now: who opens it again, as scanners of
    /// mails and double clicks do, is told so until it ends.
    pub fn opened(&self, owner: &Email, now: OffsetDateTime) -> bool {
        self.used_at.is_some() && now < self.expires_at && self.email == *owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Email {
        text.parse().unwrap()
    }

    fn link(purpose: Purpose) -> Link {
        let expires_at = OffsetDateTime::UNIX_EPOCH + Duration::hours(1);
        Link { purpose, email: email("siti@example.com"), expires_at, used_at: None }
    }

    #[test]
    fn a_link_is_good_once_until_its_end_and_for_the_address_it_was_sent_to() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for purpose in Purpose::ALL {
            let (owner, fresh) = (email("siti@example.com"), link(purpose));
            assert!(fresh.good(&owner, now));
            assert!(!fresh.good(&owner, fresh.expires_at));
            let used = Link { used_at: Some(now), ..link(purpose) };
            assert!(!used.good(&owner, now) && used.opened(&owner, now) && !fresh.opened(&owner, now));
            assert!(!used.opened(&owner, used.expires_at) && !used.opened(&email("other@example.com"), now));
            assert_eq!(fresh.good(&email("other@example.com"), now), purpose == Purpose::ChangeEmail);
        }
    }
}
