//! Istio and the Prometheus Operator come and go, by their own CRDs, on a control plane that no other test shares.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, Patch, PatchParams};
use kube::core::DynamicObject;
use kube::{Client, ResourceExt};
use serde_json::json;
use warung_contracts::manifest;
use warung_operator::cli::render;
use warung_operator::objects::{Object, kinds};
use warung_testbed::tools;

use crate::world::{Replica, World, eventually, shop};

const MONITORING: &str = "monitoring.coreos.com_";
const ISTIO: &str = "customresourcedefinitions.gen";

/// The published CRDs whose file names begin so.
///
/// # Panics
///
/// When they aren't installed: a test that can't run has failed.
fn crds(start: &str) -> Vec<PathBuf> {
    let folder = tools::crds().expect("the CRDs are installed");
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let named = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(start))
    };
    let found: Vec<PathBuf> = files.filter(named).collect();
    assert!(!found.is_empty(), "no CRDs of {start}; run testbed/tools/install control-plane");
    found
}

/// `kubectl VERB` on every such file.
async fn kubectl(world: &World, words: &[&str], start: &str) {
    let mut command = world.kubectl();
    command.args(words).stdout(Stdio::null());
    for file in crds(start) {
        command.arg("-f").arg(file);
    }
    let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().expect("kubectl runs");
    assert!(status.success(), "kubectl {words:?} of {start}: {status}");
}

async fn install(world: &World, start: &str) {
    kubectl(world, &["apply", "--server-side"], start).await;
}

async fn remove(world: &World, start: &str) {
    kubectl(world, &["delete", "--wait=true", "--timeout=180s"], start).await;
}

/// Names of the Shop's objects of a kind.
async fn names(world: &World, kind: kinds::Kind) -> BTreeSet<String> {
    let api: Api<DynamicObject> =
        Api::namespaced_with(world.client.clone(), &world.namespace, &kind.resource());
    api.list(&Default::default())
        .await
        .map(|all| all.iter().map(ResourceExt::name_any).collect())
        .unwrap_or_default()
}

async fn injected(world: &World) -> bool {
    let order = world.api::<Deployment>().get("order").await.unwrap();
    let labels = order.spec.unwrap().template.metadata.unwrap().labels.unwrap();
    labels.get("sidecar.istio.io/inject").is_some_and(|value| value == "true")
}

/// Nothing that came or went was a failure, nor left one behind.
async fn without_failure(world: &World, operator: &Replica) {
    world.condition("kopi", "Ready", "True").await;
    let status = world.shop("kopi").await.status.unwrap();
    assert_eq!(status.last_failure, None);
    assert_eq!(operator.failures(), 0, "{}", operator.metrics.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn optional_apis_come_and_go_without_a_failure() {
    let world = World::alone().await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    world.condition("kopi", "Ready", "True").await;
    for type_ in ["MeshReady", "ObservabilityReady"] {
        let message = world.reason("kopi", type_, "ApiAbsent").await;
        assert!(message.contains("not in this cluster"), "{message}");
    }

    install(&world, MONITORING).await;
    world.condition("kopi", "ObservabilityReady", "True").await;
    assert_eq!(names(&world, kinds::SERVICE_MONITOR).await, BTreeSet::from(["services".into()]));
    assert_eq!(names(&world, kinds::POD_MONITOR).await, BTreeSet::from(["gateway".into()]));
    assert_eq!(names(&world, kinds::PROMETHEUS_RULE).await, BTreeSet::from(["shop".into()]));
    world.reason("kopi", "MeshReady", "ApiAbsent").await;
    without_failure(&world, &operator).await;

    nobody_is_cut_off_while_the_shop_joins(&world).await;
    let services: BTreeSet<String> = manifest::all().iter().map(|m| m.name.clone()).collect();
    for kind in [kinds::PEER_AUTHENTICATION, kinds::DESTINATION_RULE] {
        assert_eq!(names(&world, kind).await, services, "{}", kind.kind);
    }
    let mut policies = services;
    policies.insert("deny-by-default".into());
    assert_eq!(names(&world, kinds::AUTHORIZATION_POLICY).await, policies);
    without_failure(&world, &operator).await;
    examples_are_accepted(&world.client).await;

    remove(&world, ISTIO).await;
    world.reason("kopi", "MeshReady", "ApiAbsent").await;
    eventually("pods are without sidecars again", || async { !injected(&world).await }).await;
    without_failure(&world, &operator).await;

    remove(&world, MONITORING).await;
    world.reason("kopi", "ObservabilityReady", "ApiAbsent").await;
    without_failure(&world, &operator).await;

    // And back: what was there once is made again.
    install(&world, ISTIO).await;
    world.condition("kopi", "MeshReady", "True").await;
    assert_eq!(names(&world, kinds::AUTHORIZATION_POLICY).await, policies);
    without_failure(&world, &operator).await;
    operator.stop().await;
}

/// The policies, which refuse whoever has no sidecar, come after the last pod has its own.
async fn nobody_is_cut_off_while_the_shop_joins(world: &World) {
    world.kubelet.hold("cart");
    install(world, ISTIO).await;
    eventually("pods get sidecars", || injected(world)).await;
    world.reason("kopi", "MeshReady", "Waiting").await;
    assert_eq!(names(world, kinds::PEER_AUTHENTICATION).await, BTreeSet::new());
    assert_eq!(names(world, kinds::AUTHORIZATION_POLICY).await, BTreeSet::new());
    world.kubelet.release("cart");
    world.condition("kopi", "MeshReady", "True").await;
}

/// Every object of an optional kind that an example becomes passes the API server's strict validation.
async fn examples_are_accepted(client: &Client) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the examples") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file");
        if !text.contains("kind: Shop") {
            continue;
        }
        let shop = render::read(&path).expect("a Shop");
        let rendered = render::render(&shop, false, "warung-system").expect("it renders");
        for document in rendered.split("\n---\n").skip(1) {
            let object: Object = serde_saphyr::from_str(document).expect("an object");
            let types = object.types.clone().expect("a type");
            let optional = kinds::OPTIONAL
                .into_iter()
                .find(|k| k.kind == types.kind && k.api_version() == types.api_version);
            let Some(kind) = optional else { continue };
            let api: Api<Object> = Api::namespaced_with(client.clone(), "default", &kind.resource());
            let mut object = object;
            object.metadata.namespace = Some("default".into());
            let strict = PatchParams::apply("test").force().validation_strict().dry_run();
            let name = object.name_any();
            let accepted = api.patch(&name, &strict, &Patch::Apply(&object)).await;
            accepted.unwrap_or_else(|error| panic!("{}: {} {name}: {error}", path.display(), kind.kind));
            seen.insert(kind.kind);
        }
    }
    assert_eq!(seen, kinds::OPTIONAL.iter().map(|kind| kind.kind).collect(), "every kind is in some example");
    a_misspelt_field_is_refused(client).await;
}

/// The CRDs do say no: what they accept means something.
async fn a_misspelt_field_is_refused(client: &Client) {
    let kind = kinds::PEER_AUTHENTICATION;
    let api: Api<Object> = Api::namespaced_with(client.clone(), "default", &kind.resource());
    let wrong = json!({
        "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": { "name": "wrong" },
        "spec": { "mtls": { "mod": "STRICT" } },
    });
    let strict = PatchParams::apply("test").force().validation_strict().dry_run();
    assert!(api.patch("wrong", &strict, &Patch::Apply(&wrong)).await.is_err());
}
