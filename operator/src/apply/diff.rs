//! Whether an object is as planned, without asking the API server.

use serde_json::Value;

use super::{kind_of, name_of};
use crate::objects::{Object, quantity};
use crate::observe::Live;
use crate::plan::{Key, Plan};

/// The first object of a plan that isn't there as planned.
pub fn first_open(plan: &Plan, live: &Live) -> Option<Key> {
    let planned = plan.stages.iter().flat_map(|stage| stage.apply.iter().chain(&stage.replace));
    let open = |object: &&Object| {
        !live.get(kind_of(object), name_of(object)).is_some_and(|live| is_settled(object, live))
    };
    planned.into_iter().find(open).map(|object| (kind_of(object).to_owned(), name_of(object).to_owned()))
}

/// Whether applying `planned` would change nothing.
///
/// Everything planned must be in the live object; what others added, and defaults, may be there too. A field that is no
/// longer planned shows in the fingerprint, which is one of the annotations compared.
pub fn is_settled(planned: &Object, live: &Object) -> bool {
    let metadata = |object: &Object| serde_json::json!({ "labels": object.metadata.labels, "annotations": object.metadata.annotations });
    let owners = |object: &Object| object.metadata.owner_references.clone().unwrap_or_default();
    let owned = owners(planned).iter().all(|owner| owners(live).iter().any(|other| other.uid == owner.uid));
    owned && within(&metadata(planned), &metadata(live)) && within(&planned.data, &live.data)
}

fn within(planned: &Value, live: &Value) -> bool {
    match (planned, live) {
        (Value::Object(planned), Value::Object(live)) => {
            planned.iter().all(|(key, value)| within(value, live.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(planned), Value::Array(live)) => lists_match(planned, live),
        (planned, Value::Null) => is_zero(planned),
        // The API server rewrites quantities: 1000m comes back as 1.
        (Value::String(planned), Value::String(live)) => planned == live || quantity::same(planned, live),
        (planned, live) => planned == live,
    }
}

/// Named things are found by name, so that others may add their own; other lists must be equal item by item.
fn lists_match(planned: &[Value], live: &[Value]) -> bool {
    let name = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
    if !planned.is_empty() && planned.iter().all(|item| name(item).is_some()) {
        return planned
            .iter()
            .all(|item| live.iter().any(|other| name(other) == name(item) && within(item, other)));
    }
    planned.len() == live.len() && planned.iter().zip(live).all(|(a, b)| within(a, b))
}

/// The API server leaves out what is empty.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_zero),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::within;

    #[test]
    fn what_others_added_and_defaults_do_not_count() {
        let planned = json!({ "env": [{ "name": "A", "value": "" }], "minReadySeconds": 0, "cpu": "1000m" });
        let live = json!({ "env": [{ "name": "X" }, { "name": "A" }], "type": "default", "cpu": "1" });
        assert!(within(&planned, &live));
    }

    #[test]
    fn drift_shows() {
        let planned = json!({ "replicas": 2, "args": ["serve", "order"] });
        assert!(!within(&planned, &json!({ "replicas": 3, "args": ["serve", "order"] })));
        assert!(!within(&planned, &json!({ "replicas": 2, "args": ["serve"] })));
        assert!(!within(&planned, &json!({ "replicas": 2 })));
        assert!(!within(&json!({ "minReadySeconds": 0 }), &json!({ "minReadySeconds": 5 })));
    }
}
