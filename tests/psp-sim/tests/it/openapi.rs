//! A company's OpenAPI description as a judge of what was said.
//!
//! Descriptions are read from where they lie outside the project, and never copied.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use warung_psp_sim::journal::{Exchange, Payload};

/// One description.
pub struct Description {
    document: Value,
    /// The operations it has judged.
    pub used: BTreeSet<String>,
    validators: BTreeMap<String, Validator>,
}

struct Operation {
    id: String,
    item: Value,
}

impl Description {
    /// Reads a description below the folder.
    pub fn read(folder: &Path, file: &str) -> Self {
        let text =
            std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let document = plain(serde_json::from_str(&text).unwrap());
        Self { document, used: BTreeSet::new(), validators: BTreeMap::new() }
    }

    /// What is wrong with an exchange; none when the description does not know its place.
    pub fn judge(&mut self, exchange: &Exchange) -> Option<Vec<String>> {
        let operation = self.operation(&exchange.method, &exchange.path)?;
        self.used.insert(operation.id.clone());
        let mut faults = Vec::new();
        // A refused request may be as wrong as it likes; what was taken must be right.
        if exchange.status < 300 {
            faults.extend(missing_headers(&operation.item, exchange));
            if let Some(schema) = schema(&operation.item["requestBody"]) {
                let body = match &exchange.request {
                    Payload::Json(body) => Some(body.clone()),
                    Payload::Text(form) => Some(form_fields(form)),
                    Payload::Empty if operation.item["requestBody"]["required"] == true => Some(Value::Null),
                    Payload::Empty => None,
                };
                faults.extend(body.iter().flat_map(|body| self.faults(&schema, body, "the request")));
            }
        }
        let responses = &operation.item["responses"];
        let response = [exchange.status.to_string().as_str(), "default"]
            .iter()
            .find_map(|code| responses.get(*code))
            .cloned();
        match (response.as_ref().map(|response| self.resolve(response)), &exchange.answer) {
            (None, _) => faults.push(format!("status {} is not described", exchange.status)),
            (Some(response), Payload::Json(body)) => match schema(&response) {
                Some(schema) => faults.extend(self.faults(&schema, body, "the answer")),
                None => faults.push(format!("status {} has no body", exchange.status)),
            },
            (Some(response), Payload::Empty) if schema(&response).is_some() => {
                faults.push(format!("status {} lacks its body", exchange.status));
            }
            (Some(_), Payload::Empty) => {}
            (Some(_), Payload::Text(text)) => faults.push(format!("the answer is no JSON: {text}")),
        }
        let place = format!("{} {}", exchange.method, exchange.path);
        Some(faults.into_iter().map(|fault| format!("{place}: {fault}")).collect())
    }

    /// What is wrong with a body that the description names by its operation: a webhook's.
    pub fn judge_webhook(&mut self, path: &str, body: &Value) -> Vec<String> {
        let Some(operation) = self.operation("POST", path) else {
            return vec![format!("{path} is not described")];
        };
        self.used.insert(operation.id);
        let schema = schema(&operation.item["requestBody"]).unwrap();
        self.faults(&schema, body, path)
    }

    /// What is wrong with a body that a named schema describes.
    pub fn judge_as(&mut self, name: &str, body: &Value) -> Vec<String> {
        self.faults(&json!({"$ref": format!("#/components/schemas/{name}")}), body, name)
    }

    fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let paths = self.document["paths"].as_object()?;
        // A path without parameters is meant before one with them.
        let mut fitting: Vec<&String> = paths.keys().filter(|template| fits(template, path)).collect();
        fitting.sort_by_key(|template| template.matches('{').count());
        let methods = &paths[*fitting.first()?];
        let item = self.resolve_all(methods.get(method.to_lowercase())?);
        let id = item["operationId"].as_str().unwrap_or(path).to_owned();
        Some(Operation { id, item })
    }

    fn faults(&mut self, schema: &Value, body: &Value, what: &str) -> Vec<String> {
        let key = schema.to_string();
        if !self.validators.contains_key(&key) {
            let mut root = schema.as_object().cloned().unwrap_or_default();
            root.insert("components".to_owned(), self.document["components"].clone());
            let validator = jsonschema::validator_for(&Value::Object(root))
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            self.validators.insert(key.clone(), validator);
        }
        let errors = self.validators[&key].iter_errors(body);
        errors.map(|error| format!("{what}: {error} at {}", error.instance_path())).collect()
    }

    fn resolve(&self, item: &Value) -> Value {
        let reference = item["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(item).clone()
    }

    /// An operation with its parameters, body and responses in place.
    fn resolve_all(&self, operation: &Value) -> Value {
        let mut operation = operation.clone();
        operation["requestBody"] = self.resolve(&operation["requestBody"]);
        if let Some(parameters) = operation["parameters"].as_array() {
            operation["parameters"] = parameters.iter().map(|parameter| self.resolve(parameter)).collect();
        }
        operation
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let same =
        |(part, segment): (&&str, &&str)| part == segment || (part.starts_with('{') && !segment.is_empty());
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

fn schema(holder: &Value) -> Option<Value> {
    let content = holder["content"].as_object()?;
    let kinds = ["application/json", "application/x-www-form-urlencoded"];
    kinds.iter().find_map(|kind| Some(content.get(*kind)?["schema"].clone()))
}

fn missing_headers(operation: &Value, exchange: &Exchange) -> Vec<String> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let sent = |name: &str| exchange.headers.contains_key(&name.to_lowercase());
    let wanted =
        parameters.iter().filter(|parameter| parameter["in"] == "header" && parameter["required"] == true);
    let names = wanted.filter_map(|parameter| parameter["name"].as_str()).filter(|name| !sent(name));
    names.map(|name| format!("header {name} is missing")).collect()
}

fn form_fields(form: &str) -> Value {
    let fields = url::form_urlencoded::parse(form.as_bytes());
    Value::Object(fields.map(|(name, value)| (name.into_owned(), Value::from(value.as_ref()))).collect())
}

/// OpenAPI 3.0 as JSON Schema: `nullable` becomes "or null".
fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            let nullable = fields.get("nullable") == Some(&Value::Bool(true));
            let keep = |name: &String| name != "nullable" && name != "example" && name != "discriminator";
            let fields: Map<String, Value> = fields
                .into_iter()
                .filter(|(name, _)| keep(name))
                .map(|(name, value)| (name, plain(value)))
                .collect();
            if nullable { json!({"anyOf": [fields, {"type": "null"}]}) } else { Value::Object(fields) }
        }
        other => other,
    }
}
