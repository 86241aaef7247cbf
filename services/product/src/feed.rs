//! What changed, heard by every replica: two tables that only grow are read on from where this replica was.
//!
//! Numbers are given before a transaction commits, so a smaller one can appear after a greater one. What was skipped is
//! therefore asked for again, for a while: most of it comes with the next look, what was rolled back never does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::PgPool;
use warung_contracts::id::ProductId;

use crate::{
    cache::Cache,
    store::changes::{self, Change, Missing, Position},
};

/// Changes of one look at most, in each feed.
const BATCH: i64 = 2_000;
/// How often a skipped number is asked for: at four looks a second for a minute, longer than any transaction lasts.
const LOOKS: u16 = 240;
/// Skipped numbers of each feed at most; the newest are kept.
const SKIPPED_MAX: i64 = 2_000;

/// Where this replica is.
#[derive(Debug, Clone)]
pub struct Feed {
    cache: Cache,
    seen: Arc<Mutex<Option<Seen>>>,
}

/// Looks that are left, by number.
type Skipped = BTreeMap<i64, u16>;

#[derive(Debug, Clone, Default)]
struct Seen {
    position: Position,
    changes: Skipped,
    movements: Skipped,
}

impl Feed {
    /// A feed of this cache.
    pub fn new(cache: Cache) -> Self {
        Self { cache, seen: Arc::default() }
    }

    /// Hears what is new.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn hear(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let known = self.seen().clone();
        let mut seen = match known {
            Some(seen) => seen,
            None => Seen { position: changes::newest(pool).await?, ..Seen::default() },
        };
        loop {
            let rows = changes::after(pool, seen.position, &seen.missing(), BATCH).await?;
            let full = rows.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
            self.cache.forget(seen.news(&rows));
            *self.seen() = Some(seen.clone());
            if !full {
                break;
            }
        }
        self.cache.heard();
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Option<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn missing(&self) -> Missing {
        let numbers = |skipped: &Skipped| skipped.keys().copied().collect();
        Missing { changes: numbers(&self.changes), movements: numbers(&self.movements) }
    }

    /// The products of these rows; notes what they skip.
    fn news(&mut self, rows: &[Change]) -> Vec<ProductId> {
        for (stock, newest, skipped) in [
            (false, &mut self.position.change, &mut self.changes),
            (true, &mut self.position.movement, &mut self.movements),
        ] {
            skipped.retain(|_, looks| {
                *looks -= 1;
                *looks > 0
            });
            for number in rows.iter().filter(|row| row.stock == stock).map(|row| row.number) {
                skipped.remove(&number);
                let first = (*newest + 1).max(number - SKIPPED_MAX);
                skipped.extend((first..number).map(|skipped| (skipped, LOOKS)));
                *newest = number.max(*newest);
            }
            let floor = *newest - SKIPPED_MAX;
            skipped.retain(|number, _| *number >= floor);
        }
        rows.iter().map(|row| row.product_id).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn change(number: i64) -> Change {
        Change { stock: true, number, product_id: ProductId(Uuid::from_u128(7)) }
    }

    #[tokio::test]
    async fn a_look_that_fails_forgets_no_place() {
        let feed = Feed::new(Cache::new());
        let mut seen = Seen::default();
        seen.news(&[change(7)]);
        *feed.seen() = Some(seen);
        let away = PgPool::connect_lazy("postgres://localhost/none").unwrap();
        away.close().await;
        assert!(feed.hear(&away).await.is_err());
        assert_eq!(feed.seen().as_ref().map(|seen| seen.position.movement), Some(7));
    }

    #[test]
    fn a_number_that_commits_late_is_asked_for_until_it_comes() {
        let mut seen = Seen::default();
        assert_eq!(seen.news(&[change(1), change(3)]).len(), 2);
        assert_eq!((seen.position.movement, seen.missing().movements), (3, vec![2]));
        assert_eq!(seen.news(&[change(5), change(2)]).len(), 2);
        assert_eq!((seen.position.movement, seen.missing().movements), (5, vec![4]));
        assert_eq!(seen.missing().changes, [0; 0], "the feeds are counted apart");
    }

    #[test]
    fn a_number_that_never_comes_is_given_up() {
        let mut seen = Seen::default();
        seen.news(&[change(2)]);
        (0..LOOKS).for_each(|_| drop(seen.news(&[])));
        assert_eq!(seen.missing(), Missing::default());
        seen.news(&[change(1_000_000)]);
        let first = seen.missing().movements.first().copied();
        assert_eq!(first, Some(1_000_000 - SKIPPED_MAX), "a leap is not remembered whole");
    }
}
