//! What an edit changed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A field that an edit changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Such as `name` or `variants.KOPI-1.price_minor`; variants are called by their SKU.
    pub field: String,
    /// null where it was not there.
    pub from: Value,
    /// null where it is not there any more.
    pub to: Value,
}

/// The differences of two states, by field; lists are compared whole.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(field: &str, before: &Value, after: &Value, found: &mut Vec<Change>) {
    if let (Value::Object(old), Value::Object(new)) = (before, after) {
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let path = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            compare(&path, &before[name], &after[name], found);
        }
    } else if before != after {
        found.push(Change { field: field.to_owned(), from: before.clone(), to: after.clone() });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told_at_its_field() {
        let before = json!({"name": "Kopi", "media": [1], "variants": {"A": {"price_minor": 1}, "B": {"price_minor": 2}}});
        let after = json!({"name": "Kopi", "media": [1, 2], "variants": {"A": {"price_minor": 3}, "C": {}}});
        let told: Vec<(String, Value, Value)> = changes(&before, &after)
            .into_iter()
            .map(|change| (change.field, change.from, change.to))
            .collect();
        let wanted = [
            ("media", json!([1]), json!([1, 2])),
            ("variants.A.price_minor", json!(1), json!(3)),
            ("variants.B", json!({"price_minor": 2}), Value::Null),
            ("variants.C", Value::Null, json!({})),
        ];
        assert_eq!(told, wanted.map(|(field, from, to)| (field.to_owned(), from, to)));
        assert_eq!(changes(&before, &before), []);
    }
}
