//! What is missing or broken: a condition that names it and the next step, then recovery by itself.

use k8s_openapi::api::batch::v1::Job;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::pods;
use crate::world::{World, eventually, shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_and_waited_for() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    let external = json!({ "external": { "secretRef": { "name": "db" } } });
    shop.spec.postgres = serde_json::from_value(external).unwrap();
    shop.spec.notifications =
        serde_json::from_value(json!({ "smtp": { "secretRef": { "name": "mail" } } })).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    assert!(message.contains("spec.postgres.external.secretRef: Secret db does not exist"), "{message}");
    assert!(message.contains("spec.notifications.smtp.secretRef: Secret mail does not exist"), "{message}");
    world.secret("mail", &[("url", "smtp://127.0.0.1:2525")]).await;

    world.secret("db", &[("uri", "postgres://x")]).await;
    eventually("the missing key is named", || async {
        let status = world.shop("kopi").await.status.unwrap_or_default();
        status.last_failure.is_some_and(|message| message.contains("has no key url"))
    })
    .await;

    let right = json!({ "stringData": { "url": world.stores.postgres_url() } });
    let secrets = world.api::<k8s_openapi::api::core::v1::Secret>();
    secrets.patch("db", &PatchParams::default(), &Patch::Merge(&right)).await.unwrap();
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_is_named_and_its_password_is_not() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.secret("db", &[("url", "postgres://admin:hunter2@127.0.0.1:1/postgres")]).await;
    let mut shop = shop("kopi");
    let external = json!({ "external": { "secretRef": { "name": "db" } } });
    shop.spec.postgres = serde_json::from_value(external).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "StoresReady", "StoreUnreachable").await;
    assert!(message.contains("PostgreSQL at 127.0.0.1:1 can't be reached"), "{message}");
    let whole = format!("{:?}", world.shop("kopi").await.status);
    assert!(!whole.contains("hunter2"));
    let (reason, _) = world.condition("kopi", "Reconciling", "True").await;
    assert_eq!(reason, "StoreUnreachable", "it may come right by itself");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_can_not_be_pulled_is_named() {
    let world = World::new().await;
    world.kubelet.hold("cart");
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    world.reason("kopi", "ServicesReady", "Progressing").await;
    pods::create(&world, "cart-1", "cart").await;
    let waiting = json!({ "state": { "waiting": { "reason": "ImagePullBackOff" } } });
    pods::report(&world, "cart-1", waiting).await;
    let message = world.reason("kopi", "ServicesReady", "ImagePullFailed").await;
    assert!(
        message.contains("cart: image ghcr.io/warung-dev/warung:0.1.0 can't be pulled; check spec.version")
    );
    world.reason("kopi", "Stalled", "ImagePullFailed").await;

    world.kubelet.release("cart");
    world.condition("kopi", "Ready", "True").await;
    world.condition("kopi", "Stalled", "False").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_migration_tells_its_last_words_and_is_tried_again() {
    let world = World::new().await;
    let job = "order-migrate-0-1-0";
    world.kubelet.fail(job);
    pods::create(&world, "order-migrate-1", "order-migrate").await;
    let ended = json!({ "exitCode": 1, "message": "starting\ncolumn total_minor is missing\n" });
    pods::report(&world, "order-migrate-1", json!({ "state": { "terminated": ended } })).await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    let message = world.reason("kopi", "MigrationsComplete", "MigrationFailed").await;
    assert!(message.contains("Job order-migrate-0-1-0 failed: column total_minor is missing"), "{message}");
    world.reason("kopi", "Stalled", "MigrationFailed").await;
    let first = world.api::<Job>().get(job).await.unwrap();

    world.kubelet.mend(job);
    world.condition("kopi", "Ready", "True").await;
    let second = world.api::<Job>().get(job).await.unwrap();
    assert_ne!(first.metadata.uid, second.metadata.uid);
    assert_eq!(second.metadata.annotations.unwrap()["warung.dev/attempt"], "1");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_shop_of_a_namespace_is_stalled_and_does_no_harm() {
    let (world, operator) = World::with_shop().await;
    world.create(&shop("teh")).await;
    let message = world.reason("teh", "Stalled", "SecondShop").await;
    assert!(message.contains("Shop kopi was in this namespace first"), "{message}");
    world.condition("kopi", "Ready", "True").await;
    let owners = world.api::<k8s_openapi::api::apps::v1::Deployment>().get("order").await.unwrap();
    assert_eq!(owners.metadata.owner_references.unwrap()[0].name, "kopi");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_no_gateway_could_read_is_refused_before_it_gets_there() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    shop.spec.gateway.tls = serde_json::from_value(json!({ "secretRef": { "name": "tls" } })).unwrap();
    let made = || rcgen::generate_simple_self_signed(vec!["kopi.example.com".into()]).unwrap();
    let (one, other) = (made(), made());
    world.secret("tls", &[("tls.crt", "x"), ("tls.key", &one.signing_key.serialize_pem())]).await;
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    let expected = "spec.gateway.tls.secretRef: key tls.crt of Secret tls holds no certificate";
    assert!(message.contains(expected), "{message}");

    let replace = |certificate: String, key: String| {
        let data = json!({ "stringData": { "tls.crt": certificate, "tls.key": key } });
        let secrets = world.api::<k8s_openapi::api::core::v1::Secret>();
        async move { secrets.patch("tls", &PatchParams::default(), &Patch::Merge(&data)).await.unwrap() }
    };
    replace(one.cert.pem(), other.signing_key.serialize_pem()).await;
    eventually("the wrong key is named", || async {
        let status = world.shop("kopi").await.status.unwrap_or_default();
        status
            .last_failure
            .is_some_and(|text| text.contains("key tls.key of Secret tls is not that of the certificate"))
    })
    .await;
    replace(one.cert.pem(), one.signing_key.serialize_pem()).await;
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_a_service_could_not_start_without_are_named() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.secret("stripe", &[("WARUNG_STRIPE_SECRET_KEY", "sk_test_1")]).await;
    world.secret("mail", &[("url", "foo")]).await;
    let mut shop = shop("kopi");
    let payments = json!({ "providers": [{ "name": "stripe", "secretRef": { "name": "stripe" } }] });
    shop.spec.payments = serde_json::from_value(payments).unwrap();
    shop.spec.notifications =
        serde_json::from_value(json!({ "smtp": { "secretRef": { "name": "mail" } } })).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    let lacks =
        "spec.payments.providers[stripe].secretRef: Secret stripe has no key WARUNG_STRIPE_WEBHOOK_SECRET";
    assert!(message.contains(lacks), "{message}");
    let url = "spec.notifications.smtp.secretRef: key url of Secret mail is not a URL like smtp://";
    assert!(message.contains(url), "{message}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_that_no_pod_could_have_are_named() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    let resources = json!({ "requests": { "memory": "2Gi" }, "limits": { "memory": "512Mi" } });
    shop.spec
        .services
        .insert("cart".into(), serde_json::from_value(json!({ "resources": resources })).unwrap());
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "InvalidSpec").await;
    let expected = "spec.services.cart.resources.requests.memory: 2Gi is above the limit of 512Mi";
    assert!(message.contains(expected), "{message}");
    operator.stop().await;
}
