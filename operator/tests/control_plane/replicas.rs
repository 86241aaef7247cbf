//! Many replicas, one writer.

use k8s_openapi::api::coordination::v1::Lease;

use crate::world::{World, eventually, shop};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_one_writes_and_the_other_takes_over() {
    let world = World::new().await;
    let first = world.operator("first");
    eventually("the first leads", || async { first.leads() }).await;
    let second = world.operator("second");
    world.create(&shop("kopi")).await;
    world.condition("kopi", "Ready", "True").await;
    assert!(first.writes() > 0);
    assert_eq!(second.writes(), 0, "only the leader writes");
    assert!(!second.leads());

    // A replica that stops gives the lease back, so the other needn't wait until it runs out.
    first.stop().await;
    eventually("the second leads", || async { second.leads() }).await;
    let holder = world.api::<Lease>().get("warung-operator").await.unwrap().spec.unwrap().holder_identity;
    assert_eq!(holder.as_deref(), Some("second"));
    world.change("kopi", serde_json::json!({ "services": { "cart": { "replicas": 2 } } })).await;
    eventually("the second writes", || async { second.writes() > 0 }).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_whose_lease_was_taken_stops_writing() {
    let world = World::new().await;
    let operator = world.operator("first");
    world.create(&shop("kopi")).await;
    world.condition("kopi", "Ready", "True").await;
    let thief = serde_json::json!({ "spec": { "holderIdentity": "thief" } });
    let leases = world.api::<Lease>();
    let merge = kube::api::Patch::Merge(&thief);
    leases.patch("warung-operator", &Default::default(), &merge).await.unwrap();
    eventually("it stands back", || async { !operator.leads() }).await;
    let writes = operator.writes();
    world.change("kopi", serde_json::json!({ "services": { "cart": { "replicas": 2 } } })).await;
    // The thief never renews: after the lease has run out it is taken back, and only then is anything written.
    assert_eq!(operator.writes(), writes);
    eventually("it leads again", || async { operator.leads() }).await;
    eventually("it writes again", || async { operator.writes() > writes }).await;
    operator.stop().await;
}
