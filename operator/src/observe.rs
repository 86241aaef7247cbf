//! What was read of the cluster for one Shop, at one moment.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Secret};
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, ListParams, TypeMeta};
use kube::{Client, ResourceExt};
use warung_contracts::manifest::{self, Manifest, SecretKind, SecretSetting};

use crate::api::{SecretReference, Shop};
use crate::detect::Apis;
use crate::objects::{Object, kinds, labels, names};

/// Data of one Secret.
pub type SecretData = BTreeMap<String, Vec<u8>>;

/// The cluster as far as one Shop is concerned.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// When it was read.
    pub now: Timestamp,
    /// Namespace the operator runs in.
    pub operator_namespace: String,
    /// Which optional APIs are served.
    pub apis: Apis,
    /// Secrets that the spec refers to, by name; absent ones are missing here.
    pub referenced: BTreeMap<String, SecretData>,
    /// Whether their values are placeholders, so that only their being there counts.
    pub placeholders: bool,
    /// Objects that carry the Shop's label, by kind and name.
    pub live: Live,
    /// Pods that carry the Shop's label.
    pub pods: Vec<Pod>,
    /// Names of the claims of its embedded stores' volumes, without those on their way out.
    pub claims: BTreeSet<String>,
    /// The Shop that was in the namespace before this one, if any.
    pub older_shop: Option<String>,
}

/// Objects by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Live {
    objects: BTreeMap<(String, String), Object>,
}

impl Live {
    /// Puts an object in, or in the place of the older one.
    pub fn insert(&mut self, object: Object) {
        let kind = object.types.as_ref().map(|types| types.kind.clone()).unwrap_or_default();
        let name = object.metadata.name.clone().unwrap_or_default();
        self.objects.insert((kind, name), object);
    }

    /// Takes an object out.
    pub fn remove(&mut self, kind: &str, name: &str) {
        self.objects.remove(&(kind.to_owned(), name.to_owned()));
    }

    /// The object of this kind and name.
    pub fn get(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.get(&(kind.to_owned(), name.to_owned()))
    }

    /// Every object.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }
}

impl Observed {
    /// One value of a live Secret.
    pub fn secret_value(&self, name: &str, key: &str) -> Option<String> {
        use base64::Engine;
        let encoded = self.live.get("Secret", name)?.data.get("data")?.get(key)?.as_str()?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// The list of keys that sign access tokens, as the text of its Secret; none before it is made.
    pub fn token_keys(&self) -> Option<String> {
        let (service, secret) = token_key_secret()?;
        self.secret_value(&names::credentials(&service.name), &secret.name)
    }
}

/// The secret of a manifest that holds the keys which sign access tokens, and whose it is.
pub fn token_key_secret() -> Option<(&'static Manifest, &'static SecretSetting)> {
    let all = manifest::all().iter().flat_map(|m| m.secrets.iter().map(move |secret| (m, secret)));
    all.into_iter().find(|(_, secret)| secret.kind == SecretKind::Es256PrivateKey)
}

/// Reads everything a reconcile needs; the only reads besides the stores' own catalogues.
///
/// # Errors
///
/// What the API server said when a list failed.
pub async fn observe(
    client: &Client,
    shop: &Shop,
    apis: &Apis,
    operator_namespace: &str,
) -> Result<Observed, kube::Error> {
    let namespace = shop.namespace().unwrap_or_default();
    let selector = format!("{}={}", labels::SHOP, shop.name_any());
    let by_label = ListParams::default().labels(&selector);
    let optional = kinds::OPTIONAL.into_iter().filter(|kind| apis.serves(*kind));
    let lists = kinds::BUILT_IN.into_iter().chain(optional).map(|kind| {
        let api: Api<Object> = Api::namespaced_with(client.clone(), &namespace, &kind.resource());
        let by_label = by_label.clone();
        async move {
            match api.list(&by_label).await {
                // The API went away since it was detected; nothing of this kind is left.
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(Listed::Gone(kind)),
                Err(error) => Err(error),
                Ok(list) => {
                    Ok(Listed::Found(list.items.into_iter().map(|object| typed(object, kind)).collect()))
                }
            }
        }
    });
    let (mut live, mut apis) = (Live::default(), apis.clone());
    for list in futures::future::try_join_all(lists).await? {
        match list {
            Listed::Found(objects) => objects.into_iter().for_each(|object| live.insert(object)),
            Listed::Gone(kind) => apis = apis.without(kind),
        }
    }
    Ok(Observed {
        now: Timestamp::now(),
        operator_namespace: operator_namespace.into(),
        apis,
        referenced: referenced(client, shop, &namespace).await?,
        placeholders: false,
        live,
        pods: Api::namespaced(client.clone(), &namespace).list(&by_label).await?.items,
        claims: claims(client, &namespace, &by_label).await?,
        older_shop: older_shop(client, shop, &namespace).await?,
    })
}

/// What became of the question for one kind's objects.
enum Listed {
    Found(Vec<Object>),
    Gone(kinds::Kind),
}

/// Lists leave the items' types out.
fn typed(mut object: Object, kind: kinds::Kind) -> Object {
    object.types = Some(TypeMeta { api_version: kind.api_version(), kind: kind.kind.into() });
    object
}

async fn referenced(
    client: &Client,
    shop: &Shop,
    namespace: &str,
) -> Result<BTreeMap<String, SecretData>, kube::Error> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut all = BTreeMap::new();
    for SecretReference { name, .. } in shop.spec.secrets() {
        if let Some(secret) = api.get_opt(&name).await? {
            let data = secret.data.unwrap_or_default().into_iter().map(|(key, value)| (key, value.0));
            all.insert(name, data.collect());
        }
    }
    Ok(all)
}

async fn claims(
    client: &Client,
    namespace: &str,
    by_label: &ListParams,
) -> Result<BTreeSet<String>, kube::Error> {
    let all: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), namespace);
    let staying = all.list(by_label).await?.items.into_iter();
    Ok(staying
        .filter(|claim| claim.metadata.deletion_timestamp.is_none())
        .map(|claim| claim.name_any())
        .collect())
}

/// The Shop that was in the namespace first; of two made in the same second, the one whose name sorts first.
async fn older_shop(client: &Client, shop: &Shop, namespace: &str) -> Result<Option<String>, kube::Error> {
    let all: Api<Shop> = Api::namespaced(client.clone(), namespace);
    let age = |shop: &Shop| (shop.creation_timestamp().map(|time| time.0), shop.name_any());
    let shops = all.list(&ListParams::default()).await?.items;
    let older =
        shops.iter().filter(|other| other.metadata.deletion_timestamp.is_none() && age(other) < age(shop));
    Ok(older.min_by_key(|other| age(other)).map(ResourceExt::name_any))
}
