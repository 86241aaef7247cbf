//! The conditions of a Shop, from what is true of each of its concerns.

use super::view::View;
use crate::api::ShopStatus;
use crate::api::condition::{Reason, Type};
use crate::apply::Applied;
use crate::observe::Observed;
use crate::plan::Key;
use crate::validate::ValidShop;

/// One condition to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub type_: Type,
    /// Whether the condition is True.
    pub holds: bool,
    pub reason: Reason,
    pub message: String,
}

impl Concern {
    /// A condition of this type.
    pub fn new(type_: Type, holds: bool, reason: Reason, message: impl Into<String>) -> Self {
        Self { type_, holds, reason, message: message.into() }
    }

    /// Whether it tells of something wrong, not merely of something unfinished or absent by choice.
    pub fn is_trouble(&self) -> bool {
        let abnormal = matches!(self.type_, Type::Stalled | Type::Reconciling | Type::UpgradeInProgress);
        let fine = [
            Reason::AsDesired,
            Reason::Progressing,
            Reason::Waiting,
            Reason::Paused,
            Reason::Disabled,
            Reason::SandboxPayments,
            Reason::ApiAbsent,
        ];
        self.holds == abnormal && !fine.contains(&self.reason)
    }
}

/// A paused Shop: what is true of it, with nothing on its way. `open` is an object that isn't as the Shop says.
pub fn paused(shop: &ValidShop, observed: &Observed, applied: &Applied, open: Option<&Key>) -> Vec<Concern> {
    let mut all = carried(shop, observed, applied);
    let message = "spec.paused is true: nothing is changed until it is false";
    for concern in &mut all {
        match (concern.type_, open) {
            (type_ @ (Type::Reconciling | Type::Stalled), _) => {
                *concern = Concern::new(type_, false, Reason::Paused, message);
            }
            (type_ @ Type::Ready, Some((kind, name))) if concern.holds => {
                let message = format!(
                    "{kind} {name} is not as the Shop says, and spec.paused is true; set it to false"
                );
                *concern = Concern::new(type_, false, Reason::Paused, message);
            }
            _ => {}
        }
    }
    all
}

/// A Shop that can't be carried out: what runs goes on running, as far as is known.
pub fn stalled(old: &ShopStatus, reason: Reason, message: String) -> Vec<Concern> {
    let mut all = vec![
        Concern::new(Type::Ready, false, reason, message.clone()),
        Concern::new(Type::Reconciling, false, reason, "nothing is done until the Shop is corrected"),
        Concern::new(Type::Stalled, true, reason, message),
    ];
    all.extend(
        kept(old).into_iter().filter(|c| !all.iter().any(|other| other.type_ == c.type_)).collect::<Vec<_>>(),
    );
    all
}

/// The conditions as they are written in a status.
fn kept(old: &ShopStatus) -> Vec<Concern> {
    let parse = |c: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition| {
        let type_ = Type::ALL.into_iter().find(|t| t.as_str() == c.type_)?;
        let reason = Reason::ALL.into_iter().find(|r| r.as_str() == c.reason)?;
        Some(Concern::new(type_, c.status == "True", reason, c.message.clone()))
    };
    old.conditions.iter().filter_map(parse).collect()
}

/// What is true after a plan was carried out as far as it went.
pub fn carried(shop: &ValidShop, observed: &Observed, applied: &Applied) -> Vec<Concern> {
    let view = View { shop, observed, applied };
    let concerns = [
        view.stores(),
        view.migrations(),
        view.services(),
        view.gateway(),
        view.mesh(),
        view.observability(),
        view.upgrade(),
        view.mail(),
        view.test_mode(),
    ];
    let needed = [Type::StoresReady, Type::MigrationsComplete, Type::ServicesReady, Type::GatewayReady];
    let open = concerns.iter().find(|c| needed.contains(&c.type_) && !c.holds);
    let trouble = concerns.iter().find(|c| c.is_trouble()).or(open).cloned();
    let failed = applied
        .failure
        .as_ref()
        .map(|(_, error)| Concern::new(Type::Ready, false, error.reason(), error.to_string()));
    let mut all = match failed.or(trouble) {
        None => vec![
            Concern::new(Type::Ready, true, Reason::AsDesired, format!("version {} serves", shop.version)),
            Concern::new(Type::Reconciling, false, Reason::AsDesired, "everything is as the Shop says"),
            Concern::new(Type::Stalled, false, Reason::AsDesired, "nothing is in the way"),
        ],
        Some(why) => not_ready(why),
    };
    all.extend(concerns);
    all
}

/// Stalled is what waits for a person; what comes right by itself is being reconciled.
fn not_ready(why: Concern) -> Vec<Concern> {
    let by_itself = [
        Reason::Progressing,
        Reason::Waiting,
        Reason::StoreUnreachable,
        Reason::ApiUnavailable,
        Reason::AsDesired,
    ];
    let stalled = !by_itself.contains(&why.reason);
    let (reason, message) = (why.reason, why.message);
    let (reconciling, stands) = if stalled {
        ("tried again by itself, with growing pauses", message.clone())
    } else {
        (message.as_str(), "nothing is in the way".to_owned())
    };
    vec![
        Concern::new(Type::Ready, false, reason, message.clone()),
        Concern::new(Type::Reconciling, !stalled, reason, reconciling),
        Concern::new(Type::Stalled, stalled, if stalled { reason } else { Reason::AsDesired }, stands),
    ]
}
