//! What fits where, by the schema of a type as the API's document shows it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use super::place::{Place, Step};

/// Levels of what is put into a body at most: a schema may hold itself.
const DEPTH_MAX: usize = 8;

/// The schema of a type, and those that it refers to, by name.
pub struct Schemas {
    root: Value,
    named: HashMap<String, Value>,
}

impl Schemas {
    pub fn of<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        let named = named.into_iter().map(|(name, schema)| (name, json(&schema))).collect();
        Self { root: json(&T::schema()), named }
    }

    /// The schema of the whole.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Puts something that fits at a place, or takes away what the schema doesn't know; false when the place isn't there.
    pub fn mend(&self, body: &mut Value, place: &Place<'_>) -> bool {
        self.put(&self.root, body, &place.0)
    }

    fn put(&self, schema: &Value, value: &mut Value, steps: &[Step<'_>]) -> bool {
        let schema = self.resolved(schema);
        match steps {
            [] => {
                *value = self.stand_in(schema, DEPTH_MAX);
                true
            }
            [Step::Nth(n), rest @ ..] => {
                value.get_mut(n).is_some_and(|item| self.put(&schema["items"], item, rest))
            }
            [Step::Name(name), rest @ ..] => {
                let Value::Object(fields) = value else { return false };
                match self.property(schema, name) {
                    Some(inner) => self.put(inner, fields.entry(*name).or_insert(Value::Null), rest),
                    None => rest.is_empty() && fields.remove(*name).is_some(),
                }
            }
        }
    }

    /// The schema itself, where this one only refers to it, or adds that there may be none.
    pub fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let referred = name.and_then(|name| self.named.get(name));
        match referred.or_else(|| only_choice(schema)) {
            Some(inner) => self.resolved(inner),
            None => schema,
        }
    }

    /// The schema of a field; none where there is no such field.
    pub fn property<'s>(&'s self, schema: &'s Value, name: &str) -> Option<&'s Value> {
        let others = Some(&schema["additionalProperties"]).filter(|others| others.is_object());
        let parts = list(&schema["allOf"]).iter();
        let inherited = || parts.map(|part| self.resolved(part)).find_map(|part| self.property(part, name));
        schema["properties"].get(name).or(others).or_else(inherited)
    }

    /// Something that fits: an example, where there is one.
    fn stand_in(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        let listed = [&schema["examples"], &schema["enum"]].into_iter().find_map(|all| all.get(0));
        if let Some(one) = schema.get("example").or(listed) {
            return one.clone();
        }
        if depth == 0 {
            return Value::Null;
        }
        if let Some(choice) = schema["oneOf"].get(0) {
            return self.stand_in(choice, depth - 1);
        }
        match kind(&schema["type"]) {
            "string" => text(schema).into(),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
            "boolean" => false.into(),
            "array" => json!([]),
            "null" => Value::Null,
            _ => self.object(schema, depth - 1).into(),
        }
    }

    /// An object with the fields that it must have.
    fn object(&self, schema: &Value, depth: usize) -> Map<String, Value> {
        let mut fields = Map::new();
        for part in list(&schema["allOf"]) {
            fields.extend(self.object(self.resolved(part), depth));
        }
        for name in list(&schema["required"]).iter().filter_map(Value::as_str) {
            fields.insert(name.to_owned(), self.stand_in(&schema["properties"][name], depth));
        }
        fields
    }
}

fn json(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The one schema of what may be null.
fn only_choice(schema: &Value) -> Option<&Value> {
    let mut choices = list(&schema["oneOf"]).iter().filter(|choice| choice["type"] != "null");
    choices.next().filter(|_| choices.next().is_none())
}

/// The type of a schema; of several, the one beside null.
fn kind(kinds: &Value) -> &str {
    let several = || list(kinds).iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    kinds.as_str().or_else(several).unwrap_or_default()
}

/// A text of this form.
fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("date-time") => "2000-01-01T00:00:00Z".to_owned(),
        Some("date") => "2000-01-01".to_owned(),
        Some("uuid") => uuid::Uuid::nil().to_string(),
        _ => "x".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Parcel {
        #[schema(example = "JNE")]
        carrier: String,
        #[schema(minimum = 5)]
        weight: u32,
        sizes: Vec<u32>,
        kind: Kind,
        #[schema(format = DateTime)]
        at: String,
        to: Option<To>,
        #[schema(no_recursion)]
        parent: Option<Box<Parcel>>,
        #[serde(flatten)]
        paid: Paid,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct Paid {
        cash: bool,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read for its schema alone")]
    struct To {
        city: String,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Letter,
        Box,
    }

    fn mended(mut body: Value, field: &str) -> Option<Value> {
        let place = Place::read(field).unwrap();
        Schemas::of::<Parcel>().mend(&mut body, &place).then_some(body)
    }

    #[test]
    fn what_is_put_there_fits() {
        let whole = Schemas::of::<Parcel>();
        let whole: Parcel = serde_json::from_value(whole.stand_in(&whole.root, DEPTH_MAX)).unwrap();
        assert_eq!((whole.carrier.as_str(), whole.weight), ("JNE", 5));
        assert_eq!(mended(json!({"weight": "x"}), "weight"), Some(json!({"weight": 5})));
        assert_eq!(mended(json!({"to": {"city": 5}}), "to.city"), Some(json!({"to": {"city": "x"}})));
        assert_eq!(mended(json!({"sizes": [1, "x"]}), "sizes[1]"), Some(json!({"sizes": [1, 0]})));
        assert_eq!(mended(json!({"cash": 1}), "cash"), Some(json!({"cash": false})));
    }

    #[test]
    fn what_nobody_knows_is_taken_away() {
        assert_eq!(mended(json!({"nope": 1}), "nope"), Some(json!({})));
        for lost in ["nope", "sizes[7]", "weight.x", "nope.x"] {
            assert_eq!(mended(json!({"sizes": [], "weight": 1}), lost), None, "{lost}");
        }
    }
}
