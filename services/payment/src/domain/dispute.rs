//! A customer contests a payment, at their bank or at the provider: what is known of it, and what news of it change.
//!
//! It goes forward only: an inquiry may become a dispute, which is won or lost. What is taken grows until it is won, and
//! shrinks afterwards, so that news that overtake each other come to the same.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::money::Money;

/// How far a dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DisputeState)]
pub enum State {
    /// A question before a dispute: no money moved.
    Inquiry,
    /// It waits for the shop, or for who decides.
    Opened,
    /// The shop keeps the money. The end.
    Won,
    /// The customer keeps the money. The end.
    Lost,
}

warung_contracts::words!(
    State,
    "state of a dispute",
    Inquiry = "inquiry",
    Opened = "opened",
    Won = "won",
    Lost = "lost",
);

impl State {
    /// Whether it can still become another.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Inquiry | Self::Opened)
    }
}

/// A dispute, as a provider tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The provider's id of it.
    pub reference: String,
    pub state: State,
    /// What is contested.
    pub amount: Money,
    /// Minor units that were taken and not given back.
    pub taken: i64,
    /// Why, in the provider's word.
    pub reason: String,
    /// Until when the shop has to answer; none where it has, or need not.
    pub respond_by: Option<OffsetDateTime>,
    /// When it began, where they tell.
    pub opened_at: Option<OffsetDateTime>,
}

/// A dispute, as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub reference: String,
    pub state: State,
    pub amount: Money,
    /// Minor units that were taken and not given back.
    pub taken: i64,
    pub reason: String,
    pub respond_by: Option<OffsetDateTime>,
    pub opened_at: OffsetDateTime,
    pub closed_at: Option<OffsetDateTime>,
}

/// What follows from news of a dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub dispute: Dispute,
    /// Minor units that were taken (positive) or given back (negative).
    pub moved: i64,
    /// It is new, or an inquiry has become a dispute.
    pub opened: bool,
    /// It has come to its end.
    pub closed: bool,
    /// It had ended otherwise: a person has to look.
    pub contradicts: bool,
}

impl Dispute {
    /// What follows from what is told now.
    pub fn hear(known: Option<&Self>, told: &Told, now: OffsetDateTime) -> Change {
        match known {
            Some(known) => known.told(told, now),
            None => Self::begun(told, now),
        }
    }

    fn begun(told: &Told, now: OffsetDateTime) -> Change {
        let closed = !told.state.is_open();
        let dispute = Self {
            reference: told.reference.clone(),
            state: told.state,
            amount: told.amount,
            taken: told.taken,
            reason: told.reason.clone(),
            respond_by: told.respond_by.filter(|_| !closed),
            opened_at: told.opened_at.unwrap_or(now),
            closed_at: closed.then_some(now),
        };
        Change { moved: dispute.taken, opened: true, closed, contradicts: false, dispute }
    }

    fn told(&self, told: &Told, now: OffsetDateTime) -> Change {
        let had_ended = !self.state.is_open();
        let other_end = had_ended && !told.state.is_open() && told.state != self.state;
        let contradicts = other_end || told.amount.currency != self.amount.currency;
        // An answer that a later one has overtaken says nothing.
        if contradicts || told.state < self.state {
            return Change { dispute: self.clone(), moved: 0, opened: false, closed: false, contradicts };
        }
        let closed = !told.state.is_open();
        let taken = match told.state {
            State::Won => self.taken.min(told.taken),
            State::Inquiry | State::Opened | State::Lost => self.taken.max(told.taken),
        };
        let amount =
            if told.amount.amount_minor > self.amount.amount_minor { told.amount } else { self.amount };
        let dispute = Self {
            state: told.state,
            amount,
            taken,
            reason: told.reason.clone(),
            respond_by: told.respond_by.filter(|_| !closed),
            closed_at: self.closed_at.or(closed.then_some(now)),
            ..self.clone()
        };
        Change {
            moved: taken - self.taken,
            opened: self.state == State::Inquiry && told.state == State::Opened,
            closed: closed && !had_ended,
            contradicts: false,
            dispute,
        }
    }

    /// What is taken of it, in its own currency.
    pub fn taken(&self) -> Money {
        Money::new(self.taken, self.amount.currency)
    }
}

/// How all disputes of an order stand together: open while one is, else lost where one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overall {
    Open,
    Lost,
    Won,
}

impl Overall {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Won => "won",
        }
    }

    /// Of disputes in these states.
    pub fn of(states: &[State]) -> Self {
        match states {
            states if states.iter().any(|state| state.is_open()) => Self::Open,
            states if states.contains(&State::Lost) => Self::Lost,
            _ => Self::Won,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn told(state: State, taken: i64) -> Told {
        Told {
            reference: "dp_1".to_owned(),
            state,
            amount: Money::new(100, "IDR".parse().unwrap()),
            taken,
            reason: "fraudulent".to_owned(),
            respond_by: Some(NOW),
            opened_at: None,
        }
    }

    fn after(news: &[Told]) -> (Option<Dispute>, i64, Vec<&'static str>) {
        let (mut known, mut ledger, mut events) = (None, 0, Vec::new());
        for told in news {
            let change = Dispute::hear(known.as_ref(), told, NOW);
            ledger += change.moved;
            events.extend(change.opened.then_some("opened"));
            events.extend(change.closed.then_some("closed"));
            events.extend(change.contradicts.then_some("contradicts"));
            known = Some(change.dispute);
        }
        (known, ledger, events)
    }

    #[test]
    fn money_is_taken_once_and_comes_back_when_it_is_won() {
        use State::{Inquiry, Lost, Opened, Won};
        for (news, ledger, events) in [
            (vec![told(Opened, 100); 3], 100, vec!["opened"]),
            (
                vec![told(Opened, 100), told(Won, 100), told(Won, 0), told(Won, 100)],
                0,
                vec!["opened", "closed"],
            ),
            (vec![told(Inquiry, 0), told(Opened, 100), told(Inquiry, 0)], 100, vec!["opened", "opened"]),
            (vec![told(Inquiry, 0), told(Won, 0)], 0, vec!["opened", "closed"]),
            // Heard of at its end alone.
            (vec![told(Lost, 100), told(Opened, 100)], 100, vec!["opened", "closed"]),
            // Who lost has not won, whatever is said later, and the other way round.
            (
                vec![told(Opened, 100), told(Lost, 100), told(Won, 0)],
                100,
                vec!["opened", "closed", "contradicts"],
            ),
            (
                vec![told(Opened, 100), told(Won, 0), told(Lost, 100)],
                0,
                vec!["opened", "closed", "contradicts"],
            ),
            // First a part, then the rest.
            (vec![told(Lost, 40), told(Lost, 100), told(Lost, 40)], 100, vec!["opened", "closed"]),
        ] {
            let (known, sum, heard) = after(&news);
            assert_eq!((sum, heard), (ledger, events), "{news:?}");
            assert_eq!(known.unwrap().taken, ledger, "{news:?}");
        }
    }

    #[test]
    fn nobody_has_to_answer_what_has_ended() {
        assert_eq!(after(&[told(State::Opened, 0)]).0.unwrap().respond_by, Some(NOW));
        let ended = after(&[told(State::Opened, 0), told(State::Lost, 100)]).0.unwrap();
        assert_eq!((ended.respond_by, ended.closed_at), (None, Some(NOW)));
    }

    #[test]
    fn an_order_is_contested_while_one_dispute_is() {
        use State::{Inquiry, Lost, Opened, Won};
        assert_eq!(Overall::of(&[Won, Opened]), Overall::Open);
        assert_eq!(Overall::of(&[Lost, Inquiry]), Overall::Open);
        assert_eq!(Overall::of(&[Won, Lost, Won]), Overall::Lost);
        assert_eq!(Overall::of(&[Won]), Overall::Won);
    }

    proptest! {
        /// A company that tells the truth, whose answers come in any order and any number of times.
        #[test]
        fn the_order_of_answers_changes_nothing(
            won in any::<bool>(), inquiry in any::<bool>(), order in prop::collection::vec(0..4_usize, 0..40),
        ) {
            let begin = if inquiry { told(State::Inquiry, 0) } else { told(State::Opened, 0) };
            let ends = if won { [told(State::Won, 100), told(State::Won, 0)] } else { [told(State::Lost, 100), told(State::Lost, 100)] };
            let story = [begin, told(State::Opened, 100), ends[0].clone(), ends[1].clone()];
            let mut news: Vec<Told> = order.into_iter().map(|place| story[place].clone()).collect();
            // The last question has the last answer.
            news.push(story[3].clone());
            let (known, ledger, events) = after(&news);
            let known = known.unwrap();
            prop_assert_eq!((ledger, known.taken), if won { (0, 0) } else { (100, 100) });
            prop_assert_eq!(known.state, if won { State::Won } else { State::Lost });
            prop_assert_eq!(events.iter().filter(|event| **event == "closed").count(), 1);
            prop_assert!(!events.contains(&"contradicts"));
        }
    }
}
