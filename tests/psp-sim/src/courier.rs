//! Carries webhooks to the shop, as badly as it is told to.
//!
//! A webhook waits until its time, goes out, and goes again as the company's documents say when it is not taken. Times
//! are the company's clock, so that a test can let days pass.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use url::{Host, Url};

use crate::ids::Ids;

/// How long the shop may take to answer.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(15);

/// A webhook as it is sent.
#[derive(Debug, Clone, Serialize)]
pub struct Webhook {
    /// Number in order of sending.
    pub number: u64,
    /// What it tells, in the company's word.
    pub event: String,
    /// Where it goes; nowhere when the shop named no place.
    pub url: Option<String>,
    pub headers: Vec<(String, String)>,
    /// Byte for byte.
    pub body: String,
}

/// How webhooks are carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Kept until they are let go.
    pub hold: bool,
    /// Of a hundred, this many never arrive.
    pub drop_percent: u8,
    /// Of a hundred, this many arrive twice.
    pub duplicate_percent: u8,
    /// Each is late by up to this many milliseconds, so that they overtake each other.
    pub late_ms_max: u32,
}

/// In which order what was held goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    AsSent,
    Reversed,
}

#[derive(Debug, Clone)]
struct Parcel {
    webhook: Webhook,
    due_at: OffsetDateTime,
    tries: usize,
}

/// What became of the webhooks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub waiting: usize,
    pub taken: usize,
    pub dropped: usize,
    pub given_up: usize,
}

#[derive(Debug, Default)]
struct State {
    policy: Policy,
    parcels: Vec<Parcel>,
    counts: Counts,
}

/// The courier of one company.
#[derive(Debug)]
pub struct Courier {
    state: Mutex<State>,
    numbers: AtomicU64,
    dice: Ids,
}

impl Courier {
    /// A courier whose luck is this seed's.
    pub fn new(seed: u64, policy: Policy) -> Self {
        let state = Mutex::new(State { policy, ..State::default() });
        Self { state, numbers: AtomicU64::new(1), dice: Ids::new(!seed) }
    }

    /// Takes a webhook on.
    pub fn send(
        &self,
        now: OffsetDateTime,
        event: &str,
        url: Option<&str>,
        headers: Vec<(String, String)>,
        body: String,
    ) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let webhook = Webhook { number, event: event.to_owned(), url: url.map(str::to_owned), headers, body };
        let mut state = self.lock();
        let policy = state.policy;
        if self.happens(policy.drop_percent) {
            state.counts.dropped += 1;
            return;
        }
        for _ in 0..=usize::from(self.happens(policy.duplicate_percent)) {
            let late = self.dice.number() % (u64::from(policy.late_ms_max) + 1);
            let due_at = now + std::time::Duration::from_millis(late);
            state.parcels.push(Parcel { webhook: webhook.clone(), due_at, tries: 0 });
        }
    }

    fn happens(&self, percent: u8) -> bool {
        self.dice.number() % 100 < u64::from(percent)
    }

    /// Carries from now on like this.
    pub fn set(&self, policy: Policy) {
        self.lock().policy = policy;
    }

    /// Those that wait, in order.
    pub fn waiting(&self) -> Vec<Webhook> {
        self.lock().parcels.iter().map(|parcel| parcel.webhook.clone()).collect()
    }

    /// Takes those that wait: whoever takes them carries or loses them.
    pub fn take(&self) -> Vec<Webhook> {
        let parcels = std::mem::take(&mut self.lock().parcels);
        parcels.into_iter().map(|parcel| parcel.webhook).collect()
    }

    /// What became of all so far.
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts { waiting: state.parcels.len(), ..state.counts }
    }

    /// Sends once what waits, held or not, each this many times.
    pub async fn release(&self, order: Order, copies: usize, client: &reqwest::Client) {
        let mut parcels = std::mem::take(&mut self.lock().parcels);
        if order == Order::Reversed {
            parcels.reverse();
        }
        for parcel in parcels {
            for _ in 0..copies.max(1) {
                let taken = matches!(post(client, &parcel.webhook).await, Some(200..=299));
                self.count(taken);
            }
        }
    }

    /// Sends what is due, and puts off what was not taken for as long as `again_after` says.
    pub async fn pump(
        &self,
        now: OffsetDateTime,
        client: &reqwest::Client,
        again_after: fn(usize, Option<u16>) -> Option<Duration>,
    ) {
        for mut parcel in self.due(now) {
            let answered = post(client, &parcel.webhook).await;
            parcel.tries += 1;
            match again_after(parcel.tries, answered) {
                _ if matches!(answered, Some(200..=299)) => self.count(true),
                Some(wait) => {
                    parcel.due_at = now + wait;
                    self.lock().parcels.push(parcel);
                }
                None => self.count(false),
            }
        }
    }

    /// Takes what is due out of the bag, earliest first; what goes nowhere stays, to be looked at.
    fn due(&self, now: OffsetDateTime) -> Vec<Parcel> {
        let mut state = self.lock();
        if state.policy.hold {
            return Vec::new();
        }
        let goes = |parcel: &Parcel| parcel.due_at <= now && parcel.webhook.url.is_some();
        let (mut due, rest) = std::mem::take(&mut state.parcels).into_iter().partition::<Vec<_>, _>(goes);
        state.parcels = rest;
        due.sort_by_key(|parcel| parcel.due_at);
        due
    }

    fn count(&self, taken: bool) {
        let counts = &mut self.lock().counts;
        if taken { counts.taken += 1 } else { counts.given_up += 1 }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status with which the shop answered, if it did.
async fn post(client: &reqwest::Client, webhook: &Webhook) -> Option<u16> {
    let url = loopback(webhook.url.as_deref()?)?;
    let mut request = client.post(url).timeout(DEADLINE).body(webhook.body.clone());
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    Some(request.send().await.ok()?.status().as_u16())
}

/// A simulator never speaks to anybody but this machine.
fn loopback(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let near = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    near.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn courier(policy: Policy) -> Vec<u64> {
        let courier = Courier::new(7, policy);
        for _ in 0..100 {
            courier.send(NOW, "paid", None, Vec::new(), "{}".to_owned());
        }
        courier.take().into_iter().map(|webhook| webhook.number).collect()
    }

    #[test]
    fn a_seed_drops_and_doubles_the_same_webhooks() {
        let policy = Policy { drop_percent: 20, duplicate_percent: 20, ..Policy::default() };
        let carried = courier(policy);
        assert_eq!(carried, courier(policy));
        let different: std::collections::BTreeSet<u64> = carried.iter().copied().collect();
        assert!(different.len() < 95 && carried.len() > different.len(), "{carried:?}");
        assert_eq!(courier(Policy::default()).len(), 100);
    }

    #[test]
    fn nothing_leaves_the_machine() {
        for near in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/x"] {
            assert!(loopback(near).is_some(), "{near}");
        }
        for far in ["https://example.com/x", "http://10.0.0.1/x", "http://localhost.example/x", "no url"] {
            assert!(loopback(far).is_none(), "{far}");
        }
    }
}
