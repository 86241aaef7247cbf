//! Kong's configuration against Kong's published JSON Schemas, with unknown fields refused.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{example, routes};
use warung_operator::plan::gateway::kong::configuration;
use warung_operator::plan::gateway::settings::Settings;
use warung_testbed::outside;

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The published schemas leave additional properties open; a misspelt field must not pass.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object)
                && !map.contains_key("additionalProperties")
            {
                map.insert("additionalProperties".into(), json!(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

fn check(schema: &Value, instance: &Value, what: &str) {
    let validator = jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{what}: {error}"));
    let faults: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

/// `rate-limiting` is described by RateLimiting.json.
fn file_of(plugin: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    plugin.split('-').map(word).collect::<String>() + ".json"
}

/// Every plugin of a configuration, wherever it is attached.
fn plugins(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("plugins", Value::Array(list)) => found.extend(list.iter().cloned()),
                    _ => plugins(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| plugins(value, found)),
        _ => {}
    }
}

fn variants() -> [Settings; 4] {
    [
        example(),
        Settings { tls: true, cors_origins: vec!["*".into()], ..example() },
        Settings { redis: Some(("redis".into(), 6379)), ..example() },
        Settings { tracing: Some(("otel-collector.monitoring".into(), 4317)), ..example() },
    ]
}

#[test]
fn the_entities_are_what_kong_declares() {
    let Some(folder) = outside::kong_schemas() else { return };
    let mut schema = read(&folder.join("_core_declarative_config.json"));
    // Kong takes an ES256 credential without `secret`; its published schema does not.
    let credential = &mut schema["definitions"]["JWTAuth"];
    assert!(credential.is_object(), "the schema of jwt_secrets has moved");
    let loosened = json!({"type": "object", "properties": credential["properties"], "required": ["key"]});
    *credential = loosened;
    close(&mut schema);
    for settings in variants() {
        let configuration = configuration(&routes(), &settings).expect("the base has every place");
        check(&schema, configuration.value(), "kong.yaml");
    }
}

#[test]
fn every_plugin_is_what_its_own_schema_declares() {
    let Some(folder) = outside::kong_schemas() else { return };
    let mut seen = BTreeSet::new();
    for settings in variants() {
        let configuration = configuration(&routes(), &settings).expect("the base has every place");
        let mut found = Vec::new();
        for (key, value) in configuration.value().as_object().expect("an object") {
            match (key.as_str(), value) {
                ("plugins", Value::Array(list)) => found.extend(list.iter().cloned()),
                _ => plugins(value, &mut found),
            }
        }
        for plugin in found {
            let name = plugin["name"].as_str().expect("a plugin has a name").to_owned();
            let mut schema = read(&folder.join(file_of(&name)));
            close(&mut schema);
            let config = &schema["properties"]["config"];
            assert!(config.is_object(), "{name}: the schema of its config has moved");
            let mut alone = config.clone();
            if let Some(definitions) = schema.get("definitions") {
                alone["definitions"] = definitions.clone();
            }
            check(&alone, &plugin["config"], &name);
            seen.insert(name);
        }
    }
    for name in
        ["cors", "jwt", "rate-limiting", "request-size-limiting", "correlation-id", "request-termination"]
    {
        assert!(seen.contains(name), "{name} is not in the configuration");
    }
}

#[test]
fn a_misspelt_field_is_refused() {
    let Some(folder) = outside::kong_schemas() else { return };
    let mut schema = read(&folder.join("Jwt.json"));
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema["properties"]["config"]).expect("a schema");
    assert!(validator.is_valid(&json!({"key_claim_name": "iss"})));
    assert!(!validator.is_valid(&json!({"key_claim_nam": "iss"})));
}
