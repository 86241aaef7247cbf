//! All that is wrong with a body. serde stops at the first fault: what is wrong there gives way to something that fits by
//! the schema of the body's type, and serde goes on. What has its shape in the end can be held against its rules too, so
//! that whoever sent it is told everything in one answer.

mod limits;
mod place;
mod schema;

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

pub use self::place::overlap;
use self::{place::Place, schema::Schemas};
use super::{explain::explain, problem::FieldError, strict::Strict};

/// Faults of shape that are told at most: for each, the body is read once more.
const FAULTS_MAX: usize = 20;
/// Bytes that are read once more at most, in all: whoever sends large bodies full of faults gets fewer of them told.
const AGAIN_MAX: usize = 1024 * 1024;

/// A body with something that fits where a field was wrong.
#[derive(Debug)]
pub struct Mended<T> {
    /// What was wrong, in the order in which it was found; each field once.
    pub faults: Vec<FieldError>,
    /// What is beyond a limit of the type's schema.
    pub beyond: Vec<FieldError>,
    /// None where nothing can be found that fits.
    pub value: Option<T>,
}

/// Mends a body of which serde said this first.
pub fn mend<T: DeserializeOwned + ToSchema>(body: &[u8], first: FieldError) -> Mended<T> {
    let again = (AGAIN_MAX / body.len().max(1)).min(FAULTS_MAX - 1);
    let (schemas, mut faults) = (Schemas::of::<T>(), vec![first]);
    let mut body = serde_json::from_slice(body).unwrap_or_default();
    let mut value = None;
    for _ in 0..again {
        match next(&schemas, &mut body, &faults) {
            Some(Err(fault)) => faults.push(fault),
            ended => {
                value = ended.and_then(Result::ok);
                break;
            }
        }
    }
    Mended { beyond: limits::beyond(&schemas, &body), faults, value }
}

/// Mends the last fault that was found, and reads on: the whole, or the next fault. None when it can't be mended.
fn next<T: DeserializeOwned>(
    schemas: &Schemas,
    body: &mut Value,
    faults: &[FieldError],
) -> Option<Result<T, FieldError>> {
    let place = Place::read(&faults.last()?.field)?;
    if !schemas.mend(body, &place) {
        return None;
    }
    match read(body) {
        Ok(value) => Some(Ok(value)),
        // Else what stands in doesn't fit either.
        Err(fault) => fault.filter(|next| faults.iter().all(|known| known.field != next.field)).map(Err),
    }
}

/// The value as this type, or its first fault; none where it is of the whole.
fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Option<FieldError>> {
    serde_path_to_error::deserialize(Strict(value)).map_err(|error| {
        let path = error.path().to_string();
        let (field, detail) = explain(&path, &error.into_inner().to_string());
        field.map(|field| FieldError { field, detail })
    })
}

impl<T> Mended<T> {
    /// Whether this field, or what it is in, or something in it was mended: what is said of it then is said of what stands in.
    pub fn touches(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| overlap(&fault.field, field))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by serde alone")]
    struct Order {
        lines: Vec<Line>,
        address: Option<Address>,
        pay_with: Method,
        names: BTreeMap<String, Address>,
        note: Option<String>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read by serde alone")]
    struct Line {
        sku: String,
        quantity: u32,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[expect(dead_code, reason = "read by serde alone")]
    struct Address {
        city: String,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "read by serde alone")]
    enum Method {
        Card { token: String },
        Transfer { bank: String },
    }

    fn told<T: DeserializeOwned + ToSchema>(body: &Value) -> (Vec<String>, bool) {
        let body = serde_json::to_vec(body).unwrap();
        let Err(Some(first)) = read::<T>(&serde_json::from_slice(&body).unwrap()) else {
            panic!("it is right, or wrong as a whole")
        };
        let mended = mend::<T>(&body, first);
        let faults = mended.faults.iter().map(|fault| format!("{} {}", fault.field, fault.detail));
        (faults.collect(), mended.value.is_some())
    }

    #[test]
    fn all_faults_are_told_at_their_fields() {
        let body = json!({
            "lines": [{}, {"sku": 7, "quantity": "many"}],
            "address": {},
            "names": {"home": {"city": null}},
            "nope": 1,
        });
        let (mut told, mended) = told::<Order>(&body);
        told.sort();
        let faults = [
            "address.city is missing",
            "lines[0].quantity is missing",
            "lines[0].sku is missing",
            "lines[1].quantity must be a whole number, 0 or more",
            "lines[1].sku must be text",
            "names.home.city must be text",
            "nope is not known; there is lines, address, pay_with, names, note",
            "pay_with is missing",
        ];
        assert_eq!(told, faults);
        assert!(mended, "what stands in has its shape");
    }

    #[test]
    fn a_body_full_of_faults_is_not_answered_with_all_of_them() {
        let few = json!({"lines": vec![json!({}); 1000]});
        assert_eq!(told::<Order>(&few).0.len(), FAULTS_MAX);
        let many = json!({"lines": vec![json!({}); 200_000]});
        assert_eq!(told::<Order>(&many).0.len(), 2, "it is read again only so often");
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z.\\[\\]0]{0,6}".prop_map(Value::from),
        ];
        let key = prop::sample::select(vec![
            "lines", "sku", "names", "pay_with", "kind", "note", "a.b", "x[0]", "",
        ]);
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is sent, mending ends, and says each field once.
        #[test]
        fn no_body_makes_it_panic_or_repeat_itself(body in json_value()) {
            if let Err(Some(first)) = read::<Order>(&body) {
                let mended = mend::<Order>(&serde_json::to_vec(&body).unwrap(), first);
                let mut fields: Vec<&String> = mended.faults.iter().map(|fault| &fault.field).collect();
                fields.sort();
                let all = fields.len();
                fields.dedup();
                prop_assert_eq!(fields.len(), all);
            }
        }
    }
}
