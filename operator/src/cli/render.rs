//! A Shop as the objects it becomes, without a cluster: for review, GitOps and linters.

mod schema;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use base64::Engine;
use kube::core::DynamicObject;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use warung_contracts::manifest::{self, SecretKind};

use crate::api::{SecretReference, Shop, ShopSpec};
use crate::detect::Apis;
use crate::objects::kinds::SECRET;
use crate::objects::{Object, labels};
use crate::observe::{Observed, SecretData};
use crate::plan::secret::{self, Generated};
use crate::plan::{self, object};
use crate::validate::{Invalid, ValidShop, credential, validate};

/// A Shop that can't be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path} can't be read: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("{path} is not a Shop: {message}")]
    Parse { path: String, message: String },
    #[error("{path} breaks a rule of the Shop: {message}")]
    Rule { path: String, message: String },
    #[error("{0}")]
    Invalid(Invalid),
    #[error("{0}: {1}")]
    Plan(plan::Error, String),
    #[error("the objects can't be written as YAML: {0}")]
    Write(String),
}

/// Reads one Shop from a file, or from standard input when the path is `-`, and checks it by the rules of the CRD.
///
/// # Errors
///
/// A file that can't be read, isn't a Shop, or breaks one of the rules the API server would apply.
pub fn read(path: &Path) -> Result<Shop, Error> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    read.map_err(|source| Error::Read { path: name.clone(), source })?;
    parse(&name, &text)
}

/// The one Shop of a file that may hold other objects too, as files for kubectl do.
fn parse(path: &str, text: &str) -> Result<Shop, Error> {
    let wrong = |message: String| Error::Parse { path: path.to_owned(), message };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| wrong(first_line(&error)))?;
    let mut shops = documents.into_iter().filter(|document| document["kind"] == "Shop");
    let begin = "apiVersion: warung.dev/v1alpha1 and kind: Shop";
    let raw = shops.next().ok_or_else(|| wrong(format!("it holds none; one begins with {begin}")))?;
    let more = shops.count();
    if more > 0 {
        return Err(wrong(format!("it holds {}; give each a file of its own", more + 1)));
    }
    if raw["apiVersion"] != "warung.dev/v1alpha1" {
        return Err(wrong(format!("it must begin with {begin}")));
    }
    let shop: Shop = serde_json::from_value(raw.clone()).map_err(|error| wrong(error.to_string()))?;
    let faults: Vec<String> = schema::faults(&raw["spec"]).into_iter().chain(broken_rules(&shop)).collect();
    if faults.is_empty() {
        Ok(shop)
    } else {
        Err(Error::Rule { path: path.into(), message: faults.join("; ") })
    }
}

fn broken_rules(shop: &Shop) -> Vec<String> {
    let Err(errors) = shop.validate_cel() else { return Vec::new() };
    let told = |path: &str, message: &str| match path {
        "" => message.to_owned(),
        path => format!("{path}: {message}"),
    };
    errors.iter().map(|error| told(&error.field_path, &error.message)).collect()
}

fn first_line(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Every object of the Shop as one YAML stream, in the order it is applied. The same Shop gives the same text.
///
/// # Errors
///
/// [`Error::Invalid`] for a Shop that can't be carried out.
pub fn render(shop: &Shop, plain: bool, operator_namespace: &str) -> Result<String, Error> {
    let (objects, generated) = objects(shop, plain, operator_namespace)?;
    let mut text = String::from(
        "# What this Shop becomes, in the order the operator applies it. Passwords and keys are placeholders: the\n\
         # operator generates each one once, inside the cluster. Databases, roles, streams and consumers are made\n\
         # inside the stores and are no objects.\n",
    );
    for object in objects {
        text.push_str("---\n");
        if generated.iter().any(|one| object.metadata.name.as_ref() == Some(&one.name)) {
            text.push_str("# Generated once by the operator; the values here are placeholders.\n");
        }
        text.push_str(&serde_saphyr::to_string(&object).map_err(|error| Error::Write(error.to_string()))?);
    }
    Ok(text)
}

fn objects(
    shop: &Shop,
    plain: bool,
    operator_namespace: &str,
) -> Result<(Vec<Object>, Vec<Generated>), Error> {
    let mut shop = shop.clone();
    shop.metadata.namespace.get_or_insert_with(|| "default".into());
    let mut observed = Observed {
        operator_namespace: operator_namespace.into(),
        apis: if plain { Apis::default() } else { Apis::all() },
        referenced: placeholders_of_references(&shop.spec),
        placeholders: true,
        ..Observed::default()
    };
    let valid = validate(&shop, &observed, manifest::all()).map_err(Error::Invalid)?;
    let generated = secret::wanted(&valid);
    let secrets: Vec<Object> = generated.iter().map(|one| placeholder_secret(&valid, one)).collect();
    for secret in &secrets {
        observed.live.insert(secret.clone());
    }
    let plan = plan::plan(&valid, &observed).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        Error::Plan(error, cause)
    })?;
    let mut seen = std::collections::BTreeSet::new();
    let mut all = secrets;
    for mut object in plan.stages.into_iter().flat_map(|stage| stage.apply) {
        // Who owns an object is known in the cluster alone.
        object.metadata.owner_references = None;
        // What an early stage needs is applied again with the rest of its service.
        if seen.insert((object.types.clone().map(|types| types.kind), object.metadata.name.clone())) {
            all.push(object);
        }
    }
    Ok((all, generated))
}

fn placeholder_secret(shop: &ValidShop, generated: &Generated) -> DynamicObject {
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    let data: BTreeMap<&String, String> =
        generated.keys.iter().map(|(key, kind)| (key, encode(placeholder(*kind)))).collect();
    let body = json!({ "type": "Opaque", "data": data });
    let mut secret = object(shop, SECRET, &generated.name, (&generated.part, generated.component), body);
    secret.metadata.owner_references = None;
    secret.metadata.labels.get_or_insert_default().insert(labels::GENERATED.into(), "true".into());
    secret
}

fn placeholder(kind: SecretKind) -> String {
    match kind {
        SecretKind::Password => "placeholder".into(),
        // Any fixed scalar is a valid key; this one signs nothing.
        SecretKind::Es256PrivateKey => p256::SecretKey::from_slice(&[1; 32])
            .ok()
            .and_then(|key| key.to_pkcs8_pem(LineEnding::LF).ok())
            .map(|pem| pem.to_string())
            .unwrap_or_default(),
    }
}

fn placeholders_of_references(spec: &ShopSpec) -> BTreeMap<String, SecretData> {
    let mut all: BTreeMap<String, SecretData> = BTreeMap::new();
    for SecretReference { field, name, keys } in spec.secrets() {
        let scheme = ["postgres", "nats", "redis"].into_iter().find(|store| field.starts_with(store));
        let value = format!("{}://user:placeholder@{name}.invalid", scheme.unwrap_or("smtp"));
        let data = all.entry(name).or_default();
        data.extend(keys.into_iter().map(|key| (key, value.clone().into_bytes())));
    }
    for (name, key) in credential::expected(spec, manifest::all()) {
        all.entry(name).or_default().insert(key.into(), b"placeholder".to_vec());
    }
    all
}
