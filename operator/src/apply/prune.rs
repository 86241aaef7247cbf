//! Deletes what is no longer planned, and what goes with a deleted Shop.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams};

use super::{Applied, Error, StoreAddresses, Writer, in_time, kind_of, name_of, nats};
use crate::objects::{Object, labels};
use crate::plan::Plan;

/// Deletes objects of this Shop (by label and owner) that the plan doesn't hold, and consumers of services that read a
/// stream no more, once all its stages are through.
///
/// Volumes and generated Secrets have no owner, so they are never among them.
pub async fn prune(
    plan: &Plan,
    uid: &str,
    applied: &mut Applied,
    writer: &Writer,
    stores: &StoreAddresses,
) -> Result<(), Error> {
    let wanted = plan.wanted();
    let owned = |object: &Object| object.owner_references().iter().any(|owner| owner.uid == uid);
    let surplus: Vec<Object> = applied
        .live
        .iter()
        .filter(|object| owned(object))
        .filter(|object| !wanted.contains(&(kind_of(object).to_owned(), name_of(object).to_owned())))
        .filter(|object| object.metadata.deletion_timestamp.is_none())
        .cloned()
        .collect();
    for object in &surplus {
        writer.delete(object).await?;
        applied.live.remove(kind_of(object), name_of(object));
    }
    for data in plan.stages.iter().filter_map(|stage| stage.provision.as_ref()) {
        let streams = &data.streams;
        in_time("NATS", streams.address.clone(), nats::prune(streams, stores, writer)).await?;
    }
    Ok(())
}

/// Deletes the volumes and generated Secrets of a Shop that goes with its data.
pub async fn delete_owned_data(namespace: &str, shop: &str, writer: &Writer) -> Result<(), Error> {
    let selector = format!("{}={shop},{}={}", labels::SHOP, labels::MANAGED_BY, labels::MANAGER);
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(writer.client().clone(), namespace);
    let found = claims.list(&ListParams::default().labels(&selector)).await;
    for claim in found.map_err(|e| Error::of(e, "PersistentVolumeClaim", ""))?.items {
        let name = claim.name_any();
        writer.permit("delete", "PersistentVolumeClaim")?;
        ignore_absent(claims.delete(&name, &DeleteParams::background()).await.map(|_| ()))
            .map_err(|e| Error::of(e, "PersistentVolumeClaim", &name))?;
    }
    let secrets: Api<k8s_openapi::api::core::v1::Secret> =
        Api::namespaced(writer.client().clone(), namespace);
    let selector = format!("{selector},{}=true", labels::GENERATED);
    let found = secrets.list(&ListParams::default().labels(&selector)).await;
    for secret in found.map_err(|e| Error::of(e, "Secret", ""))?.items {
        let name = secret.name_any();
        writer.permit("delete", "Secret")?;
        ignore_absent(secrets.delete(&name, &DeleteParams::background()).await.map(|_| ()))
            .map_err(|e| Error::of(e, "Secret", &name))?;
    }
    Ok(())
}

fn ignore_absent(result: Result<(), kube::Error>) -> Result<(), kube::Error> {
    match result {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => other,
    }
}
