//! Every label and annotation, once.

use std::collections::BTreeMap;

/// Value of `app.kubernetes.io/managed-by`, and the field manager of every write.
pub const MANAGER: &str = "warung-operator";
/// The label with the part of the Shop that an object belongs to.
pub const NAME: &str = "app.kubernetes.io/name";
/// The label by which a Shop's objects are found.
pub const SHOP: &str = "warung.dev/shop";
/// The label with the [`Component`].
pub const COMPONENT: &str = "app.kubernetes.io/component";
/// The label of Secrets that were generated once and are never pruned.
pub const GENERATED: &str = "warung.dev/generated";
/// The label of everything that the operator looks after.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Annotation: fingerprint of what was applied last.
pub const APPLIED: &str = "warung.dev/applied";
/// The label with the version a Deployment and its pods run.
pub const VERSION: &str = "app.kubernetes.io/version";
/// Annotation of pods: fingerprint of the configuration they read.
pub const CHECKSUM: &str = "warung.dev/config-checksum";
/// Annotation of migration Jobs: how many came before.
pub const ATTEMPT: &str = "warung.dev/attempt";

/// Annotation of a Shop: a new value asks for the next key that signs access tokens.
pub const ROTATE_TOKEN_KEYS: &str = "warung.dev/rotate-token-keys";
/// Annotation of the Secret with these keys: the value that was asked for last.
pub const TOKEN_KEYS_ROTATED: &str = "warung.dev/token-keys-rotated";

/// What part of the Shop an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    Service,
    Store,
    Migration,
    Gateway,
    Mesh,
    Observability,
}

impl Component {
    /// As the label spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Store => "store",
            Self::Migration => "migration",
            Self::Gateway => "gateway",
            Self::Mesh => "mesh",
            Self::Observability => "observability",
        }
    }
}

/// Labels of an object of the Shop of this name: `part` is the service, store or gateway it belongs to.
pub fn labels(shop: &str, part: &str, component: Component) -> BTreeMap<String, String> {
    let mut labels = selector(shop, part);
    labels.insert(COMPONENT.into(), component.as_str().into());
    labels.insert("app.kubernetes.io/part-of".into(), "warung".into());
    labels.insert(MANAGED_BY.into(), MANAGER.into());
    labels.insert(SHOP.into(), shop.into());
    labels
}

/// The labels by which pods are selected: they never change while the object lives.
pub fn selector(shop: &str, part: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(NAME.into(), part.into()), ("app.kubernetes.io/instance".into(), shop.into())])
}
