//! What was read of the cluster for one Shop, at one moment.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;

use crate::detect::Apis;
use crate::plan::Object;

/// Data of one Secret.
pub type SecretData = BTreeMap<String, Vec<u8>>;

/// The cluster as far as one Shop is concerned.
#[derive(Clone, Debug)]
pub struct Observed {
    /// When it was read.
    pub now: Timestamp,
    /// Namespace the operator runs in.
    pub operator_namespace: String,
    /// Which optional APIs are served.
    pub apis: Apis,
    /// Secrets that the spec refers to, by name; absent ones are missing here.
    pub referenced: BTreeMap<String, SecretData>,
    /// Objects that carry the Shop's label, by kind and name.
    pub live: Live,
    /// Pods that carry the Shop's label.
    pub pods: Vec<Pod>,
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

    /// The public half of the key that signs access tokens, as PEM (SPKI); none before the key is made.
    pub fn jwt_public_key_pem(&self) -> Option<String> {
        use p256::pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding};
        use warung_contracts::manifest::{self, SecretKind};
        let (service, secret) = manifest::all()
            .iter()
            .flat_map(|m| m.secrets.iter().map(move |s| (m, s)))
            .find(|(_, secret)| secret.kind == SecretKind::Es256PrivateKey)?;
        let pem = self.secret_value(&crate::plan::names::credentials(&service.name), &secret.name)?;
        p256::SecretKey::from_pkcs8_pem(&pem).ok()?.public_key().to_public_key_pem(LineEnding::LF).ok()
    }
}
