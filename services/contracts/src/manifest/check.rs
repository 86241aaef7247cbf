//! Whether the manifests agree with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Manifest, Method};

/// Something the manifests say that can't be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{service}: port {port} is also {other}'s; give each service ports of its own")]
    SharedPort { service: String, other: String, port: u16 },
    #[error(
        "{service} publishes {event}, whose subject is not its own; it must begin with warung.{service}."
    )]
    ForeignEvent { service: String, event: String },
    #[error("{service} consumes {event}, which nobody publishes")]
    NobodyPublishes { service: String, event: String },
    #[error("{service} publishes {event}, which has no schema in warung_contracts::event")]
    NoSchema { service: String, event: String },
    #[error("{service} calls {rpc} of {callee}, which does not serve it")]
    NotServed { service: String, callee: String, rpc: String },
    #[error("{service} serves {rpc}, which nobody calls")]
    NobodyCalls { service: String, rpc: String },
    #[error("{service}: {method} {path} is also {other}'s route")]
    SharedRoute { service: String, other: String, method: &'static str, path: String },
    #[error("{service}: the name must be a DNS label of at most 20 characters")]
    BadName { service: String },
}

/// Every fault of these manifests taken together; empty when they are sound.
pub fn check(manifests: &[Manifest]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let published: BTreeSet<&str> =
        manifests.iter().flat_map(|m| m.publishes.iter().map(|p| p.event.as_str())).collect();
    let served: BTreeSet<(&str, &str)> =
        manifests.iter().flat_map(|m| m.serves.iter().map(|s| (m.name.as_str(), s.rpc.as_str()))).collect();
    let called: BTreeSet<(&str, &str)> =
        manifests.iter().flat_map(|m| m.calls.iter().map(|c| (c.service.as_str(), c.rpc.as_str()))).collect();
    let mut ports: BTreeMap<u16, &str> = BTreeMap::new();
    let mut routes: BTreeMap<(Method, &str), &str> = BTreeMap::new();

    for m in manifests {
        let service = || m.name.clone();
        let label = m.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !label
            || m.name.is_empty()
            || m.name.len() > 20
            || m.name.starts_with('-')
            || m.name.ends_with('-')
        {
            faults.push(Fault::BadName { service: service() });
        }
        for port in [m.port, m.admin_port] {
            if let Some(other) = ports.insert(port, &m.name) {
                faults.push(Fault::SharedPort { service: service(), other: other.into(), port });
            }
        }
        for publishes in &m.publishes {
            let event = publishes.event.clone();
            if Manifest::owner_of(&event) != Some(&m.name) {
                faults.push(Fault::ForeignEvent { service: service(), event: event.clone() });
            }
            if crate::event::schema(&event).is_none() {
                faults.push(Fault::NoSchema { service: service(), event });
            }
        }
        for consumes in &m.consumes {
            if !published.contains(consumes.event.as_str()) {
                faults.push(Fault::NobodyPublishes { service: service(), event: consumes.event.clone() });
            }
        }
        for call in &m.calls {
            if !served.contains(&(call.service.as_str(), call.rpc.as_str())) {
                let (callee, rpc) = (call.service.clone(), call.rpc.clone());
                faults.push(Fault::NotServed { service: service(), callee, rpc });
            }
        }
        for serves in &m.serves {
            if !called.contains(&(m.name.as_str(), serves.rpc.as_str())) {
                faults.push(Fault::NobodyCalls { service: service(), rpc: serves.rpc.clone() });
            }
        }
        for route in &m.routes {
            if let Some(other) = routes.insert((route.method, &route.path), &m.name) {
                let (other, method, path) = (other.into(), route.method.as_str(), route.path.clone());
                faults.push(Fault::SharedRoute { service: service(), other, method, path });
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{self, Consumes};

    #[test]
    fn the_manifests_agree_with_each_other() {
        assert_eq!(check(manifest::all()), vec![]);
    }

    #[test]
    fn an_event_nobody_publishes_is_a_fault() {
        let mut all = manifest::all().to_vec();
        all[0].consumes.push(Consumes { event: "warung.order.vanished.v1".into() });
        let expected =
            Fault::NobodyPublishes { service: all[0].name.clone(), event: "warung.order.vanished.v1".into() };
        assert_eq!(check(&all), vec![expected]);
    }

    #[test]
    fn a_call_that_nobody_serves_is_a_fault() {
        let mut all = manifest::all().to_vec();
        for m in &mut all {
            m.serves.clear();
        }
        assert!(check(&all).iter().all(|fault| matches!(fault, Fault::NotServed { .. })));
        assert_eq!(check(&all).len(), all.iter().map(|m| m.calls.len()).sum::<usize>());
    }
}
