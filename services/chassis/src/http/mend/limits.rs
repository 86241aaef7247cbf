//! Limits that the schema of a type says, of a body that has its shape. Most are rules of the type too, which say it in the
//! same words; some bodies are held against their rules only by the command.

use serde_json::Value;

use super::{
    super::problem::FieldError,
    schema::{Schemas, list},
};

/// Members of a list or a map that are looked at: a body may have a million of them.
const MEMBERS_MAX: usize = 100;
/// Faults that are told at most.
const FAULTS_MAX: usize = 20;

/// What is beyond the limits of its schema.
pub fn beyond(schemas: &Schemas, body: &Value) -> Vec<FieldError> {
    let mut search = Search { schemas, faults: Vec::new() };
    search.compare("", schemas.root(), body);
    search.faults
}

struct Search<'s> {
    schemas: &'s Schemas,
    faults: Vec<FieldError>,
}

impl Search<'_> {
    fn compare(&mut self, path: &str, schema: &Value, value: &Value) {
        let schema = self.schemas.resolved(schema);
        for part in list(&schema["allOf"]) {
            self.compare(path, part, value);
        }
        if let Some(detail) = must_be(schema, value).filter(|_| self.faults.len() < FAULTS_MAX) {
            self.faults.push(FieldError { field: path.to_owned(), detail });
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter().take(MEMBERS_MAX) {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    if let Some(inner) = self.schemas.property(schema, name) {
                        self.compare(&path, inner, value);
                    }
                }
            }
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate().take(MEMBERS_MAX) {
                    self.compare(&format!("{path}[{n}]"), &schema["items"], item);
                }
            }
            _ => {}
        }
    }
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
fn must_be(schema: &Value, value: &Value) -> Option<String> {
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
        Passed::Least(1) => "must not be empty".to_owned(),
        Passed::Least(least) => format!("must be at least {least} long"),
        Passed::Most(most) => format!("must be at most {most} long"),
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use utoipa::ToSchema;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Order {
        #[schema(min_items = 1)]
        lines: Vec<Line>,
        note: Option<Note>,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Line {
        #[schema(max_length = 4)]
        sku: String,
        #[schema(minimum = 1, maximum = 99)]
        quantity: u32,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Note {
        #[schema(min_length = 1)]
        text: String,
    }

    fn told(body: &Value) -> Vec<String> {
        let faults = beyond(&Schemas::of::<Order>(), body).into_iter();
        faults.map(|fault| format!("{} {}", fault.field, fault.detail)).collect()
    }

    #[test]
    fn limits_are_told_at_their_fields() {
        let lines = json!([{"sku": "GAYO1", "quantity": 0}, {"sku": "GAYÖ", "quantity": 100}]);
        let faults = [
            "lines[0].quantity must be 1 or more",
            "lines[0].sku must be at most 4 long",
            "lines[1].quantity must be 99 or less",
            "note.text must not be empty",
        ];
        assert_eq!(told(&json!({"lines": lines, "note": {"text": ""}})), faults);
        assert_eq!(told(&json!({"lines": [], "note": null})), ["lines must not be empty"]);
        assert_eq!(told(&json!({"lines": [{"sku": "GAYO", "quantity": 1}]})), Vec::<String>::new());
    }
}
