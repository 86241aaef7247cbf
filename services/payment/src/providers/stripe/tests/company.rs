//! A listener that keeps every request, checks it against Stripe's own description, and answers with Stripe's own samples.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
};
use serde_json::{Map, Value, json};

use super::*;
use crate::providers::contracts;

/// The description, the samples, and what is wrong with the requests so far.
#[derive(Clone)]
pub struct Company {
    description: Arc<Value>,
    samples: Arc<Value>,
    pub seen: Arc<Mutex<Vec<String>>>,
    pub faults: Arc<Mutex<Vec<String>>>,
}

/// Stripe behind this listener; none where there are no contracts.
pub async fn start() -> Option<(Company, Stripe)> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let company = Company {
        description: Arc::new(contracts::file(NAME, "stripe_v1.openapi.json")?),
        samples: Arc::new(contracts::file(NAME, "fixtures.json")?),
        seen: Arc::default(),
        faults: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let router = Router::new().fallback(answer).with_state(company.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Some((company, Stripe::new(client, "sk_test_123".into(), "whsec_1")))
}

async fn answer(
    State(company): State<Company>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::Json<Value> {
    let place = format!("{method} {}", uri.path());
    company.seen.lock().unwrap().push(place.clone());
    let mut faults = company.judge(&method, &uri, &body);
    let expected = [("stripe-version", VERSION), ("authorization", "Basic c2tfdGVzdF8xMjM6")];
    faults.extend(
        expected
            .iter()
            .filter(|(name, value)| headers.get(*name).is_none_or(|v| v != value))
            .map(|h| format!("{h:?}")),
    );
    if method == Method::POST && !headers.contains_key("idempotency-key") {
        faults.push("no idempotency key".into());
    }
    company.faults.lock().unwrap().extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
    axum::Json(company.sample(&method, uri.path()))
}

impl Company {
    fn sample(&self, method: &Method, path: &str) -> Value {
        let sample = |name: &str| self.samples["resources"][name].clone();
        match path {
            "/v1/refunds" if method == Method::GET => json!({"data": [sample("refund")]}),
            path if path.starts_with("/v1/refunds") => sample("refund"),
            _ => sample("payment_intent"),
        }
    }

    /// What of a request the description does not know.
    fn judge(&self, method: &Method, uri: &Uri, body: &Bytes) -> Vec<String> {
        let template = uri.path().replace("/pi_1", "/{intent}").replace("/re_1", "/{refund}");
        let operation = &self.description["paths"][template.as_str()][method.as_str().to_lowercase()];
        if operation.is_null() {
            return vec!["no such operation".into()];
        }
        let known: Vec<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| p["name"].as_str())
            .collect();
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut faults: Vec<String> = query
            .filter(|(name, _)| !known.contains(&name.split('[').next().unwrap()))
            .map(|(name, _)| format!("no such parameter: {name}"))
            .collect();
        let form = "application/x-www-form-urlencoded";
        let schema = contracts::as_json_schema(&operation["requestBody"]["content"][form]["schema"]);
        if method == Method::POST {
            let sent = nested(body, &schema);
            let validator = jsonschema::validator_for(&schema).unwrap();
            faults.extend(validator.iter_errors(&sent).map(|error| format!("{error} in {sent}")));
        }
        faults
    }
}

/// A form with brackets as JSON, numbers and flags by the schema.
fn nested(body: &Bytes, schema: &Value) -> Value {
    let mut root = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let mut path = name.split(['[', ']']).filter(|part| !part.is_empty());
        let first = path.next().unwrap().to_owned();
        let typed = match schema["properties"][&first]["type"].as_str() {
            Some("integer") => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
            Some("boolean") => json!(value == "true"),
            _ => json!(value),
        };
        let slot = root.entry(first).or_insert(Value::Null);
        match (path.next(), name.ends_with("[]")) {
            (_, true) => match slot {
                Value::Array(items) => items.push(typed),
                other => *other = json!([typed]),
            },
            (Some(inner), _) => {
                let flag = inner == "enabled";
                slot[inner] = if flag { json!(value == "true") } else { typed };
            }
            (None, _) => *slot = typed,
        }
    }
    Value::Object(root)
}
