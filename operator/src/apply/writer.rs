//! Every write to the API server, fenced by the lease and counted.

use std::sync::Arc;

use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::events::{Event, Recorder, Reporter};
use kube::{Client, Resource, ResourceExt};
use serde_json::json;

use super::{Error, kind_of, name_of};
use crate::api::{Shop, ShopStatus};
use crate::lease::{Leadership, NotLeader};
use crate::metrics::Metrics;
use crate::objects::Object;
use crate::objects::kinds::{self, Kind};
use crate::objects::labels::MANAGER;

/// The finalizer of every Shop.
pub const FINALIZER: &str = "warung.dev/shop";

/// Writes, while the lease is held.
pub struct Writer {
    client: Client,
    leadership: Arc<Leadership>,
    metrics: Arc<Metrics>,
    reporter: Reporter,
}

impl Writer {
    /// A writer that counts in `metrics` and asks `leadership` before each write; `identity` signs its events.
    pub fn new(client: Client, leadership: Arc<Leadership>, metrics: Arc<Metrics>, identity: &str) -> Self {
        let reporter = Reporter { controller: MANAGER.into(), instance: Some(identity.into()) };
        Self { client, leadership, metrics, reporter }
    }

    /// Asks the fence for one write, and counts it.
    ///
    /// # Errors
    ///
    /// [`NotLeader`] when the lease isn't held.
    pub fn permit(&self, verb: &'static str, kind: &str) -> Result<(), NotLeader> {
        self.leadership.check()?;
        self.metrics.wrote(verb, kind);
        Ok(())
    }

    /// Server-side apply; unknown fields are refused, conflicting managers lose.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] when the object's kind is an optional one that the cluster doesn't serve any more.
    pub async fn apply(&self, object: &Object) -> Result<Object, Error> {
        let (kind, name) = (kind_of(object), name_of(object));
        self.permit("apply", kind)?;
        let parameters = PatchParams::apply(MANAGER).force().validation_strict();
        let api = self.api(object)?;
        let mut live = api
            .patch(name, &parameters, &Patch::Apply(object))
            .await
            .map_err(|e| gone(&e, object).unwrap_or_else(|| Error::of(e, kind, name)))?;
        live.types.clone_from(&object.types);
        tracing::info!(kind, name, "applied");
        Ok(live)
    }

    /// Creates an object that must not be there yet.
    pub async fn create(&self, object: &Object) -> Result<Object, Error> {
        let (kind, name) = (kind_of(object), name_of(object));
        self.permit("create", kind)?;
        let parameters = PostParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        let created = self.api(object)?.create(&parameters, object).await;
        let mut live = created.map_err(|e| Error::of(e, kind, name))?;
        live.types.clone_from(&object.types);
        tracing::info!(kind, name, "created");
        Ok(live)
    }

    /// Merges `patch` into an object, if it is still the one that was read.
    pub async fn merge(&self, live: &Object, mut patch: serde_json::Value) -> Result<Object, Error> {
        let (kind, name) = (kind_of(live), name_of(live));
        self.permit("patch", kind)?;
        patch["metadata"]["resourceVersion"] = json!(live.resource_version());
        let parameters = PatchParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        let patched = self.api(live)?.patch(name, &parameters, &Patch::Merge(&patch)).await;
        let mut changed = patched.map_err(|e| Error::of(e, kind, name))?;
        changed.types.clone_from(&live.types);
        Ok(changed)
    }

    /// Deletes an object with all that depends on it; one that is gone already is fine.
    pub async fn delete(&self, object: &Object) -> Result<(), Error> {
        let (kind, name) = (kind_of(object), name_of(object));
        self.permit("delete", kind)?;
        let mut parameters = DeleteParams::background();
        if let Some(uid) = object.uid() {
            parameters = parameters.preconditions(Preconditions { uid: Some(uid), resource_version: None });
        }
        match self.api(object)?.delete(name, &parameters).await {
            Ok(_) => {
                tracing::info!(kind, name, "deleted");
                Ok(())
            }
            // Gone before we looked (404), or while we deleted: then its uid is no more what was asked for (409).
            Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
            Err(error) => Err(Error::of(error, kind, name)),
        }
    }

    /// Writes a Shop's status.
    pub async fn status(&self, shop: &Shop, status: &ShopStatus) -> Result<(), Error> {
        let patch =
            json!({ "apiVersion": Shop::api_version(&()), "kind": Shop::kind(&()), "status": status });
        let parameters = PatchParams::apply(MANAGER).force();
        let name = shop.name_any();
        self.permit("status", "Shop")?;
        let written = self.shops(shop).patch_status(&name, &parameters, &Patch::Apply(&patch)).await;
        written.map(|_| ()).map_err(|e| Error::of(e, "Shop", &name))
    }

    /// Puts the finalizer on a Shop, or takes it off.
    pub async fn finalizer(&self, shop: &Shop, wanted: bool) -> Result<(), Error> {
        let mut all = shop.finalizers().to_vec();
        all.retain(|one| one != FINALIZER);
        if wanted {
            all.push(FINALIZER.into());
        }
        let name = shop.name_any();
        let version = shop.resource_version();
        let patch = json!({ "metadata": { "finalizers": all, "resourceVersion": version } });
        self.permit("patch", "Shop")?;
        let patched = self.shops(shop).patch(&name, &PatchParams::default(), &Patch::Merge(&patch)).await;
        patched.map(|_| ()).map_err(|e| Error::of(e, "Shop", &name))
    }

    /// Publishes an event about a Shop. A lost event is no failure: conditions say what is true.
    ///
    /// By a recorder of its own: one that has seen the reason before would count it up and keep the first one's words.
    /// Events come with changes of a condition alone, so there are few.
    pub async fn event(&self, shop: &Shop, event: &Event) {
        if self.permit("create", "Event").is_err() {
            return;
        }
        let recorder = Recorder::new(self.client.clone(), self.reporter.clone());
        if let Err(error) = recorder.publish(event, &shop.object_ref(&())).await {
            tracing::warn!(%error, reason = event.reason, "an event was lost");
        }
    }

    /// The client, for reads.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn shops(&self, shop: &Shop) -> Api<Shop> {
        Api::namespaced(self.client.clone(), &shop.namespace().unwrap_or_default())
    }

    fn api(&self, object: &Object) -> Result<Api<Object>, Error> {
        let types = object.types.clone().unwrap_or_default();
        let kind = Kind::find(&types.api_version, &types.kind).ok_or_else(|| Error::Refused {
            kind: types.kind.clone(),
            name: name_of(object).into(),
            message: format!("{} {} is not among the operator's kinds", types.api_version, types.kind),
        })?;
        let namespace = object.namespace().unwrap_or_default();
        Ok(Api::namespaced_with(self.client.clone(), &namespace, &kind.resource()))
    }
}

/// What the API server says of an object whose CRD is being removed (403).
const TERMINATING: &str = "while custom resource definition is terminating";

/// What a refusal means when the object's CRD is gone (404), or on its way (403, 405: it takes no new objects).
fn gone(error: &kube::Error, object: &Object) -> Option<Error> {
    let kube::Error::Api(status) = error else { return None };
    let kind = kinds::OPTIONAL.into_iter().find(|kind| kind.kind == kind_of(object))?;
    let ending = status.code == 403 && status.message.ends_with(TERMINATING);
    (ending || [404, 405].contains(&status.code)).then(|| Error::Gone { kind, name: name_of(object).into() })
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn what_has_no_api_any_more_is_gone_and_what_is_refused_is_not() {
        let said = |kind: Kind, code: u16, message: &str| {
            let object = Object::new("order", &kind.resource());
            let status = Status { code, message: message.into(), ..Status::default() };
            gone(&kube::Error::Api(Box::new(status)), &object).is_some()
        };
        let told = |kind: Kind, code: u16| said(kind, code, "no");
        for kind in kinds::OPTIONAL {
            assert!(told(kind, 404) && told(kind, 405), "{}", kind.kind);
            assert!(said(kind, 403, "create not allowed while custom resource definition is terminating"));
            assert!(!told(kind, 403) && !told(kind, 422) && !told(kind, 500), "{}", kind.kind);
        }
        assert!(!told(kinds::DEPLOYMENT, 404), "what every cluster has is never gone");
    }
}
