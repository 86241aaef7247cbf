//! Many replicas, one writer: who holds the Lease, and the fence before every write.
//!
//! ```text
//! |-- asked to renew --------- fence: no more writes --------- another may take over --|
//! 0                            RENEW_DEADLINE                  LEASE_DURATION
//! ```
//!
//! A replica stops writing before anybody else may start, by its own monotonic clock, even when its renewals hang.
//! The fence is why this isn't a library's: those tell of a lost lease, but not until when it is held.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::{Client, ResourceExt};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// After this long without a renewal another replica takes the Lease.
pub const LEASE_DURATION: Duration = Duration::from_secs(15);
/// After this long without a renewal the holder writes no more.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// Time between two renewals, or two attempts.
const RETRY_PERIOD: Duration = Duration::from_secs(2);

/// A write was about to happen that only the leader may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this replica doesn't hold the lease any more; the one that does carries on")]
pub struct NotLeader;

/// Until when this replica may write.
#[derive(Debug, Default)]
pub struct Leadership {
    until: Mutex<Option<Instant>>,
}

impl Leadership {
    /// For an operator that is known to be alone.
    pub fn forever() -> Arc<Self> {
        let far = Instant::now() + Duration::from_secs(100 * 365 * 24 * 3600);
        Arc::new(Self { until: Mutex::new(Some(far)) })
    }

    /// Whether a write may begin now.
    ///
    /// # Errors
    ///
    /// [`NotLeader`] when the Lease isn't held, or was renewed too long ago.
    pub fn check(&self) -> Result<(), NotLeader> {
        let until = *self.until.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        until.filter(|until| Instant::now() < *until).map(|_| ()).ok_or(NotLeader)
    }

    fn set(&self, until: Option<Instant>) {
        *self.until.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = until;
    }
}

/// Takes and keeps the Lease.
pub struct Elector {
    api: Api<Lease>,
    name: String,
    identity: String,
    leadership: Arc<Leadership>,
    leads: watch::Sender<bool>,
    /// The holder's last sign of life, and when it was seen here: clocks of replicas may differ.
    seen: Option<(String, Instant)>,
}

impl Elector {
    /// An elector of `identity` for the Lease `name`, and where to see whether it leads.
    pub fn new(
        client: Client,
        namespace: &str,
        name: &str,
        identity: &str,
    ) -> (Self, Arc<Leadership>, watch::Receiver<bool>) {
        let leadership = Arc::new(Leadership::default());
        let (leads, receiver) = watch::channel(false);
        let api = Api::namespaced(client, namespace);
        let (name, identity) = (name.into(), identity.into());
        (
            Self { api, name, identity, leadership: leadership.clone(), leads, seen: None },
            leadership,
            receiver,
        )
    }

    /// Takes the Lease when it is free and renews it, until told to stop; then gives it back.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let asked = Instant::now();
            let answer = tokio::time::timeout(RENEW_DEADLINE / 2, self.take_or_renew()).await;
            match answer {
                Ok(Ok(true)) => {
                    self.leadership.set(Some(asked + RENEW_DEADLINE));
                    self.announce(true);
                }
                Ok(Ok(false)) => {
                    self.leadership.set(None);
                    self.announce(false);
                }
                Ok(Err(error)) => tracing::warn!(%error, "the lease can't be read or written; trying again"),
                Err(_) => tracing::warn!("the API server didn't answer about the lease; trying again"),
            }
            if self.leadership.check().is_err() {
                self.announce(false);
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(RETRY_PERIOD) => {}
            }
        }
        let held = self.leadership.check().is_ok();
        self.leadership.set(None);
        self.announce(false);
        if held {
            match tokio::time::timeout(RETRY_PERIOD, self.give_back()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the lease wasn't given back; it runs out by itself")
                }
                Err(_) => tracing::warn!("no answer about the lease; it runs out by itself"),
            }
        }
    }

    fn announce(&self, leads: bool) {
        self.leads.send_if_modified(|now| std::mem::replace(now, leads) != leads);
    }

    async fn take_or_renew(&mut self) -> Result<bool, kube::Error> {
        let Some(mut lease) = self.api.get_opt(&self.name).await? else {
            let metadata = ObjectMeta { name: Some(self.name.clone()), ..Default::default() };
            let lease = Lease { metadata, spec: Some(self.held(0, None)) };
            return taken(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.clone().unwrap_or_default();
        let transitions = spec.lease_transitions.unwrap_or(0);
        let ours = holder == self.identity;
        if !ours && !holder.is_empty() {
            let sign = format!("{holder}/{}", lease.resource_version().unwrap_or_default());
            match &self.seen {
                Some((last, at)) if *last == sign => {
                    if at.elapsed() < LEASE_DURATION {
                        return Ok(false);
                    }
                }
                _ => {
                    self.seen = Some((sign, Instant::now()));
                    return Ok(false);
                }
            }
        }
        // The resource version in the object makes this a compare-and-swap: of two takers one gets a conflict.
        lease.spec = Some(if ours {
            self.held(transitions, spec.acquire_time)
        } else {
            self.held(transitions + 1, None)
        });
        taken(self.api.replace(&self.name, &PostParams::default(), &lease).await)
    }

    fn held(&self, transitions: i32, acquired: Option<MicroTime>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(LEASE_DURATION.as_secs()).ok(),
            acquire_time: Some(acquired.unwrap_or_else(|| now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(transitions),
            ..Default::default()
        }
    }

    async fn give_back(&self) -> Result<(), kube::Error> {
        let mut lease = self.api.get(&self.name).await?;
        if let Some(spec) = lease.spec.as_mut().filter(|s| s.holder_identity.as_ref() == Some(&self.identity))
        {
            spec.holder_identity = Some(String::new());
            self.api.replace(&self.name, &PostParams::default(), &lease).await?;
        }
        Ok(())
    }
}

fn taken(result: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match result {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_before_holding_the_lease_or_after_its_deadline() {
        let leadership = Leadership::default();
        assert_eq!(leadership.check(), Err(NotLeader));
        leadership.set(Some(Instant::now() + Duration::from_secs(60)));
        assert_eq!(leadership.check(), Ok(()));
        leadership.set(Some(Instant::now()));
        assert_eq!(leadership.check(), Err(NotLeader));
    }

    #[test]
    fn the_holder_stops_writing_before_another_may_start() {
        assert!(RENEW_DEADLINE < LEASE_DURATION);
        assert!(RENEW_DEADLINE / 2 + RETRY_PERIOD < RENEW_DEADLINE);
    }
}
