//! What becomes of a refresh token that is sent (RFC 9700, section 4.14.2: rotation with reuse detection).

use time::{Duration, OffsetDateTime};

/// A token used twice within this time is taken for two requests of one client at once (two tabs, a retry after a lost
/// answer), not for a thief: the second gets what the first got, while that is unused, and the family lives. Long enough for
/// a slow network. A thief who is as quick holds the same next token as its owner, and whichever of them comes second with
/// that ends the log-in: detected one exchange later, as if the next token had been the stolen one.
pub const GRACE: Duration = Duration::seconds(10);

/// A known refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub expires_at: OffsetDateTime,
    pub used_at: Option<OffsetDateTime>,
    /// Whether its family was revoked.
    pub revoked: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exchange it.
    Rotate,
    /// Refuse it: it ended, or its family was revoked.
    Refuse,
    /// Exchange it for the same token as its twin a moment ago, if that is unused; else refuse it, and leave the family alone.
    Twin,
    /// Refuse it and revoke the family: somebody has a copy.
    Revoke,
}

/// Decides about a token that was sent now.
pub fn decide(token: Known, now: OffsetDateTime) -> Verdict {
    match token {
        Known { revoked: true, .. } => Verdict::Refuse,
        Known { used_at: Some(used), .. } if now - used <= GRACE => Verdict::Twin,
        // Also when it has ended meanwhile: the copy is as real.
        Known { used_at: Some(_), .. } => Verdict::Revoke,
        Known { expires_at, .. } if expires_at <= now => Verdict::Refuse,
        Known { .. } => Verdict::Rotate,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn known(used: Option<i64>) -> Known {
        Known { expires_at: at(100), used_at: used.map(at), revoked: false }
    }

    #[test]
    fn a_token_is_good_once_and_until_its_end() {
        assert_eq!(decide(known(None), at(99)), Verdict::Rotate);
        assert_eq!(decide(known(None), at(100)), Verdict::Refuse);
        assert_eq!(decide(known(Some(50)), at(60)), Verdict::Twin);
        assert_eq!(decide(known(Some(50)), at(61)), Verdict::Revoke);
        assert_eq!(decide(known(Some(50)), at(500)), Verdict::Revoke);
    }

    proptest! {
        #[test]
        fn nothing_of_a_revoked_family_is_ever_exchanged(used in proptest::option::of(0_i64..200), now in 0_i64..300) {
            prop_assert_eq!(decide(Known { revoked: true, ..known(used) }, at(now)), Verdict::Refuse);
        }

        #[test]
        fn only_an_unused_unexpired_token_is_exchanged(used in proptest::option::of(0_i64..200), now in 0_i64..300) {
            let rotated = decide(known(used), at(now)) == Verdict::Rotate;
            prop_assert_eq!(rotated, used.is_none() && now < 100);
        }
    }
}
