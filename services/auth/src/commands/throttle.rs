//! Counts tries before they are made, and takes back those that were right.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use warung_chassis::db::Tx;

use crate::{
    domain::{
        network::Network,
        throttle::{Bucket, Scope},
    },
    store,
    vault::Vault,
};

/// What a try counts for: sorted, so that everybody locks in one order.
#[derive(Debug, Clone)]
pub struct Keys {
    scopes: Vec<Scope>,
    texts: Vec<String>,
}

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub struct Try<'a> {
    /// What is guessed: passwords and codes are counted apart.
    pub what: &'a str,
    /// The account, as it is named by whoever tries: one that does not exist counts like one that does.
    pub account: &'a str,
    /// What tells the device, where it is known.
    pub device: &'a str,
    pub network: Network,
    /// What it counts for, in their order.
    pub scopes: &'static [Scope],
}

impl Keys {
    /// The keys of a try. What is in them can't be read back.
    pub fn of(vault: &Vault, attempt: Try<'_>) -> Self {
        let Try { what, account, device, network, scopes } = attempt;
        let mut keys: Vec<(String, Scope)> = scopes
            .iter()
            .map(|scope| {
                let about = match scope {
                    Scope::Account => account.to_owned(),
                    Scope::Device => format!("{account} {device}"),
                    Scope::Network => network.to_string(),
                    Scope::NetworkAccount => format!("{account} {network}"),
                };
                (format!("{what}:{}:{}", scope.name(), vault.alias(&about)), *scope)
            })
            .collect();
        keys.sort();
        let (texts, scopes) = keys.into_iter().unzip();
        Self { scopes, texts }
    }

    fn each(
        &self,
        buckets: Vec<Bucket>,
        mut change: impl FnMut(Scope, Bucket) -> Result<Bucket, Duration>,
    ) -> Result<Vec<Bucket>, Duration> {
        let (mut changed, mut wait) = (Vec::new(), None);
        for (scope, bucket) in self.scopes.iter().zip(buckets) {
            match change(*scope, bucket) {
                Ok(bucket) => changed.push(bucket),
                Err(longer) => wait = wait.max(Some(longer)),
            }
        }
        wait.map_or(Ok(changed), Err)
    }
}

/// How long to wait at least, without counting anything; none when it may be tried.
pub async fn peek(pool: &PgPool, keys: &Keys, now: OffsetDateTime) -> Result<Option<Duration>, sqlx::Error> {
    let until = store::throttles::blocked_until(pool, &keys.texts).await?;
    Ok(until.map(|until| until - now).filter(|wait| wait.is_positive()))
}

/// Counts a try; how long to wait when it may not be made, and nothing is counted then.
pub async fn admit(tx: &mut Tx, keys: &Keys) -> Result<Result<(), Duration>, sqlx::Error> {
    let now = tx.now();
    let buckets = store::throttles::lock(tx.conn(), &keys.texts, now).await?;
    match keys.each(buckets, |scope, bucket| scope.policy().admit(bucket, now)) {
        Ok(buckets) => {
            store::throttles::save(tx.conn(), &keys.texts, &buckets).await?;
            Ok(Ok(()))
        }
        Err(wait) => Ok(Err(wait)),
    }
}

/// Takes back a try that was right; failures that were counted for its owner alone are forgotten with it.
pub async fn forgive(tx: &mut Tx, keys: &Keys) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let buckets = store::throttles::lock(tx.conn(), &keys.texts, now).await?;
    let forgiven = keys.each(buckets, |scope, bucket| {
        Ok(if scope.is_the_owners() { Bucket::empty(now) } else { scope.policy().forgive(bucket, now) })
    });
    match forgiven {
        Ok(buckets) => store::throttles::save(tx.conn(), &keys.texts, &buckets).await,
        Err(_) => Ok(()),
    }
}
