//! All that happened to an order: what order itself keeps, and what the services tell that did something for it.

mod words;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{history::Told, id::UserId};

use super::Actor;
pub use words::{decision, dispute, recall};

/// The service whose lines these are.
pub const OWN: &str = "order";

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who keeps it.
    pub service: String,
    pub at: OffsetDateTime,
    /// In a word that stays the same.
    pub kind: String,
    /// Of a transition.
    pub from: Option<String>,
    pub to: Option<String>,
    pub actor: String,
    pub author: Option<UserId>,
    /// For people.
    pub text: String,
    pub event_id: Option<Uuid>,
    /// What there is to know of it, by kind; of lines of other services.
    pub details: Option<Map<String, Value>>,
}

/// What one service has to tell, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<L> {
    pub lines: Vec<L>,
    /// Whether there are older lines that it leaves out.
    pub more: bool,
}

/// A service that was asked, and what it has to tell; none when it did not answer.
pub type Answer = (String, Option<Part<Told>>);

/// All of it, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub lines: Vec<Line>,
    /// Services that did not answer.
    pub missing: Vec<String>,
    /// Services with more to tell than fits: their oldest lines are left out.
    pub shortened: Vec<String>,
}

/// Puts together what order keeps and what others answered. What order only heard of one that answers is left out: that one
/// tells it, and more of it. So order's own lines are to be read before the others are asked: what order has heard by then,
/// they know.
pub fn tell(own: Part<Line>, answers: Vec<Answer>) -> Story {
    let Part { mut lines, more } = own;
    lines.retain(|line| !is_told(line, &answers));
    let mut story = Story { lines, missing: vec![], shortened: vec![] };
    story.shortened.extend(more.then(|| OWN.to_owned()));
    for (service, part) in answers {
        let Some(Part { lines, more }) = part else {
            story.missing.push(service);
            continue;
        };
        story.lines.extend(lines.into_iter().map(|told| Line::of(&service, told)));
        story.shortened.extend(more.then_some(service));
    }
    // Stable: of one moment, order's lines come first, then those of the services in the order in which they were asked.
    story.lines.sort_by_key(|line| line.at);
    story
}

/// Whether a service tells what order only heard of it. One that leaves out its oldest tells what came after.
fn is_told(line: &Line, answers: &[Answer]) -> bool {
    let Some(teller) = teller(line) else { return false };
    let part = answers.iter().find(|(service, _)| service == teller).and_then(|(_, part)| part.as_ref());
    part.is_some_and(|part| !part.more || part.lines.first().is_some_and(|first| line.at >= first.at))
}

/// The service that tells better what order only heard: what moved the order nowhere, and money that went back.
fn teller(line: &Line) -> Option<&'static str> {
    let actor: Actor = line.actor.parse().ok()?;
    match (line.kind.as_str(), actor) {
        ("heard", Actor::Product) => Some("product"),
        ("heard", Actor::Shipment) => Some("shipment"),
        // Administrators decide about payments at payment's door.
        ("heard", Actor::Payment | Actor::Admin) | ("refund", Actor::Payment) => Some("payment"),
        _ => None,
    }
}

impl Line {
    fn of(service: &str, told: Told) -> Self {
        // A kind of a later release is its own text.
        let text = told.deed().map_or_else(|| told.kind.clone(), |deed| words::of(&deed));
        let Told { at, actor, author, kind, details } = told;
        let (service, details) = (service.to_owned(), Some(details));
        Self { service, at, kind, from: None, to: None, actor, author, text, event_id: None, details }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::Duration;

    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn own(seconds: i64, kind: &str, actor: Actor) -> Line {
        Line {
            service: OWN.into(),
            at: at(seconds),
            kind: kind.into(),
            from: None,
            to: None,
            actor: actor.to_string(),
            author: None,
            text: format!("{kind} {seconds}"),
            event_id: None,
            details: None,
        }
    }

    fn told(seconds: i64, kind: &str) -> Told {
        let details = json!({"n": 1}).as_object().unwrap().clone();
        Told { at: at(seconds), actor: "x".into(), author: None, kind: kind.into(), details }
    }

    fn part<L>(lines: Vec<L>) -> Part<L> {
        Part { lines, more: false }
    }

    fn texts(story: &Story) -> Vec<&str> {
        story.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_stand_in_the_order_of_time_and_services() {
        let mine = part(vec![own(1, "transition", Actor::Customer), own(3, "note", Actor::Staff)]);
        let answers = vec![
            ("product".to_owned(), Some(part(vec![told(2, "a"), told(3, "b")]))),
            ("payment".to_owned(), Some(part(vec![told(3, "c"), told(3, "d"), told(0, "e")]))),
        ];
        let story = tell(mine, answers);
        assert_eq!(texts(&story), ["e", "transition 1", "a", "note 3", "b", "c", "d"]);
        assert_eq!(
            (story.lines[2].service.as_str(), &story.lines[2].details),
            ("product", &Some(told(2, "a").details))
        );
        assert!(story.missing.is_empty() && story.shortened.is_empty());
    }

    #[test]
    fn what_order_heard_is_left_out_where_the_teller_answers_and_stays_where_it_does_not() {
        let mine = || {
            part(vec![
                own(1, "transition", Actor::Payment),
                own(2, "heard", Actor::Payment),
                own(3, "heard", Actor::Admin),
                own(4, "refund", Actor::Payment),
                own(5, "heard", Actor::Shipment),
                own(6, "heard", Actor::Product),
                own(7, "return", Actor::Shipment),
            ])
        };
        let services = ["product", "payment", "shipment"];
        let answers = |there: &str| {
            let answer = |service: &&str| ((*service).to_owned(), (*service == there).then(|| part(vec![])));
            services.iter().map(answer).collect::<Vec<_>>()
        };
        for (there, left_out) in
            [("nobody", vec![]), ("product", vec![6]), ("shipment", vec![5]), ("payment", vec![2, 3, 4])]
        {
            let story = tell(mine(), answers(there));
            let left: Vec<i64> = story.lines.iter().map(|line| line.at.unix_timestamp()).collect();
            assert_eq!(left, (1..=7).filter(|n| !left_out.contains(n)).collect::<Vec<_>>(), "{there}");
            let missing: Vec<&str> = services.into_iter().filter(|service| *service != there).collect();
            assert_eq!(story.missing, missing);
        }
    }

    #[test]
    fn what_is_older_than_all_that_a_service_tells_stays() {
        let mine = Part {
            more: true,
            ..part(vec![own(1, "heard", Actor::Payment), own(5, "heard", Actor::Payment)])
        };
        let cut = Part { more: true, ..part(vec![told(4, "a")]) };
        let story = tell(mine, vec![("payment".to_owned(), Some(cut))]);
        assert_eq!(texts(&story), ["heard 1", "a"]);
        assert_eq!(story.shortened, [OWN, "payment"]);
    }
}
