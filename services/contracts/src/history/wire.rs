//! Entries as messages.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Entry, Told};
use crate::{grpc::history as wire, id::UserId};

impl From<Entry> for wire::Entry {
    fn from(Entry { at, actor, author, deed }: Entry) -> Self {
        let mut deed = json!(deed);
        Self {
            // Of times that services write, for 290,000 years.
            at_us: i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX),
            actor: actor.to_owned(),
            author: author.map(|author| author.to_string()).unwrap_or_default(),
            kind: deed["kind"].as_str().unwrap_or_default().to_owned(),
            details: deed["details"].take().to_string(),
        }
    }
}

impl TryFrom<wire::Entry> for Told {
    type Error = String;

    fn try_from(entry: wire::Entry) -> Result<Self, String> {
        let wire::Entry { at_us, actor, author, kind, details } = entry;
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_us) * 1000);
        let author = Some(author).filter(|author| !author.is_empty());
        let author: Option<UserId> =
            author.map(|author| author.parse()).transpose().map_err(|e| format!("author: {e}"))?;
        let details = match serde_json::from_str(&details) {
            Ok(Value::Object(details)) => details,
            _ => return Err("details: no JSON object".to_owned()),
        };
        Ok(Self { at: at.map_err(|e| format!("at_us: {e}"))?, actor, author, kind, details })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Deed, PaymentDecision, StockItem, StockMoved};

    fn entry(deed: Deed) -> Entry {
        let at = OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_767_225_600_123_456);
        Entry { at, actor: "admin", author: Some(UserId(uuid::Uuid::from_u128(7))), deed }
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let amount = Some(crate::money::Money::new(5, "IDR".parse().unwrap()));
        let decided = PaymentDecision { deed: "capture".into(), amount, reason: "asked".into() };
        let item = StockItem { sku: "KOPI".into(), quantity: 2, location: "main".into() };
        let moved = StockMoved { movement: "reserved".into(), reason: None, items: vec![item] };
        for deed in [Deed::PaymentDecision(decided), Deed::Stock(moved)] {
            let sent = entry(deed.clone());
            let told = Told::try_from(wire::Entry::from(sent.clone())).unwrap();
            assert_eq!((told.at, told.actor.as_str(), told.author), (sent.at, sent.actor, sent.author));
            assert_eq!(told.deed(), Some(deed));
        }
    }

    #[test]
    fn a_kind_of_a_later_release_is_passed_on() {
        let sent = wire::Entry {
            kind: "gift_wrapped".into(),
            details: "{\"paper\":\"red\"}".into(),
            ..Default::default()
        };
        let told = Told::try_from(sent).unwrap();
        assert_eq!(
            (told.kind.as_str(), &told.details["paper"], told.deed()),
            ("gift_wrapped", &json!("red"), None)
        );
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        let good = wire::Entry::from(entry(Deed::Stock(StockMoved {
            movement: "rejected".into(),
            reason: None,
            items: vec![],
        })));
        for wrong in [
            wire::Entry { author: "usr_1".into(), ..good.clone() },
            wire::Entry { details: "[]".into(), ..good.clone() },
            wire::Entry { at_us: i64::MAX, ..good.clone() },
        ] {
            assert!(Told::try_from(wrong.clone()).is_err(), "{wrong:?}");
        }
    }
}
