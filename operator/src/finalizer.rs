//! What happens when a Shop is deleted.
//!
//! `Retain` keeps what holds data: volumes and generated Secrets have no owner, databases and streams are left alone.
//! `Delete` removes them. Either way the rest goes by owner reference, and the finalizer comes off: a store that is gone
//! or doesn't answer is told of in an event and waited for no longer than [`STORE_GRACE`].

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::events::{Event, EventType};

use crate::api::Shop;
use crate::api::spec::DeletionPolicy;
use crate::apply::{self, StoreAddresses, Writer};
use crate::observe::Observed;
use crate::plan::data;
use crate::validate::{NatsStore, UrlStore, ValidShop, validate};

/// How long a store that doesn't answer holds up the deletion.
pub const STORE_GRACE: Duration = Duration::from_secs(60);

/// Whether the Shop may go.
#[derive(Debug, PartialEq, Eq)]
pub enum Finished {
    /// The finalizer is off.
    Yes,
    /// A store didn't answer; to be tried again.
    NotYet,
}

/// Cleans up as the deletion policy says and takes the finalizer off.
///
/// # Errors
///
/// A write to the API server that failed; stores are no reason to fail.
pub async fn finish(
    shop: &Shop,
    observed: &Observed,
    writer: &Writer,
    stores: &StoreAddresses,
) -> Result<Finished, apply::Error> {
    // A second Shop never owned anything in this namespace.
    if shop.spec.deletion_policy == DeletionPolicy::Delete && observed.older_shop.is_none() {
        let (left, may_heal) = external_leftovers(shop, observed, writer, stores).await;
        if may_heal && within_grace(shop) {
            tracing::warn!(shop = shop.name_any(), left = left.join("; "), "a store can't be cleaned yet");
            return Ok(Finished::NotYet);
        }
        for message in left {
            writer.event(shop, &warning("LeftBehind", message)).await;
        }
        let namespace = shop.namespace().unwrap_or_default();
        apply::delete_owned_data(&namespace, &shop.name_any(), writer).await?;
    }
    writer.finalizer(shop, false).await?;
    Ok(Finished::Yes)
}

/// Removes databases and streams from external stores; answers what could not be removed and why, and whether trying
/// again may help. A Shop whose Secrets are gone has no way to its stores any more, so there is nothing to wait for.
async fn external_leftovers(
    shop: &Shop,
    observed: &Observed,
    writer: &Writer,
    stores: &StoreAddresses,
) -> (Vec<String>, bool) {
    let valid = match validate(shop, observed, warung_contracts::manifest::all()) {
        Ok(valid) => valid,
        Err(invalid) => return (external_by_spec(shop).then(|| left(&invalid)).into_iter().collect(), false),
    };
    let wanted = data::provision(&valid, observed);
    let mut all = Vec::new();
    if external_postgres(&valid)
        && let Err(error) = apply::remove_databases(&wanted.databases, stores, writer).await
    {
        all.push(left(&error));
    }
    if matches!(valid.nats, NatsStore::External { .. })
        && let Err(error) = apply::remove_streams(&wanted.streams, stores, writer).await
    {
        all.push(left(&error));
    }
    let may_heal = !all.is_empty();
    (all, may_heal)
}

fn left(error: &impl std::fmt::Display) -> String {
    format!("data was left behind in an external store; delete it by hand: {error}")
}

fn external_postgres(shop: &ValidShop) -> bool {
    matches!(shop.postgres, UrlStore::External(_))
}

fn external_by_spec(shop: &Shop) -> bool {
    shop.spec.postgres.external.is_some() || shop.spec.nats.external.is_some()
}

fn within_grace(shop: &Shop) -> bool {
    let since = shop.metadata.deletion_timestamp.as_ref().map(|time| Timestamp::now().duration_since(time.0));
    since.is_some_and(|since| since.as_secs() < i64::try_from(STORE_GRACE.as_secs()).unwrap_or(0))
}

fn warning(reason: &str, note: String) -> Event {
    Event {
        type_: EventType::Warning,
        reason: reason.into(),
        note: Some(note),
        action: "Delete".into(),
        secondary: None,
    }
}
