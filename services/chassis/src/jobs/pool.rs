//! Work on claimed rows by lane: a provider, a channel. A lane that hangs fills its own room alone.
//!
//! ```text
//!  claim: at most as many rows of a lane as it has room for ──> each row is worked on by itself, at once ──> its place is free
//! ```
//! So no row is claimed that waits for others, and no claim runs out before its work has begun.

use std::{num::NonZeroUsize, sync::Arc};

use futures::future::BoxFuture;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

/// What is done with rows, and how they are claimed.
pub trait Pool: Send + Sync + 'static {
    /// A row that was claimed.
    type Row: Send + 'static;

    /// The lanes there are. Rows of no lane are never claimed.
    fn lanes(&self) -> &'static [&'static str];

    /// Rows of a lane that are under way at once, at most.
    fn room(&self) -> NonZeroUsize;

    /// The lane of a row.
    fn lane<'a>(&self, row: &'a Self::Row) -> &'a str;

    /// Claims rows that are due, for longer than the work on one takes: of each lane as many as there is room for.
    fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Self::Row>>>;

    /// Works on one. Where it fails or is killed, its claim runs out and it is claimed again.
    fn work(&self, row: Self::Row) -> BoxFuture<'_, anyhow::Result<()>>;
}

/// Lanes with room, and for how many rows: two columns, as statements take them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Their names.
    pub lanes: Vec<&'static str>,
    /// Rows, in the order of the names.
    pub rows: Vec<i64>,
}

/// Rows under way.
pub(super) type UnderWay = JoinSet<anyhow::Result<()>>;

/// What came of a claim.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub claimed: u64,
    /// Lanes of which more may wait: they had no room, or all the room they had was taken.
    pub more: Vec<&'static str>,
}

/// A pool without its type.
pub(super) trait Fill: Send + Sync {
    /// Claims what there is room for and begins it.
    fn fill(self: Arc<Self>, under_way: &mut UnderWay) -> BoxFuture<'_, anyhow::Result<Filled>>;

    /// Whether so much of one of these lanes is free.
    fn has_room(&self, lanes: &[&'static str], share: Share) -> bool;
}

/// A part of a lane.
#[derive(Debug, Clone, Copy)]
pub(super) enum Share {
    /// A place.
    Any,
    Half,
}

/// A pool and what its lanes have room for.
pub(super) struct Lanes<P> {
    pool: P,
    lanes: Vec<(&'static str, Arc<Semaphore>)>,
}

impl<P: Pool> Lanes<P> {
    pub(super) fn new(pool: P) -> Self {
        let room = pool.room().get();
        let lanes = pool.lanes().iter().map(|name| (*name, Arc::new(Semaphore::new(room)))).collect();
        Self { pool, lanes }
    }

    fn room(&self) -> Room {
        let free = self.lanes.iter().map(|(name, places)| (*name, places.available_permits()));
        let free = free.filter(|(_, places)| *places > 0);
        let (lanes, rows) =
            free.map(|(name, places)| (name, i64::try_from(places).unwrap_or(i64::MAX))).unzip();
        Room { lanes, rows }
    }

    /// A place in a row's lane, which is free again when it is dropped.
    fn place(&self, row: &P::Row) -> Option<OwnedSemaphorePermit> {
        let lane = self.pool.lane(row);
        let (_, places) = self.lanes.iter().find(|(name, _)| *name == lane)?;
        places.clone().try_acquire_owned().ok()
    }
}

impl<P: Pool> Fill for Lanes<P> {
    fn fill(self: Arc<Self>, under_way: &mut UnderWay) -> BoxFuture<'_, anyhow::Result<Filled>> {
        Box::pin(async move {
            let mut room = self.room();
            let rows = if room.lanes.is_empty() { Vec::new() } else { self.pool.claim(room.clone()).await? };
            let claimed = rows.len().try_into().unwrap_or(u64::MAX);
            for row in rows {
                if let Some(lane) = room.lanes.iter().position(|name| *name == self.pool.lane(&row)) {
                    room.rows[lane] -= 1;
                }
                let (pool, place) = (self.clone(), self.place(&row));
                under_way.spawn(async move {
                    let _place = place;
                    pool.pool.work(row).await
                });
            }
            // Not by the places that are left now: some were freed while rows were claimed for others.
            let had_enough =
                |name: &&str| room.lanes.iter().zip(&room.rows).any(|(lane, left)| lane == name && *left > 0);
            let more = self.pool.lanes().iter().copied().filter(|name| !had_enough(name)).collect();
            Ok(Filled { claimed, more })
        })
    }

    fn has_room(&self, lanes: &[&'static str], share: Share) -> bool {
        let places = match share {
            Share::Any => 1,
            Share::Half => self.pool.room().get().div_ceil(2),
        };
        self.lanes.iter().any(|(name, free)| lanes.contains(name) && free.available_permits() >= places)
    }
}

/// Claims what there is room for, once, and works on all of it.
pub(super) async fn once(pool: Arc<dyn Fill>) -> anyhow::Result<u64> {
    let mut under_way = UnderWay::new();
    let Filled { claimed, .. } = pool.fill(&mut under_way).await?;
    let mut result = Ok(());
    while let Some(done) = under_way.join_next().await {
        result = result.and(done?);
    }
    result.map(|()| claimed)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Mutex, PoisonError,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    use tokio::sync::{Notify, watch};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::jobs::Job;

    type Row = (&'static str, u32);

    /// Rows that wait, and those that are done; what is of the lane `hangs` ends once it may.
    struct Desk {
        waiting: Arc<Mutex<Vec<Row>>>,
        done: watch::Sender<Vec<Row>>,
        may_end: Arc<Semaphore>,
        /// What hangs ends while rows are claimed for the one place that is free.
        ends_during_claim: AtomicBool,
        room: usize,
        /// Rows of each claim that found some.
        claims: Arc<Mutex<Vec<usize>>>,
    }

    impl Pool for Desk {
        type Row = Row;

        fn lanes(&self) -> &'static [&'static str] {
            &["hangs", "answers"]
        }

        fn room(&self) -> NonZeroUsize {
            NonZeroUsize::new(self.room).unwrap()
        }

        fn lane<'a>(&self, row: &'a Row) -> &'a str {
            row.0
        }

        fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Row>>> {
            Box::pin(async move {
                if room.rows[0] == 1 && self.ends_during_claim.swap(false, Ordering::Relaxed) {
                    self.may_end.add_permits(1);
                    let _ = self.done.subscribe().wait_for(|done| done.len() >= 2).await;
                }
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let mut claimed = Vec::new();
                for (lane, rows) in room.lanes.into_iter().zip(room.rows) {
                    for _ in 0..rows {
                        let Some(place) = waiting.iter().position(|row| row.0 == lane) else { break };
                        claimed.push(waiting.remove(place));
                    }
                }
                if !claimed.is_empty() {
                    self.claims.lock().unwrap_or_else(PoisonError::into_inner).push(claimed.len());
                }
                Ok(claimed)
            })
        }

        fn work(&self, row: Row) -> BoxFuture<'_, anyhow::Result<()>> {
            Box::pin(async move {
                if row.0 == "hangs" {
                    self.may_end.acquire().await?.forget();
                }
                assert!(row.1 != 13, "a row that breaks off");
                anyhow::ensure!(row.1 != 12, "a row that fails");
                self.done.send_modify(|done| done.push(row));
                Ok(())
            })
        }
    }

    /// A job that works on these rows, and what is seen of it.
    struct Office {
        waiting: Arc<Mutex<Vec<Row>>>,
        done: watch::Receiver<Vec<Row>>,
        may_end: Arc<Semaphore>,
        claims: Arc<Mutex<Vec<usize>>>,
        job: Job,
    }

    impl Office {
        fn open(rows: &[Row]) -> Self {
            Self::open_for(rows, 2, false)
        }

        fn open_for(rows: &[Row], room: usize, ends_during_claim: bool) -> Self {
            let (sender, done) = watch::channel(Vec::new());
            let (waiting, may_end) = (Arc::new(Mutex::new(rows.to_vec())), Arc::new(Semaphore::new(0)));
            let claims = Arc::default();
            let desk = Desk {
                waiting: waiting.clone(),
                done: sender,
                may_end: may_end.clone(),
                ends_during_claim: ends_during_claim.into(),
                room,
                claims: Arc::clone(&claims),
            };
            // Only room, and never the clock, brings the next claim.
            let job = Job::pool("desk", Duration::from_secs(3600), desk);
            Self { waiting, done, may_end, claims, job }
        }

        fn waiting(&self) -> Vec<Row> {
            self.waiting.lock().unwrap().clone()
        }

        async fn done(&mut self, lane: &str, rows: usize) {
            let is_done = |done: &Vec<Row>| done.iter().filter(|row| row.0 == lane).count() == rows;
            self.done.wait_for(is_done).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_lane_that_hangs_holds_up_no_other() {
        let hangs = (0..6).map(|n| ("hangs", n));
        let rows: Vec<Row> = hangs.chain((0..9).map(|n| ("answers", n))).collect();
        let mut office = Office::open(&rows);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().run(stop.clone()));
        office.done("answers", 9).await;
        // What it has no room for is not claimed: somebody else may have it.
        assert_eq!(office.waiting(), rows[2..6]);
        office.may_end.add_permits(6);
        office.done("hangs", 6).await;
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn places_that_become_free_during_a_claim_are_filled_at_once() {
        let mut office = Office::open_for(&[("hangs", 1), ("hangs", 2), ("hangs", 3), ("hangs", 4)], 2, true);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().run(stop.clone()));
        office.may_end.add_permits(1);
        office.done("hangs", 2).await;
        office.may_end.add_permits(2);
        let all = tokio::time::timeout(Duration::from_secs(60), office.done("hangs", 4)).await;
        assert!(all.is_ok(), "rows wait for the clock: {:?}", office.waiting());
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn rows_are_not_claimed_one_by_one_as_places_become_free() {
        let rows: Vec<Row> = (1..=8).map(|n| ("hangs", n)).collect();
        let mut office = Office::open_for(&rows, 4, false);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().run(stop.clone()));
        for ended in 1..=8 {
            office.may_end.add_permits(1);
            office.done("hangs", ended).await;
        }
        let claims = office.claims.lock().unwrap().clone();
        assert!(claims.len() <= 3, "of 4 places, a row at a time: {claims:?}");
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_is_under_way_is_finished_at_stop_and_nothing_more_begun() {
        let mut office = Office::open(&[("hangs", 1), ("hangs", 2), ("hangs", 3), ("answers", 1)]);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().run(stop.clone()));
        office.done("answers", 1).await;
        stop.cancel();
        office.may_end.add_permits(9);
        running.await.unwrap().unwrap();
        office.done("hangs", 2).await;
        assert_eq!(office.waiting(), [("hangs", 3)]);
    }

    #[tokio::test]
    async fn a_row_that_fails_or_breaks_off_frees_its_place() {
        let rows = [("answers", 12), ("answers", 13), ("answers", 12), ("answers", 13), ("answers", 1)];
        let mut office = Office::open(&rows);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().run(stop.clone()));
        office.done("answers", 1).await;
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn once_works_on_what_there_is_room_for_and_says_what_failed() {
        let mut office = Office::open(&[("answers", 1), ("answers", 2), ("answers", 3), ("answers", 12)]);
        assert_eq!(office.job.once().await.unwrap(), 2);
        office.done("answers", 2).await;
        let failed = office.job.once().await.unwrap_err();
        assert_eq!(failed.to_string(), "a row that fails");
        office.done("answers", 3).await;
        assert_eq!(office.job.once().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_wake_up_claims_what_came_since() {
        let wake = Arc::new(Notify::new());
        let mut office = Office::open(&[]);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.job.clone().woken_by(wake.clone()).run(stop.clone()));
        for n in 0..5 {
            office.waiting.lock().unwrap().push(("answers", n));
            wake.notify_one();
            office.done("answers", n as usize + 1).await;
        }
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}
