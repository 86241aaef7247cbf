//! In which order services are rolled: whoever is needed goes before whoever calls.

use warung_contracts::manifest::Manifest;

/// `first` in its own order, each once, then the rest by the call graph; equals stay in the order of `manifests`.
///
/// Services that need each other in a circle keep the order of `manifests` too.
pub fn by_calls(manifests: &'static [Manifest], first: &[String]) -> Vec<&'static Manifest> {
    let mut done: Vec<&'static Manifest> = Vec::new();
    for manifest in first.iter().filter_map(|name| manifests.iter().find(|m| m.name == *name)) {
        if !done.iter().any(|other| other.name == manifest.name) {
            done.push(manifest);
        }
    }
    let mut rest: Vec<&'static Manifest> = manifests.iter().filter(|m| !first.contains(&m.name)).collect();
    while !rest.is_empty() {
        let waits =
            |m: &Manifest| m.needs().iter().any(|c| *c != m.name && rest.iter().any(|r| r.name == *c));
        let next = rest.iter().position(|m| !waits(m)).unwrap_or(0);
        done.push(rest.remove(next));
    }
    done
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::by_calls;

    #[test]
    fn whoever_is_needed_goes_first() {
        let order = by_calls(manifest::all(), &[]);
        let place = |name: &str| order.iter().position(|m| m.name == name);
        assert_eq!(order.len(), manifest::all().len());
        for m in &order {
            for callee in m.needs() {
                assert!(place(callee) < place(&m.name), "{callee} before {}", m.name);
            }
        }
    }

    #[test]
    fn services_that_call_each_other_are_rolled_by_who_needs_whom() {
        let calls = |name: &str, callee: &str| manifest::get(name).callees().contains(&callee);
        assert!(calls("order", "notification") && calls("notification", "order"));
        assert!(!manifest::get("order").needs().contains(&"notification"));
    }

    #[test]
    fn a_service_named_twice_is_there_once() {
        let order = by_calls(manifest::all(), &["order".into(), "cart".into(), "order".into()]);
        assert_eq!(order.len(), manifest::all().len());
        assert_eq!(order[0].name, "order");
    }

    #[test]
    fn a_stated_order_wins() {
        let order = by_calls(manifest::all(), &["notification".into(), "order".into()]);
        let names: Vec<&str> = order.iter().take(2).map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["notification", "order"]);
    }
}
