//! Every body that a service takes: what has no shape and what passes a limit are told in one answer, so that whoever fills
//! in a form corrects it once.

use serde_json::{Map, Value, json};

use super::{Answer, TestApp};

/// A field that no body has.
const UNKNOWN: &str = "nobody_knows_this";
/// Levels of a body that are looked at: a schema may hold itself.
const DEPTH_MAX: usize = 4;

/// A value that passes a limit of its schema.
struct Breach {
    /// Such as `lines[0].quantity`.
    field: String,
    /// The whole body, in which all else is missing.
    body: Value,
}

impl TestApp {
    /// Checks that each limit of each body is told beside a field that is not known, and beside all that is missing.
    pub(super) async fn check_bodies(&self, document: &Value, token: &str) {
        let items = document["paths"].as_object().into_iter().flatten();
        for (path, item) in items {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let schemas = Schemas(document);
                let path = address(&schemas, path, operation);
                for breach in schemas.breaches(schema, DEPTH_MAX) {
                    let closed = schemas.resolved(schema)["additionalProperties"] == false;
                    self.check_body(method, &path, token, breach, closed).await;
                }
            }
        }
    }

    async fn check_body(
        &self,
        method: &str,
        path: &str,
        token: &str,
        Breach { field, mut body }: Breach,
        closed: bool,
    ) {
        body[UNKNOWN] = json!(1);
        let (verb, key) = (method.to_uppercase(), [("idempotency-key", "bodies")]);
        let Answer { status, body: told, .. } =
            self.send_with(&verb, path, Some(token), &key, Some(body.clone())).await;
        let named =
            |name: &str| told["errors"].as_array().is_some_and(|e| e.iter().any(|e| e["field"] == name));
        assert!(status == 400 && named(&field), "{method} {path} {body} says nothing of {field}: {told}");
        assert!(!closed || named(UNKNOWN), "{method} {path} {body} says nothing of {UNKNOWN}: {told}");
    }
}

/// A path with something that fits in place of its parameters.
fn address(schemas: &Schemas<'_>, path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter(|parameter| parameter["in"] == "path").fold(path.to_owned(), |path, parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        let schema = schemas.resolved(&parameter["schema"]);
        let listed = [&schema["examples"], &schema["enum"]].into_iter().find_map(|all| all[0].as_str());
        let listed = parameter["example"].as_str().or(listed);
        let other = match (schema["format"].as_str(), schema["type"].as_str()) {
            (Some("uuid"), _) => "00000000-0000-0000-0000-000000000000",
            (_, Some("integer")) => "1",
            _ => "x",
        };
        path.replace(&format!("{{{name}}}"), listed.unwrap_or(other))
    })
}

/// The schemas of a document.
struct Schemas<'d>(&'d Value);

impl<'d> Schemas<'d> {
    /// The schema itself, where this one only refers to it, or adds that there may be none.
    fn resolved(&self, schema: &'d Value) -> &'d Value {
        if let Some(path) = schema["$ref"].as_str() {
            return self.resolved(self.0.pointer(path.trim_start_matches('#')).unwrap_or(&Value::Null));
        }
        let mut choices =
            schema["oneOf"].as_array().into_iter().flatten().filter(|choice| choice["type"] != "null");
        match (choices.next(), choices.next()) {
            (Some(one), None) => self.resolved(one),
            _ => schema,
        }
    }

    /// One value beyond its limits for each field that has any.
    fn breaches(&self, schema: &'d Value, depth: usize) -> Vec<Breach> {
        let schema = self.resolved(schema);
        if let Some(body) = beyond(schema) {
            return vec![Breach { field: String::new(), body }];
        }
        if depth == 0 {
            return vec![];
        }
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut all: Vec<Breach> = parts.flat_map(|part| self.breaches(part, depth)).collect();
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            all.extend(self.breaches(inner, depth - 1).into_iter().map(|breach| breach.within(name)));
        }
        if schema["items"].is_object() {
            all.extend(self.breaches(&schema["items"], depth - 1).into_iter().map(Breach::listed));
        }
        all
    }
}

impl Breach {
    fn within(self, name: &str) -> Self {
        let rest = match self.field.as_str() {
            "" => String::new(),
            rest if rest.starts_with('[') => rest.to_owned(),
            rest => format!(".{rest}"),
        };
        let body = Map::from_iter([(name.to_owned(), self.body)]).into();
        Self { field: format!("{name}{rest}"), body }
    }

    fn listed(self) -> Self {
        let rest = if self.field.is_empty() { String::new() } else { format!(".{}", self.field) };
        Self { field: format!("[0]{rest}"), body: json!([self.body]) }
    }
}

/// Something that passes a limit of a value; none where it has none that is near.
fn beyond(schema: &Value) -> Option<Value> {
    let limit = |name: &str| schema[name].as_i64();
    let below = limit("minimum").and_then(|least| least.checked_sub(1));
    let above = limit("maximum").and_then(|most| most.checked_add(1));
    let text = |length: i64| "x".repeat(usize::try_from(length).unwrap_or_default());
    let short = limit("minLength").filter(|least| *least > 0).map(|least| text(least - 1));
    let long = limit("maxLength").filter(|most| *most <= 10_000).map(|most| text(most + 1));
    let few = limit("minItems").filter(|least| *least > 0).map(|_| json!([]));
    below.or(above).map(Value::from).or(short.or(long).map(Value::from)).or(few)
}
