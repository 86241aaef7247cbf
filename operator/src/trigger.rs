//! What makes a Shop be looked at again: a change of anything it owns, of its pods, or of a Secret it refers to.

use std::fmt::Debug;

use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::api::{Api, DynamicObject, PartialObjectMeta};
use kube::core::NamespaceResourceScope;
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::{WatchStreamExt, predicates, watcher};
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::api::Shop;
use crate::detect::Apis;
use crate::objects::{kinds, labels};

/// Where Shops are looked after: one namespace, or all.
#[derive(Clone, Debug, Default)]
pub struct Scope(pub Option<String>);

impl Scope {
    /// The API of a kind known at compile time, as far as this scope goes.
    pub fn typed<K>(&self, client: &Client) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        match &self.0 {
            Some(namespace) => Api::namespaced(client.clone(), namespace),
            None => Api::all(client.clone()),
        }
    }

    /// The API of any other kind, as far as this scope goes.
    fn dynamic(&self, client: &Client, kind: kinds::Kind) -> Api<PartialObjectMeta<DynamicObject>> {
        match &self.0 {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind.resource()),
            None => Api::all_with(client.clone(), &kind.resource()),
        }
    }
}

/// Shops to look at again, as things change. Only metadata is watched: what changed is read when it is needed.
pub fn changes(
    client: &Client,
    scope: &Scope,
    apis: &Apis,
    shops: Store<Shop>,
) -> impl Stream<Item = ObjectRef<Shop>> + Send + 'static {
    let optional = kinds::OPTIONAL.into_iter().filter(|kind| apis.serves(*kind));
    let secret = |kind: &kinds::Kind| *kind == kinds::SECRET;
    let owned = kinds::BUILT_IN
        .into_iter()
        .filter(|kind| !secret(kind))
        .chain(optional)
        .map(|kind| labelled(scope.dynamic(client, kind)).boxed());
    let pods = labelled::<Pod>(scope.typed(client)).boxed();
    let mut all: Vec<_> = owned.collect();
    all.push(pods);
    all.push(secrets(scope.typed(client), shops).boxed());
    futures::stream::select_all(all)
}

/// Objects that carry a Shop's label, as that Shop.
fn labelled<K>(api: Api<PartialObjectMeta<K>>) -> impl Stream<Item = ObjectRef<Shop>> + Send + 'static
where
    K: Clone + Debug + Send + Sync + 'static,
    PartialObjectMeta<K>: Resource + Clone + Debug + DeserializeOwned,
{
    let ours = watcher::Config::default().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGER));
    watcher(api, ours)
        .default_backoff()
        .touched_objects()
        .predicate_filter(predicates::resource_version, Default::default())
        .filter_map(|object| async move { of_label(&object.ok()?) })
}

/// Secrets of the operator, as the Shop of their label; other Secrets, as each Shop that refers to them.
fn secrets(
    api: Api<PartialObjectMeta<Secret>>,
    shops: Store<Shop>,
) -> impl Stream<Item = ObjectRef<Shop>> + Send + 'static {
    watcher(api, watcher::Config::default())
        .default_backoff()
        .touched_objects()
        .predicate_filter(predicates::resource_version, Default::default())
        .filter_map(|object| async move { object.ok() })
        .flat_map(move |object| {
            let own = of_label(&object);
            let refers = |shop: &Shop| {
                shop.namespace() == object.namespace()
                    && shop.spec.secrets().iter().any(|secret| secret.name == object.name_any())
            };
            let others =
                shops.state().into_iter().filter(|shop| refers(shop)).map(|shop| ObjectRef::from_obj(&*shop));
            futures::stream::iter(own.into_iter().chain(others).collect::<Vec<_>>())
        })
}

fn of_label<K>(object: &PartialObjectMeta<K>) -> Option<ObjectRef<Shop>>
where
    PartialObjectMeta<K>: Resource,
{
    let name = object.labels().get(labels::SHOP)?;
    Some(ObjectRef::new(name).within(&object.namespace()?))
}
