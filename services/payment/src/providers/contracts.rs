//! What providers say of their own APIs: descriptions and vectors that nobody here wrote. They lie beside the project and
//! are read from there; a test without them says aloud that it is skipped.

use std::{fs, path::PathBuf};

use serde_json::Value;

/// The folder of all contracts: `WARUNG_CONTRACTS`, or `../shared/contracts` from the repository's root.
fn root() -> PathBuf {
    match std::env::var_os("WARUNG_CONTRACTS") {
        Some(folder) => folder.into(),
        None => [env!("CARGO_MANIFEST_DIR"), "..", "..", "..", "shared", "contracts"].iter().collect(),
    }
}

/// A file of a provider's contracts; none, and a word about it, where there are no contracts.
pub fn file(provider: &str, name: &str) -> Option<Value> {
    let root = root();
    if !root.is_dir() {
        eprintln!("SKIPPED: {} is not there; set WARUNG_CONTRACTS", root.display());
        return None;
    }
    let path = root.join(provider).join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
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
