//! What the API server checks by the schema of the CRD, beyond the types that serde has checked: fields that aren't
//! there, and limits.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::Value;

use crate::api::Shop;

/// Everything in a Shop's spec that its schema forbids, by field.
pub fn faults(spec: &Value) -> Vec<String> {
    let versions = Shop::crd().spec.versions.into_iter();
    let schemas =
        versions.filter_map(|version| version.schema?.open_api_v3_schema?.properties?.remove("spec"));
    let mut faults = Vec::new();
    for schema in schemas {
        check(&schema, spec, "spec", &mut faults);
    }
    faults
}

fn check(schema: &JSONSchemaProps, value: &Value, path: &str, faults: &mut Vec<String>) {
    let mut limit = |count: f64, what: &str, least: Option<f64>, most: Option<f64>| {
        if least.is_some_and(|least| count < least) || most.is_some_and(|most| count > most) {
            faults.push(format!("{path}: {count}{what} is out of range; write {}", range(least, most)));
        }
    };
    // The limits of a schema are small whole numbers.
    let number = |limit: Option<i64>| limit.map(|limit| limit as f64);
    match value {
        Value::Number(number) => {
            limit(number.as_f64().unwrap_or(f64::NAN), "", schema.minimum, schema.maximum);
        }
        Value::String(text) => {
            let count = text.chars().count() as f64;
            limit(count, " characters", number(schema.min_length), number(schema.max_length));
        }
        Value::Array(items) => {
            limit(items.len() as f64, " items", number(schema.min_items), number(schema.max_items));
            let Some(JSONSchemaPropsOrArray::Schema(schema)) = &schema.items else { return };
            for (index, item) in items.iter().enumerate() {
                check(schema, item, &format!("{path}[{index}]"), faults);
            }
        }
        Value::Object(fields) => {
            limit(
                fields.len() as f64,
                " entries",
                number(schema.min_properties),
                number(schema.max_properties),
            );
            for (name, field) in fields {
                check_field(schema, name, field, &format!("{path}.{name}"), faults);
            }
        }
        // The API server leaves out what is null.
        Value::Null | Value::Bool(_) => {}
    }
}

fn check_field(schema: &JSONSchemaProps, name: &str, value: &Value, path: &str, faults: &mut Vec<String>) {
    let known = schema.properties.as_ref().and_then(|known| known.get(name));
    match (known, &schema.additional_properties) {
        (Some(schema), _) => check(schema, value, path, faults),
        (None, Some(JSONSchemaPropsOrBool::Schema(schema))) => check(schema, value, path, faults),
        _ if schema.x_kubernetes_preserve_unknown_fields == Some(true) => {}
        _ => faults.push(format!("{path}: there is no such field")),
    }
}

fn range(least: Option<f64>, most: Option<f64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "another".into(),
    }
}
