//! The finalizer: nothing of value goes by accident, and nothing is held for ever.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Secret};
use kube::api::DeleteParams;
use serde_json::json;
use sqlx::{ConnectOptions, Executor};
use warung_operator::api::Shop;
use warung_operator::api::spec::DeletionPolicy;

use crate::stores::claim;
use crate::world::{World, eventually, shop};

async fn delete(world: &World) {
    world.api::<Shop>().delete("kopi", &DeleteParams::default()).await.unwrap();
    eventually("the Shop is gone", || async { world.api::<Shop>().get_opt("kopi").await.unwrap().is_none() })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retain_keeps_volumes_and_generated_secrets_and_a_new_shop_finds_them() {
    let (world, operator) = World::with_shop().await;
    claim(&world, "postgres").await;
    let before = world.api::<Secret>().get("postgres-credentials").await.unwrap();
    assert!(before.metadata.owner_references.is_none(), "the garbage collector must not take it");
    delete(&world).await;
    assert!(!world.names::<PersistentVolumeClaim>().await.is_empty());
    let kept = world.api::<Secret>().get("postgres-credentials").await.unwrap();
    assert_eq!(before.data, kept.data);

    world.create(&shop("kopi")).await;
    world.condition("kopi", "Ready", "True").await;
    assert_eq!(world.api::<Secret>().get("postgres-credentials").await.unwrap().data, before.data);
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_removes_volumes_and_generated_secrets() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    shop.spec.deletion_policy = DeletionPolicy::Delete;
    world.create(&shop).await;
    world.condition("kopi", "Ready", "True").await;
    claim(&world, "postgres").await;
    delete(&world).await;
    // Claims in use wait for their pods: to be asked to go is all that is ours.
    let claims = world.api::<PersistentVolumeClaim>().list(&Default::default()).await.unwrap();
    assert!(claims.items.iter().all(|claim| claim.metadata.deletion_timestamp.is_some()));
    let secrets = world.names::<Secret>().await;
    assert!(!secrets.iter().any(|name| name.ends_with("-credentials")), "{secrets:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_drops_databases_and_streams_of_external_stores() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.create(&external(&world, world.stores.postgres_url()).await).await;
    world.condition("kopi", "Ready", "True").await;
    delete(&world).await;
    let options: sqlx::postgres::PgConnectOptions = world.stores.postgres_url().parse().unwrap();
    let mut admin = options.connect().await.unwrap();
    let left = admin.fetch_all("SELECT 1 FROM pg_database WHERE datname IN ('order', 'auth')").await.unwrap();
    assert!(left.is_empty());
    let nats = async_nats::connect(world.stores.nats_url()).await.unwrap();
    assert!(async_nats::jetstream::new(nats).get_stream("ORDER").await.is_err());
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_whose_stores_secret_is_gone_can_still_be_deleted() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.create(&external(&world, world.stores.postgres_url()).await).await;
    world.condition("kopi", "Ready", "True").await;
    world.api::<Secret>().delete("db", &DeleteParams::default()).await.unwrap();
    delete(&world).await;
    operator.stop().await;
}

async fn external(world: &World, postgres: &str) -> Shop {
    world.secret("db", &[("url", postgres)]).await;
    world.secret("bus", &[("url", world.stores.nats_url())]).await;
    let mut shop = shop("kopi");
    shop.spec.deletion_policy = DeletionPolicy::Delete;
    let at = |name: &str| json!({ "external": { "secretRef": { "name": name }, "replicas": 1 } });
    shop.spec.nats = serde_json::from_value(at("bus")).unwrap();
    shop.spec.postgres =
        serde_json::from_value(json!({ "external": { "secretRef": { "name": "db" } } })).unwrap();
    shop
}
