//! Aggregates whose next event NATS refuses: their events wait, in their order, and those of others go on.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::backoff::Backoff;

/// Before a refused event is tried again.
const AGAIN: Backoff = Backoff::doubling(Duration::from_secs(1), Duration::from_secs(60));

/// Which aggregates wait, and for how long.
#[derive(Debug, Default)]
pub struct Held(HashMap<String, Lane>);

#[derive(Debug, Clone, Copy)]
struct Lane {
    refusals: u32,
    until: Instant,
}

impl Held {
    /// Those whose turn it is not yet.
    pub fn waiting(&self, now: Instant) -> Vec<&str> {
        self.0.iter().filter(|(_, lane)| lane.until > now).map(|(aggregate, _)| aggregate.as_str()).collect()
    }

    /// Notes whose event was refused in the turn that began `now`. Who had a turn and was not refused waits no more.
    pub fn note(&mut self, refused: Vec<String>, now: Instant) {
        let had_turn: HashMap<String, Lane> = self.0.extract_if(|_, lane| lane.until <= now).collect();
        for aggregate in refused {
            let refusals = had_turn.get(&aggregate).map_or(0, |lane| lane.refusals).saturating_add(1);
            self.0.insert(aggregate, Lane { refusals, until: now + AGAIN.after(refusals) });
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_refused_waits_longer_each_time_until_it_is_refused_no_more() {
        let mut held = Held::default();
        let mut now = Instant::now();
        for (nth, most) in [(1, 1), (2, 2), (3, 4), (4, 8), (9, 60)] {
            while held.0.get("a").map_or(0, |lane| lane.refusals) < nth {
                now += Duration::from_secs(60);
                assert!(held.waiting(now).is_empty());
                held.note(vec!["a".into()], now);
            }
            assert_eq!(held.waiting(now), ["a"]);
            assert!(held.waiting(now + Duration::from_secs(most)).is_empty(), "{nth}");
        }
        held.note(vec!["b".into()], now);
        assert_eq!(held.len(), 2, "it had no turn");
        held.note(Vec::new(), now + Duration::from_secs(60));
        assert_eq!(held.len(), 0);
    }
}
