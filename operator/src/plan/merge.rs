//! Strategic merge, as far as pod templates need it.

use serde_json::Value;

/// Lays `patch` over `base`: objects merge, `null` removes, lists of named things merge by name, other lists replace.
///
/// The rules of `kubectl patch --type strategic` for containers, volumes, mounts and variables.
pub fn strategic(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    base.remove(key);
                } else if let Some(old) = base.get_mut(key) {
                    strategic(old, value);
                } else {
                    base.insert(key.clone(), value.clone());
                }
            }
        }
        (Value::Array(base), Value::Array(patch))
            if !patch.is_empty() && patch.iter().all(|v| name(v).is_some()) =>
        {
            for value in patch {
                match base.iter_mut().find(|old| name(old) == name(value)) {
                    Some(old) => strategic(old, value),
                    None => base.push(value.clone()),
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

fn name(value: &Value) -> Option<&str> {
    value.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::strategic;

    #[test]
    fn named_things_merge_and_others_replace() {
        let mut base =
            json!({ "containers": [{ "name": "order", "image": "a", "args": ["x", "y"] }], "gone": 1 });
        let patch =
            json!({ "containers": [{ "name": "order", "args": ["z"] }, { "name": "side" }], "gone": null });
        strategic(&mut base, &patch);
        let expected =
            json!({ "containers": [{ "name": "order", "image": "a", "args": ["z"] }, { "name": "side" }] });
        assert_eq!(base, expected);
    }
}
