//! The keys that sign access tokens, as the text of one secret: so that a key can be followed by the next without a
//! token being refused.
//!
//! ```text
//!  -----BEGIN PRIVATE KEY-----            signs since ever, until the next one does
//!  …
//!  Since: 2026-11-21T10:00:00Z            signs from then on; published before, so that everybody knows it by then
//!  -----BEGIN PRIVATE KEY-----
//! ```
//!
//! Text before a block is allowed there (RFC 7468, section 2). This module knows no cryptography: a key is its PEM.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const SINCE: &str = "Since:";

/// How long a new key is published before it signs: longer than anybody keeps a key set.
pub const OVERLAP: Duration = Duration::minutes(30);

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From when it signs; none means since ever.
    pub since: Option<OffsetDateTime>,
    /// From BEGIN to END, with a line break at the end.
    pub pem: String,
}

/// A text that is no list of keys. It never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("there is no PEM block in it")]
    Empty,
    #[error("a PEM block has no end")]
    Unfinished,
    #[error("a line Since: holds no RFC 3339 time such as 2026-11-21T10:00:00Z")]
    Since,
}

/// The keys of a text, in the order in which they sign.
///
/// # Errors
///
/// When it is no list of keys.
pub fn parse(text: &str) -> Result<Vec<Entry>, Malformed> {
    let mut keys = Vec::new();
    let (mut since, mut block) = (None, None::<String>);
    for line in text.lines().map(str::trim) {
        if let Some(pem) = &mut block {
            pem.push_str(line);
            pem.push('\n');
            if line.starts_with(END) {
                keys.extend(block.take().map(|pem| Entry { since: since.take(), pem }));
            }
        } else if line.starts_with(BEGIN) {
            block = Some(format!("{line}\n"));
        } else if let Some(time) = line.strip_prefix(SINCE) {
            since = Some(OffsetDateTime::parse(time.trim(), &Rfc3339).map_err(|_| Malformed::Since)?);
        }
    }
    if block.is_some() {
        return Err(Malformed::Unfinished);
    }
    keys.sort_by_key(|key| key.since);
    if keys.is_empty() { Err(Malformed::Empty) } else { Ok(keys) }
}

/// The keys as a text.
pub fn render(keys: &[Entry]) -> String {
    let since = |key: &Entry| key.since.and_then(|since| since.format(&Rfc3339).ok());
    keys.iter()
        .map(|key| match since(key) {
            Some(since) => format!("{SINCE} {since}\n{}", key.pem),
            None => key.pem.clone(),
        })
        .collect()
}

/// The key that signs now: the newest whose time has come, else the first.
pub fn current(keys: &[Entry], now: OffsetDateTime) -> usize {
    keys.iter().rposition(|key| key.since.is_none_or(|since| since <= now)).unwrap_or(0)
}

/// Whether a key is still to be published when the tokens it signed live this long after its successor began.
pub fn published(keys: &[Entry], index: usize, now: OffsetDateTime, tokens_live: Duration) -> bool {
    let successor = keys.get(index + 1).and_then(|next| next.since);
    successor.is_none_or(|since| now < since + tokens_live)
}

/// The list in which a fresh key follows the current one after the overlap. Keys that ended are left out; one that is
/// announced but does not sign yet is replaced, so that rotating twice in a hurry is rotating once.
pub fn rotate(keys: &[Entry], fresh_pem: String, now: OffsetDateTime, tokens_live: Duration) -> Vec<Entry> {
    let current = current(keys, now);
    let kept = keys.iter().enumerate().take(current + 1);
    let mut next: Vec<Entry> = kept
        .filter(|(index, _)| published(keys, *index, now, tokens_live))
        .map(|(_, key)| key.clone())
        .collect();
    let since = (now + OVERLAP).replace_nanosecond(0).unwrap_or(now + OVERLAP);
    next.push(Entry { since: Some(since), pem: fresh_pem });
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIVE: Duration = Duration::minutes(20);

    fn at(minutes: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    fn pem(name: &str) -> String {
        format!("-----BEGIN PRIVATE KEY-----\n{name}\n-----END PRIVATE KEY-----\n")
    }

    fn key(name: &str, since: Option<i64>) -> Entry {
        Entry { since: since.map(at), pem: pem(name) }
    }

    #[test]
    fn a_single_key_is_a_list_of_one() {
        assert_eq!(parse(&pem("a")), Ok(vec![key("a", None)]));
        assert_eq!(render(&[key("a", None)]), pem("a"));
    }

    #[test]
    fn a_text_that_is_no_list_is_refused_by_name() {
        assert_eq!(parse("nothing"), Err(Malformed::Empty));
        assert_eq!(parse("-----BEGIN PRIVATE KEY-----\na"), Err(Malformed::Unfinished));
        assert_eq!(parse(&format!("Since: soon\n{}", pem("a"))), Err(Malformed::Since));
    }

    #[test]
    fn a_key_is_announced_then_signs_then_retires() {
        let keys = rotate(&[key("a", None)], pem("b"), at(0), LIVE);
        assert_eq!(parse(&render(&keys)), Ok(keys.clone()));
        let begins = OVERLAP.whole_minutes();
        assert_eq!(
            (current(&keys, at(0)), current(&keys, at(begins - 1)), current(&keys, at(begins))),
            (0, 0, 1)
        );
        let shown = |minute| (0..2).filter(|i| published(&keys, *i, at(minute), LIVE)).collect::<Vec<_>>();
        assert_eq!(shown(0), [0, 1]);
        assert_eq!(shown(begins + 19), [0, 1], "tokens of the old key still live");
        assert_eq!(shown(begins + 20), [1]);
    }

    #[test]
    fn rotating_twice_in_a_hurry_is_rotating_once() {
        let once = rotate(&[key("a", None)], pem("b"), at(0), LIVE);
        let twice = rotate(&once, pem("c"), at(1), LIVE);
        assert_eq!(twice.iter().map(|key| key.pem.clone()).collect::<Vec<_>>(), [pem("a"), pem("c")]);
        let later = rotate(&once, pem("c"), at(100), LIVE);
        assert_eq!(later.iter().map(|key| key.pem.clone()).collect::<Vec<_>>(), [pem("b"), pem("c")]);
    }

    proptest! {
        #[test]
        fn a_token_can_be_checked_as_long_as_it_lives(
            gaps in proptest::collection::vec(0_i64..200, 1..6), signed in 0_i64..800, age in 0_i64..20,
        ) {
            let mut keys = vec![key("first", None)];
            let mut now = 0;
            for gap in gaps {
                now += gap;
                keys = rotate(&keys, pem(&now.to_string()), at(now), LIVE);
            }
            // Of the list as it is now: whatever it signs at some time from now on is published while it lives.
            let signed = now + signed;
            let signer = current(&keys, at(signed));
            prop_assert!(published(&keys, signer, at(signed + age), LIVE));
            prop_assert!(keys.iter().filter(|key| key.since.is_none_or(|since| since <= at(now))).count() >= 1);
        }

        #[test]
        fn no_text_is_a_panic(text in "(-----BEGIN |-----END |Since: |[a-z]|\\n){0,20}") {
            if let Ok(keys) = parse(&text) {
                prop_assert_eq!(parse(&render(&keys)), Ok(keys));
            }
        }
    }
}
