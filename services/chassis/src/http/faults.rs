//! All that is wrong with the shape of a body. serde stops at the first fault; the schema of the body's type, which the
//! API's document shows, knows of the others, and of limits that rules hold which are not asked of what has no shape.
//! Asked only once serde has refused.

use std::collections::HashMap;

use serde_json::{Map, Value};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use super::{explain::must_be, problem::FieldError};

/// Faults that are told at most.
const FAULTS_MAX: usize = 20;
/// Members of a list or a map that are looked at: a body may have a million of them.
const MEMBERS_MAX: usize = 100;

/// What is missing, not known, of another type or beyond its limits, in the order of the schema; empty where it has no words for it.
pub fn of<T: ToSchema>(body: &Value) -> Vec<FieldError> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let schemas = schemas.into_iter().map(|(name, schema)| (name, json(&schema)));
    let mut search = Search { schemas: schemas.collect(), faults: Vec::new() };
    search.compare("", &json(&T::schema()), body);
    search.faults
}

fn json(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

struct Search {
    /// Schemas that others refer to, by name.
    schemas: HashMap<String, Value>,
    faults: Vec<FieldError>,
}

impl Search {
    fn compare(&mut self, path: &str, schema: &Value, value: &Value) {
        if let Some(schema) = self.referred(schema) {
            return self.compare(path, &schema, value);
        }
        if let Some(schema) = optional(schema).filter(|_| !value.is_null()) {
            return self.compare(path, schema, value);
        }
        for part in list(&schema["allOf"]) {
            self.compare(path, part, value);
        }
        if let Some(detail) = beyond(schema, value) {
            self.tell(path, detail);
        }
        match value {
            _ if !fits(&schema["type"], value) => self.tell(path, expected(&schema["type"])),
            Value::Object(fields) => self.compare_fields(path, schema, fields),
            Value::Array(items) if schema["items"].is_object() => {
                for (n, item) in items.iter().enumerate().take(MEMBERS_MAX) {
                    self.compare(&format!("{path}[{n}]"), &schema["items"], item);
                }
            }
            _ => {}
        }
    }

    fn compare_fields(&mut self, path: &str, schema: &Value, fields: &Map<String, Value>) {
        let (known, others) = (&schema["properties"], &schema["additionalProperties"]);
        for name in list(&schema["required"]).iter().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.tell(&within(path, name), "is missing".into());
            }
        }
        for (name, value) in fields.iter().take(MEMBERS_MAX) {
            let path = within(path, name);
            match known.get(name) {
                Some(schema) => self.compare(&path, schema, value),
                None if others == &Value::Bool(false) => self.tell(&path, "is not known".into()),
                None => self.compare(&path, others, value),
            }
        }
    }

    /// The schema that this one is only the name of.
    fn referred(&self, schema: &Value) -> Option<Value> {
        let name = schema["$ref"].as_str()?.rsplit('/').next()?;
        self.schemas.get(name).cloned()
    }

    /// What is wrong with the whole is serde's to say.
    fn tell(&mut self, path: &str, detail: String) {
        if !path.is_empty() && self.faults.len() < FAULTS_MAX {
            self.faults.push(FieldError { field: path.to_owned(), detail });
        }
    }
}

fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The one schema of what may be null; which of several is meant can't be told.
fn optional(schema: &Value) -> Option<&Value> {
    let mut choices = list(&schema["oneOf"]).iter().filter(|choice| choice["type"] != "null");
    choices.next().filter(|_| choices.next().is_none())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The types of a schema: one, several or, where it says nothing, none.
fn types(kinds: &Value) -> Vec<&str> {
    kinds.as_str().map_or_else(|| list(kinds).iter().filter_map(Value::as_str).collect(), |kind| vec![kind])
}

fn fits(kinds: &Value, value: &Value) -> bool {
    let kinds = types(kinds);
    kinds.is_empty()
        || kinds.into_iter().any(|kind| match kind {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            _ => value.is_object(),
        })
}

/// A limit that is passed.
enum Passed {
    Least(i64),
    Most(i64),
}

/// Which of two limits of a schema a size is beyond.
fn passed(schema: &Value, size: i64, [least, most]: [&str; 2]) -> Option<Passed> {
    let limit = |name: &str| schema[name].as_i64();
    let least = limit(least).filter(|least| size < *least).map(Passed::Least);
    least.or_else(|| limit(most).filter(|most| size > *most).map(Passed::Most))
}

/// What a value must be that is beyond the limits of its schema.
fn beyond(schema: &Value, value: &Value) -> Option<String> {
    let (length, limits) = match value {
        Value::Number(number) => {
            return Some(match passed(schema, number.as_i64()?, ["minimum", "maximum"])? {
                Passed::Least(least) => format!("must be {least} or more"),
                Passed::Most(most) => format!("must be {most} or less"),
            });
        }
        Value::String(text) => (text.chars().count(), ["minLength", "maxLength"]),
        Value::Array(items) => (items.len(), ["minItems", "maxItems"]),
        _ => return None,
    };
    Some(match passed(schema, i64::try_from(length).ok()?, limits)? {
        Passed::Least(least) => format!("must be at least {least} long"),
        Passed::Most(most) => format!("must be at most {most} long"),
    })
}

fn expected(kinds: &Value) -> String {
    must_be("", types(kinds).into_iter().find(|kind| *kind != "null").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Order {
        lines: Vec<Line>,
        address: Option<Address>,
        pay_with: Method,
        names: BTreeMap<String, Address>,
        note: Option<String>,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Line {
        #[schema(max_length = 8)]
        sku: String,
        #[schema(minimum = 1, maximum = 99)]
        quantity: u32,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Address {
        city: String,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "read for its schema alone")]
    enum Method {
        Card { token: String },
        Transfer { bank: String },
    }

    fn told(body: &Value) -> Vec<String> {
        of::<Order>(body).into_iter().map(|fault| format!("{} {}", fault.field, fault.detail)).collect()
    }

    #[test]
    fn all_faults_are_told_at_their_fields() {
        let body = json!({
            "lines": [{}, {"sku": 7, "quantity": "many"}],
            "address": {},
            "names": {"home": {"city": null}},
            "nope": 1,
        });
        let mut told = told(&body);
        told.sort();
        assert_eq!(
            told,
            [
                "address.city is missing",
                "lines[0].quantity is missing",
                "lines[0].sku is missing",
                "lines[1].quantity must be a whole number",
                "lines[1].sku must be text",
                "names.home.city must be text",
                "nope is not known",
                "pay_with is missing",
            ]
        );
    }

    #[test]
    fn limits_are_told_beside_what_has_no_shape() {
        let lines = json!([{"sku": "GAYO-250-G", "quantity": 0}, {"sku": "GAYO", "quantity": 100}]);
        let told = told(&json!({"lines": lines, "names": {}, "pay_with": {"kind": "card"}}));
        let faults = [
            "lines[0].quantity must be 1 or more",
            "lines[0].sku must be at most 8 long",
            "lines[1].quantity must be 99 or less",
        ];
        assert_eq!(told, faults);
    }

    #[test]
    fn what_is_right_is_not_told_of() {
        let body = json!({
            "lines": [{"sku": "GAYO", "quantity": 2}], "address": null, "pay_with": {"kind": "card"}, "names": {}, "note": null,
        });
        assert_eq!(told(&body), Vec::<String>::new());
        assert_eq!(told(&Value::Null), Vec::<String>::new());
    }

    #[test]
    fn a_body_full_of_faults_is_not_answered_with_all_of_them() {
        let body = json!({"lines": vec![json!({}); 100_000]});
        assert_eq!(told(&body).len(), FAULTS_MAX);
    }
}
