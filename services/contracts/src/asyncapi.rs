//! The AsyncAPI 3.0 document of all events: channels and who sends to them and hears them, read off the manifests;
//! messages and schemas, read off the types.
//!
//! Specification: <https://www.asyncapi.com/docs/reference/specification/v3.0.0>.

use include_dir::{Dir, include_dir};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    event,
    manifest::{self, Manifest},
    stream,
};

/// A sample of each type; the examples of the document.
static SAMPLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/golden");

/// Where the document keeps schemas, and so where references point.
const SCHEMAS: &str = "/components/schemas";

/// The document.
pub fn document() -> Value {
    let mut generator =
        SchemaGenerator::new(SchemaSettings::draft07().with(|s| s.definitions_path = SCHEMAS.into()));
    let names: Vec<(&str, String)> = event::payloads(&mut generator)
        .into_iter()
        .map(|(event, schema)| (event, name_of(&schema)))
        .collect();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("CloudEvent".into(), headers());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Warung events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Facts that the services of a shop tell each other through NATS JetStream, as CloudEvents 1.0 in binary mode.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": { "nats": { "host": "nats:4222", "protocol": "nats", "description": "JetStream of the shop" } },
        "channels": channels(&names),
        "operations": operations(&names),
        "components": { "messages": messages(&names), "schemas": schemas },
    })
}

/// The type that a reference to a schema names.
fn name_of(schema: &schemars::Schema) -> String {
    let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

fn channels(names: &[(&str, String)]) -> Map<String, Value> {
    let mut all: Map<String, Value> = names
        .iter()
        .map(|(event, name)| {
            let message = json!({ "$ref": format!("#/components/messages/{name}") });
            ((*event).to_owned(), json!({ "address": event, "messages": { (name.as_str()): message } }))
        })
        .collect();
    let messages: Map<String, Value> = names
        .iter()
        .map(|(_, name)| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    let dead = json!({
        "address": "warung.deadletter.{service}.{event}",
        "description": format!(
            "Events that a service gave up, with the headers warung-reason and warung-origin; stream {}.",
            stream::DEADLETTER_STREAM
        ),
        "parameters": {
            "service": { "description": "Who gave it up", "enum": manifest::all().iter().map(|m| &m.name).collect::<Vec<_>>() },
            "event": { "description": "The event's type without its first word" },
        },
        "messages": messages,
    });
    all.insert("deadletter".into(), dead);
    all
}

fn operations(names: &[(&str, String)]) -> Map<String, Value> {
    let one = |manifest: &Manifest, action: &str, event: &str| {
        let (_, name) = names.iter().find(|(known, _)| *known == event)?;
        let operation = json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{event}") },
            "messages": [{ "$ref": format!("#/channels/{event}/messages/{name}") }],
            "tags": [{ "name": manifest.name }],
        });
        Some((format!("{}.{action}.{event}", manifest.name), operation))
    };
    let mut all = Map::new();
    for manifest in manifest::all() {
        all.extend(manifest.publishes.iter().filter_map(|made| one(manifest, "send", &made.event)));
        all.extend(manifest.consumes.iter().filter_map(|heard| one(manifest, "receive", &heard.event)));
    }
    all
}

fn messages(names: &[(&str, String)]) -> Map<String, Value> {
    let one = |event: &str, name: &str| {
        let mut message = json!({
            "name": event,
            "title": name,
            "contentType": "application/json",
            "headers": { "$ref": "#/components/schemas/CloudEvent" },
            "payload": { "$ref": format!("#{SCHEMAS}/{name}") },
        });
        let sample = SAMPLES.get_file(format!("{event}.json"));
        if let Some(Ok(payload)) = sample.map(|file| serde_json::from_slice::<Value>(file.contents())) {
            message["examples"] = json!([{ "payload": payload }]);
        }
        message
    };
    names.iter().map(|(event, name)| (name.clone(), one(event, name))).collect()
}

/// CloudEvents 1.0 attributes as NATS headers (CloudEvents NATS protocol binding, section 3.1.3).
fn headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "title": "CloudEvent",
        "required": ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject"],
        "properties": {
            "ce-specversion": { "const": "1.0" },
            "ce-id": text("Unique; a reader acts once for each"),
            "ce-source": text("/services/<owner>"),
            "ce-type": text("The event's type, which is also the subject"),
            "ce-subject": text("The aggregate; events of one keep their order"),
            "ce-time": { "type": "string", "format": "date-time" },
            "traceparent": text("W3C Trace Context"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_that_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/asyncapi.json");
        let text = format!("{:#}\n", document());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == text,
            "docs/asyncapi.json lags behind the events; run UPDATE=1 cargo test -p warung-contracts asyncapi"
        );
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_event_has_sender_and_example() {
        fn check(document: &Value, value: &Value) {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            match value {
                Value::Object(map) => map.values().for_each(|value| check(document, value)),
                Value::Array(list) => list.iter().for_each(|value| check(document, value)),
                _ => {}
            }
        }
        let document = document();
        check(&document, &document);
        for event in event::TYPES {
            let owner = Manifest::owner_of(event).unwrap();
            assert!(document["operations"][format!("{owner}.send.{event}")].is_object(), "{event}");
        }
        for (name, message) in document["components"]["messages"].as_object().unwrap() {
            assert!(message["examples"][0]["payload"].is_object(), "{name} has no example");
        }
    }
}
