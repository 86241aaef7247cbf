//! Calls to each service that serves a method, whichever those are.

use super::{Calls, Manifest};

/// Stands for a service's name in `[[calls]]`.
const EVERYONE: &str = "*";

/// Puts the services that serve the method, but for the caller, in the place of `*`. Where nobody does, it stays, for
/// [`super::check`] to find.
pub fn name_callees(manifests: &mut [Manifest]) {
    let before = manifests.to_vec();
    for caller in manifests {
        caller.calls = caller.calls.iter().flat_map(|call| named(call, &caller.name, &before)).collect();
    }
}

fn named(call: &Calls, caller: &str, all: &[Manifest]) -> Vec<Calls> {
    if call.service != EVERYONE {
        return vec![call.clone()];
    }
    let serves = |m: &&Manifest| m.name != caller && m.serves.iter().any(|serves| serves.rpc == call.rpc);
    let servers: Vec<Calls> = all
        .iter()
        .filter(serves)
        .map(|server| Calls { service: server.name.clone(), ..call.clone() })
        .collect();
    if servers.is_empty() { vec![call.clone()] } else { servers }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{self, Fault, Serves, check};

    const EXPORT: &str = "warung.privacy.v1.PersonalData/Export";

    #[test]
    fn whoever_serves_an_export_is_asked_for_it() {
        let asked = |all: &[Manifest]| -> Vec<String> {
            let user = all.iter().find(|m| m.name == "user").unwrap();
            user.calls.iter().filter(|call| call.rpc == EXPORT).map(|call| call.service.clone()).collect()
        };
        let serving = |all: &[Manifest]| -> Vec<String> {
            let serves = |m: &&Manifest| m.serves.iter().any(|serves| serves.rpc == EXPORT);
            all.iter().filter(serves).map(|m| m.name.clone()).collect()
        };
        let mut all = manifest::all().to_vec();
        assert_eq!(asked(&all), serving(&all));
        // As a file says it, with a service more.
        let user = all.iter().position(|m| m.name == "user").unwrap();
        all[user].calls = vec![Calls { service: EVERYONE.into(), rpc: EXPORT.into(), optional: false }];
        let mut ninth = manifest::get("cart").clone();
        (ninth.name, ninth.serves) = ("wishlist".into(), vec![Serves { rpc: EXPORT.into() }]);
        all.push(ninth);
        name_callees(&mut all);
        assert_eq!(asked(&all), serving(&all));
        assert!(asked(&all).contains(&"wishlist".to_owned()));
    }

    #[test]
    fn a_call_to_everyone_that_nobody_serves_is_a_fault() {
        let mut all = vec![manifest::get("cart").clone()];
        all[0].calls = vec![Calls { service: EVERYONE.into(), rpc: EXPORT.into(), optional: false }];
        all[0].serves.clear();
        all[0].consumes.clear();
        name_callees(&mut all);
        assert!(matches!(check(&all).as_slice(), [Fault::NotServed { callee, .. }] if callee == EVERYONE));
    }
}
