//! One Shop from apply to Ready, and what happens to what it owns.

use std::time::{Duration, Instant};

use async_nats::jetstream::{self, consumer, stream};
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use sqlx::{ConnectOptions, Executor, Row};
use warung_contracts::manifest;

use crate::world::{Replica, World, eventually, shop};

/// A reconcile of a settled Shop takes a tenth of it.
const REST: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_becomes_ready_stage_by_stage() {
    let world = World::new().await;
    world.kubelet.hold("postgres");
    world.kubelet.hold("order-migrate-0-1-0");
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;

    // Stores first: nothing that needs them is made before they are ready.
    let message = world.reason("kopi", "StoresReady", "Progressing").await;
    assert!(message.contains("postgres"), "{message}");
    eventually("nats is up", || async { world.kubelet.order().contains(&"nats".to_owned()) }).await;
    assert!(world.names::<Job>().await.is_empty());
    assert!(world.names::<Deployment>().await.is_empty());

    // Then migrations: no service before the last of them.
    world.kubelet.release("postgres");
    world.condition("kopi", "StoresReady", "True").await;
    world.reason("kopi", "ServicesReady", "Waiting").await;
    eventually("migrations are made", || async { world.names::<Job>().await.len() == databases() }).await;
    assert!(world.names::<Deployment>().await.is_empty());

    // Then everything else.
    world.kubelet.release("order-migrate-0-1-0");
    world.condition("kopi", "Ready", "True").await;
    let mut expected: Vec<String> = manifest::all().iter().map(|m| m.name.clone()).collect();
    expected.push("gateway".into());
    expected.sort_unstable();
    assert_eq!(world.names::<Deployment>().await, expected);
    assert_eq!(world.names::<StatefulSet>().await, ["nats", "postgres", "redis"]);
    for service in manifest::all() {
        assert!(world.names::<Service>().await.contains(&service.name));
        assert!(world.names::<NetworkPolicy>().await.contains(&service.name));
        assert!(world.names::<PodDisruptionBudget>().await.contains(&service.name));
    }

    let status = world.shop("kopi").await.status.unwrap();
    assert_eq!(status.version.as_deref(), Some("0.1.0"));
    assert_eq!(status.url.as_deref(), Some("http://kopi.example.com"));
    assert_eq!(status.last_failure, None);
    assert_eq!(status.services["order"].ready_replicas, 1);
    assert_eq!(
        status.services["order"].schema_version,
        manifest::get("order").database.map(|d| d.schema.newest)
    );
    let (reason, _) = world.condition("kopi", "MeshReady", "False").await;
    assert_eq!(reason, "ApiAbsent");
    // As it stands it sells for nothing and writes to nobody, and says so.
    let (reason, message) = world.condition("kopi", "TestMode", "True").await;
    assert!(reason == "SandboxPayments" && message.contains("spec.payments.providers"), "{reason} {message}");
    let (reason, message) = world.condition("kopi", "MailReady", "False").await;
    assert!(
        reason == "Disabled" && message.contains("spec.notifications.smtp.secretRef"),
        "{reason} {message}"
    );
    let events = world.api::<Event>().list(&Default::default()).await.unwrap();
    assert!(events.items.iter().any(|event| event.reason.as_deref() == Some("Ready")));
    assert!(events.items.iter().any(|event| event.reason.as_deref() == Some("SandboxPayments")));
    operator.stop().await;
}

fn databases() -> usize {
    manifest::all().iter().filter(|m| m.database.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settled_shop_costs_no_write_and_few_reconciles() {
    let (world, operator) = World::with_shop().await;
    let quiet = settled(&operator).await;
    assert!(operator.reconciles() < 60, "{} reconciles for an install", operator.reconciles());

    // A new reconcile of a settled Shop, forced by a foreign label on one of its objects: still no write.
    let reconciles = operator.reconciles();
    let foreign = json!({ "metadata": { "labels": { "example.com/team": "coffee" } } });
    let api = world.api::<Deployment>();
    api.patch("order", &PatchParams::default(), &Patch::Merge(&foreign)).await.unwrap();
    eventually("it looked again", || async { operator.reconciles() > reconciles }).await;
    assert_eq!(settled(&operator).await, quiet);
    assert_eq!(api.get("order").await.unwrap().labels()["example.com/team"], "coffee");

    // Nor does a restart cost any but the lease and nothing in the cluster.
    operator.stop().await;
    let again = world.operator("b");
    eventually("it looked", || async { again.reconciles() > 0 }).await;
    assert_eq!(settled(&again).await, 0);
    again.stop().await;
}

/// Writes so far, once no reconcile has ended for longer than one takes on a busy machine.
async fn settled(operator: &Replica) -> u64 {
    let (mut last, mut since) = ((operator.writes(), operator.reconciles()), Instant::now());
    eventually("the operator comes to rest", || {
        let now = (operator.writes(), operator.reconciles());
        if now != last {
            (last, since) = (now, Instant::now());
        }
        let rests = since.elapsed() > REST;
        async move { rests }
    })
    .await;
    last.0
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_corrected_and_what_is_deleted_comes_back() {
    let (world, operator) = World::with_shop().await;

    let deployments = world.api::<Deployment>();
    let drift = json!({ "spec": { "replicas": 7 } });
    deployments.patch("cart", &PatchParams::default(), &Patch::Merge(&drift)).await.unwrap();
    eventually("the replicas are back", || async {
        deployments.get("cart").await.unwrap().spec.unwrap().replicas == Some(1)
    })
    .await;

    let maps = world.api::<ConfigMap>();
    maps.delete("cart", &DeleteParams::default()).await.unwrap();
    eventually("the ConfigMap is back", || async { maps.get_opt("cart").await.unwrap().is_some() }).await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_wanted_is_pruned_and_generated_secrets_are_not() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    let scaling = json!({ "autoscaling": { "maxReplicas": 3 } });
    shop.spec.services.insert("cart".into(), serde_json::from_value(scaling).unwrap());
    world.create(&shop).await;
    world.condition("kopi", "Ready", "True").await;
    assert_eq!(world.names::<HorizontalPodAutoscaler>().await, ["cart"]);
    let before = world.api::<Secret>().get("auth-credentials").await.unwrap();

    world.change("kopi", json!({ "services": { "cart": null } })).await;
    eventually("the autoscaler is gone", || async {
        world.names::<HorizontalPodAutoscaler>().await.is_empty()
    })
    .await;
    let after = world.api::<Secret>().get("auth-credentials").await.unwrap();
    assert_eq!(before.data, after.data);
    assert_eq!(before.metadata.uid, after.metadata.uid);
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_secret_changes_the_password_and_the_pods() {
    let (world, operator) = World::with_shop().await;
    let checksum = || async {
        let live = world.api::<Deployment>().get("order").await.unwrap();
        let template = live.spec.unwrap().template.metadata.unwrap();
        (template.annotations.unwrap()["warung.dev/config-checksum"].clone(), ())
    };
    let before = checksum().await;
    let rotated = json!({ "stringData": { "database-password": "rotated-by-hand" } });
    let secrets = world.api::<Secret>();
    secrets.patch("order-credentials", &PatchParams::default(), &Patch::Merge(&rotated)).await.unwrap();
    eventually("the pods are replaced", || async { checksum().await != before }).await;
    let derived = secrets.get("order-database").await.unwrap().data.unwrap();
    let url = String::from_utf8(derived["WARUNG_DATABASE_URL"].0.clone()).unwrap();
    assert!(url.contains(":rotated-by-hand@"), "the URL follows");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_service_gets_a_database_that_no_other_role_may_use() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    world.condition("kopi", "StoresReady", "True").await;
    let options: sqlx::postgres::PgConnectOptions = world.stores.postgres_url().parse().unwrap();
    let mut admin = options.connect().await.unwrap();
    let sql = "SELECT r.rolname, d.datname FROM pg_roles r, pg_database d \
               WHERE has_database_privilege(r.oid, d.oid, 'CONNECT') AND NOT r.rolsuper AND r.rolcanlogin \
               AND d.datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1, 2";
    let rows = admin.fetch_all(sql).await.unwrap();
    let found: Vec<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut own: Vec<(String, String)> = manifest::all()
        .iter()
        .filter(|m| m.database.is_some())
        .map(|m| (m.name.clone(), m.name.clone()))
        .collect();
    own.sort_unstable();
    assert_eq!(found, own, "role and the databases it may connect to");

    let nats = async_nats::connect(world.stores.nats_url()).await.unwrap();
    let context = async_nats::jetstream::new(nats);
    for service in manifest::all() {
        for wanted in warung_contracts::stream::consumers(service) {
            let stream = context.get_stream(&wanted.stream).await.unwrap();
            let info = stream.consumer_info(&wanted.durable).await.unwrap();
            assert_eq!(info.config.ack_wait, wanted.ack_wait);
        }
    }
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_an_older_release_become_those_of_this_one_and_lose_the_readers_they_had() {
    let (world, operator) = World::with_shop().await;
    let nats = async_nats::connect(world.stores.nats_url()).await.unwrap();
    let context = jetstream::new(nats);
    let planned = warung_contracts::stream::streams(manifest::all(), 1);
    let planned = planned.iter().find(|stream| stream.name == "ORDER").unwrap();
    let planned = stream::Config::from(planned);
    let older = stream::Config {
        retention: stream::RetentionPolicy::Limits,
        discard: stream::DiscardPolicy::Old,
        ..planned.clone()
    };
    context.update_stream(older).await.unwrap();
    let order = context.get_stream("ORDER").await.unwrap();
    for durable in ["auth", "somebody-else"] {
        let durable_name = Some(durable.to_owned());
        let config = consumer::pull::Config { durable_name, ..Default::default() };
        order.create_consumer(config).await.unwrap();
    }
    world.change("kopi", json!({ "host": "teh.example.com" })).await;
    eventually("auth, which reads nothing of order, has no consumer there", || async {
        order.consumer_info("auth").await.is_err()
    })
    .await;
    let live = context.get_stream("ORDER").await.unwrap().cached_info().config.clone();
    assert_eq!((live.retention, live.discard), (planned.retention, planned.discard));
    order.consumer_info("somebody-else").await.unwrap();
    order.consumer_info("product").await.unwrap();
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_shop_is_left_alone() {
    let (world, operator) = World::with_shop().await;
    world.change("kopi", json!({ "paused": true })).await;
    world.reason("kopi", "Reconciling", "Paused").await;
    let maps = world.api::<ConfigMap>();
    maps.delete("cart", &DeleteParams::default()).await.unwrap();
    let reconciles = operator.reconciles();
    world.change("kopi", json!({ "upgrade": { "healthWindowSeconds": 1 } })).await;
    eventually("it looked", || async { operator.reconciles() > reconciles }).await;
    assert!(maps.get_opt("cart").await.unwrap().is_none());

    world.change("kopi", json!({ "paused": false })).await;
    eventually("it goes on", || async { maps.get_opt("cart").await.unwrap().is_some() }).await;
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_speaks_of_the_generation_it_saw() {
    let (world, operator) = World::with_shop().await;
    world.change("kopi", json!({ "host": "teh.example.com" })).await;
    let generation = world.shop("kopi").await.metadata.generation;
    eventually("the status follows", || async {
        let status = world.shop("kopi").await.status.unwrap();
        status.observed_generation == generation && status.url.as_deref() == Some("http://teh.example.com")
    })
    .await;
    operator.stop().await;
}
