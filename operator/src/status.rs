//! What is said of a Shop. Pure: from what was planned, applied and observed to the status, and from two statuses to
//! the events between them.

mod concern;
mod view;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::runtime::events::{Event, EventType};

use self::concern::Concern;
use crate::api::condition::{Reason, Type};
use crate::api::status::ServiceStatus;
use crate::api::{Shop, ShopStatus};
use crate::apply::Applied;
use crate::objects::{Object, kinds, labels, names};
use crate::observe::Observed;
use crate::plan::Key;
use crate::readiness;
use crate::validate::{Invalid, ValidShop};

/// How a reconcile ended.
pub enum Outcome<'a> {
    /// Nothing was done, as the Shop asks; `open` is an object that isn't as the Shop says.
    Paused { shop: &'a ValidShop, observed: &'a Observed, applied: &'a Applied, open: Option<&'a Key> },
    /// The Shop can't be carried out.
    Invalid(&'a Invalid),
    /// The plan can't be made.
    Unplannable(String),
    /// It was carried out, as far as it went.
    Carried { shop: &'a ValidShop, observed: &'a Observed, applied: &'a Applied },
}

/// The status of a Shop after a reconcile. A condition keeps its time while its status stays the same.
pub fn status(shop: &Shop, outcome: &Outcome, now: Timestamp) -> ShopStatus {
    let old = shop.status.clone().unwrap_or_default();
    let mut new = ShopStatus { observed_generation: shop.metadata.generation, ..old.clone() };
    let concerns = match outcome {
        Outcome::Paused { shop, observed, applied, open } => {
            new.services = services(shop, applied);
            concern::paused(shop, observed, applied, *open)
        }
        Outcome::Invalid(invalid) => concern::stalled(&old, invalid.reason(), invalid.to_string()),
        Outcome::Unplannable(message) => concern::stalled(&old, Reason::InvalidSpec, message.clone()),
        Outcome::Carried { shop, observed, applied } => {
            new.services = services(shop, applied);
            new.url = Some(shop.public_url.clone());
            let concerns = concern::carried(shop, observed, applied);
            // A service without pods is at its version, too.
            let rolled = |c: &Concern| c.holds || c.reason == Reason::Disabled;
            let rolled = concerns.iter().any(|c| c.type_ == Type::ServicesReady && rolled(c));
            if rolled && old.version.as_ref() != Some(&shop.version) {
                new.previous_version = old.version.clone();
                new.version = Some(shop.version.clone());
            }
            concerns
        }
    };
    new.last_failure =
        concerns.iter().find(|c| c.type_ != Type::Ready && c.is_trouble()).map(|c| c.message.clone());
    new.conditions = concerns.into_iter().map(|concern| condition(shop, &old, concern, now)).collect();
    new
}

fn condition(shop: &Shop, old: &ShopStatus, concern: Concern, now: Timestamp) -> Condition {
    let status = if concern.holds { "True" } else { "False" };
    let before = old.conditions.iter().find(|c| c.type_ == concern.type_.as_str() && c.status == status);
    Condition {
        type_: concern.type_.as_str().into(),
        status: status.into(),
        reason: concern.reason.as_str().into(),
        message: concern.message,
        observed_generation: shop.metadata.generation,
        last_transition_time: before.map_or(Time(now), |c| c.last_transition_time.clone()),
    }
}

fn services(shop: &ValidShop, applied: &Applied) -> BTreeMap<String, ServiceStatus> {
    let status = |service: &crate::validate::ValidService| {
        let name = &service.manifest.name;
        let live = applied.live.get(kinds::DEPLOYMENT.kind, name)?;
        let (ready, desired) = readiness::replicas(live);
        let label = |object: &Object| object.metadata.labels.as_ref()?.get(labels::VERSION).cloned();
        let migrated = applied
            .live
            .get(kinds::JOB.kind, &names::migration(name, &service.version))
            .is_some_and(readiness::is_ready);
        let count = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
        Some(ServiceStatus {
            version: label(live),
            ready_replicas: count(ready.min(desired)),
            desired_replicas: count(desired),
            schema_version: service
                .manifest
                .database
                .filter(|_| migrated)
                .map(|database| database.schema.newest),
        })
    };
    shop.services.iter().filter_map(|s| Some((s.manifest.name.clone(), status(s)?))).collect()
}

/// What happened between two statuses, for people who watch events.
pub fn events(old: Option<&ShopStatus>, new: &ShopStatus) -> Vec<Event> {
    let mut all = Vec::new();
    for condition in &new.conditions {
        let before = old.and_then(|old| old.conditions.iter().find(|c| c.type_ == condition.type_));
        let told = before.is_some_and(|b| {
            (&b.status, &b.reason, &b.message) == (&condition.status, &condition.reason, &condition.message)
        });
        let kind = [Type::Ready, Type::Stalled, Type::UpgradeInProgress, Type::Reconciling, Type::TestMode]
            .into_iter()
            .find(|kind| kind.as_str() == condition.type_);
        let holds = condition.status == "True";
        let event = match kind {
            _ if told => None,
            Some(Type::Ready) if holds => Some((EventType::Normal, "Ready", "Reconcile")),
            Some(Type::Stalled) if holds => {
                Some((EventType::Warning, condition.reason.as_str(), "Reconcile"))
            }
            Some(Type::Reconciling) if holds && is_warning(&condition.reason) => {
                Some((EventType::Warning, condition.reason.as_str(), "Reconcile"))
            }
            Some(Type::TestMode) if holds => {
                Some((EventType::Warning, condition.reason.as_str(), "Reconcile"))
            }
            Some(Type::UpgradeInProgress) if holds => Some((EventType::Normal, "UpgradeStarted", "Upgrade")),
            Some(Type::UpgradeInProgress) if before.is_some_and(|b| b.status == "True") => {
                Some((EventType::Normal, "UpgradeEnded", "Upgrade"))
            }
            _ => None,
        };
        if let Some((type_, reason, action)) = event {
            all.push(Event {
                type_,
                reason: reason.into(),
                note: Some(condition.message.clone()),
                action: action.into(),
                secondary: None,
            });
        }
    }
    all
}

fn is_warning(reason: &str) -> bool {
    ![Reason::Progressing, Reason::Waiting, Reason::AsDesired, Reason::Paused]
        .iter()
        .any(|r| r.as_str() == reason)
}
