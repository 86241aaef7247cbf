//! What providers say of their own APIs: descriptions and vectors that nobody here wrote. They lie beside the project and
//! are read from there; a test without them says aloud that it is skipped.

use serde_json::Value;
use warung_testbed::outside;

/// A file of a provider's contracts; none, and a word about it, where there are no contracts.
pub fn file(provider: &str, name: &str) -> Option<Value> {
    outside::contract(&format!("{provider}/{name}"))
}

/// A schema of OpenAPI 3.0 as JSON Schema: `nullable` becomes "or null".
pub fn as_json_schema(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(as_json_schema).collect(),
        Value::Object(fields) => {
            let mut own: serde_json::Map<String, Value> =
                fields.iter().map(|(key, value)| (key.clone(), as_json_schema(value))).collect();
            match own.remove("nullable") {
                Some(Value::Bool(true)) => serde_json::json!({"anyOf": [own, {"type": "null"}]}),
                _ => Value::Object(own),
            }
        }
        other => other.clone(),
    }
}
