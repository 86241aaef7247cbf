//! A control plane, stores, and an operator in a namespace.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, CustomResourceExt, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warung_operator::api::{Shop, ShopSpec};
use warung_operator::apply::StoreAddresses;
use warung_operator::metrics::Metrics;
use warung_operator::operator::{self, Settings};
use warung_testbed::control_plane::{ControlPlane, Options};
use warung_testbed::stores::Stores;

use crate::kubelet::Kubelet;

/// Nothing awaited in these tests takes longer, even on a busy machine.
pub const WITHIN: Duration = Duration::from_secs(180);

static CONTROL_PLANE: OnceCell<ControlPlane> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// One test's part of the cluster.
pub struct World {
    pub client: Client,
    pub namespace: String,
    pub kubelet: Kubelet,
    pub stores: Stores,
    /// Where the test has the control plane for itself.
    plane: Option<ControlPlane>,
}

/// One replica of the operator.
pub struct Replica {
    pub metrics: Arc<Metrics>,
    /// Where it tells of its health.
    admin: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<Result<(), operator::Error>>,
}

/// A client of the shared control plane, with the CRD installed.
pub async fn client() -> Client {
    connect(CONTROL_PLANE.get_or_init(|| control_plane(Options::default())).await).await
}

/// A control plane with the CRD installed.
async fn control_plane(options: Options) -> ControlPlane {
    let plane = tokio::task::spawn_blocking(move || ControlPlane::start(options));
    let plane = plane.await.unwrap().expect("the control plane starts");
    install_crd(&connect(&plane).await).await;
    plane
}

async fn connect(plane: &ControlPlane) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let kubeconfig = Kubeconfig::from_yaml(plane.kubeconfig()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    Client::try_from(config).unwrap()
}

async fn install_crd(client: &Client) {
    let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
    crds.create(&PostParams::default(), &Shop::crd()).await.expect("the API server takes the CRD");
    eventually("the Shop resource is served", || async {
        Api::<Shop>::all(client.clone()).list(&Default::default()).await.is_ok()
    })
    .await;
}

/// A namespace that no other test uses.
pub async fn namespace(client: &Client) -> String {
    let name = format!("it-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let metadata = ObjectMeta { name: Some(name.clone()), ..Default::default() };
    let namespace = Namespace { metadata, ..Default::default() };
    Api::all(client.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    name
}

/// A Shop that a node without registry could run.
pub fn shop(name: &str) -> Shop {
    let mut shop = Shop::new(name, ShopSpec::new("0.1.0", "kopi.example.com", "IDR"));
    shop.spec.gateway.provider = warung_operator::api::spec::GatewayProvider::Envoy;
    shop
}

/// Asks again until the answer is yes.
///
/// # Panics
///
/// When it isn't within [`WITHIN`].
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut ready: impl FnMut() -> F) {
    let asking = async {
        while !ready().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(WITHIN, asking).await.unwrap_or_else(|_| panic!("not within {WITHIN:?}: {what}"));
}

impl World {
    /// A namespace with stores and a kubelet, without an operator.
    pub async fn new() -> Self {
        Self::on(client().await, None).await
    }

    /// The same with an operator, and a Shop that is ready: kopi.
    pub async fn with_shop() -> (Self, Replica) {
        let world = Self::new().await;
        let operator = world.operator("a");
        world.create(&shop("kopi")).await;
        world.condition("kopi", "Ready", "True").await;
        (world, operator)
    }

    /// The same on a control plane of its own, for a test that changes what the cluster serves.
    pub async fn alone() -> Self {
        Self::on_its_own(Options::default()).await
    }

    /// The same with the controllers of Kubernetes, which make pods of the workloads that the kubelet here is told to hold.
    pub async fn with_controllers() -> Self {
        Self::on_its_own(Options { controller_manager: true }).await
    }

    async fn on_its_own(options: Options) -> Self {
        let plane = control_plane(options).await;
        Self::on(connect(&plane).await, Some(plane)).await
    }

    async fn on(client: Client, plane: Option<ControlPlane>) -> Self {
        let namespace = namespace(&client).await;
        let stores = tokio::task::spawn_blocking(Stores::start).await.unwrap().expect("the stores start");
        let kubelet = Kubelet::start(client.clone(), &namespace);
        Self { client, namespace, kubelet, stores, plane }
    }

    /// kubectl on the control plane that this test has for itself.
    pub fn kubectl(&self) -> std::process::Command {
        let plane = self.plane.as_ref().expect("a control plane of its own, see World::alone");
        plane.kubectl().expect("kubectl is installed")
    }

    /// Starts a replica of the operator for this namespace.
    pub fn operator(&self, identity: &str) -> Replica {
        let address = |url: &str| {
            let rest = url.split("://").nth(1).unwrap();
            rest.rsplit('@').next().unwrap().split('/').next().unwrap().to_owned()
        };
        let admin = SocketAddr::from((warung_testbed::ports::own_address(), 8081));
        let settings = Settings {
            namespace: self.namespace.clone(),
            watch: Some(self.namespace.clone()),
            identity: identity.into(),
            listen: admin,
            concurrency: 2,
            detect_interval: Duration::from_millis(500),
            stores: StoreAddresses {
                postgres: Some(address(self.stores.postgres_url())),
                nats: Some(address(self.stores.nats_url())),
            },
        };
        let (metrics, stop) = (Arc::new(Metrics::new()), CancellationToken::new());
        let task = tokio::spawn(operator::run(self.client.clone(), settings, metrics.clone(), stop.clone()));
        Replica { metrics, admin, stop, task }
    }

    pub fn api<K>(&self) -> Api<K>
    where
        K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub async fn create<K>(&self, object: &K) -> K
    where
        K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + Serialize
            + DeserializeOwned,
    {
        self.api::<K>().create(&PostParams::default(), object).await.unwrap()
    }

    pub async fn secret(&self, name: &str, values: &[(&str, &str)]) {
        let values: BTreeMap<String, String> =
            values.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let metadata = ObjectMeta { name: Some(name.into()), ..Default::default() };
        self.create(&Secret { metadata, string_data: Some(values), ..Default::default() }).await;
    }

    pub async fn shop(&self, name: &str) -> Shop {
        self.api::<Shop>().get(name).await.unwrap()
    }

    /// Merges a patch into the Shop's spec.
    pub async fn change(&self, name: &str, spec: serde_json::Value) {
        let patch = json!({ "spec": spec });
        self.api::<Shop>().patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }

    /// Waits until a condition of the Shop has this status, and answers its reason and message.
    pub async fn condition(&self, shop: &str, type_: &str, status: &str) -> (String, String) {
        self.condition_where(shop, type_, status, |_| true).await
    }

    /// The same for a condition whose reason is this one.
    pub async fn reason(&self, shop: &str, type_: &str, reason: &str) -> String {
        let mut last = String::new();
        let found = tokio::time::timeout(WITHIN, async {
            loop {
                let now = self.shop(shop).await;
                let all = now.status.clone().unwrap_or_default().conditions;
                last = format!("{all:#?}");
                if let Some(found) = all.iter().find(|c| c.type_ == type_ && c.reason == reason) {
                    return found.message.clone();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("{type_} never had reason {reason}: {last}"))
    }

    async fn condition_where(
        &self,
        shop: &str,
        type_: &str,
        status: &str,
        accepts: impl Fn(&str) -> bool,
    ) -> (String, String) {
        let mut last = String::new();
        let found = tokio::time::timeout(WITHIN, async {
            loop {
                let now = self.shop(shop).await;
                let all = now.status.clone().unwrap_or_default().conditions;
                last = format!("{all:#?}");
                let current =
                    now.status.as_ref().and_then(|s| s.observed_generation) == now.metadata.generation;
                let found = all.iter().find(|c| c.type_ == type_ && c.status == status && accepts(&c.reason));
                if let Some(found) = found.filter(|_| current) {
                    return (found.reason.clone(), found.message.clone());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("{type_} never was {status}: {last}"))
    }

    /// Names of this kind's objects.
    pub async fn names<K>(&self) -> Vec<String>
    where
        K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + Clone
            + std::fmt::Debug
            + DeserializeOwned,
    {
        let all = self.api::<K>().list(&Default::default()).await.unwrap();
        all.items.iter().map(ResourceExt::name_any).collect()
    }
}

impl Replica {
    /// Writes counted so far.
    pub fn writes(&self) -> u64 {
        self.sum("warung_operator_writes_total")
    }

    /// Reconciles counted so far.
    pub fn reconciles(&self) -> u64 {
        self.sum("warung_operator_reconciles_total")
    }

    /// Failed reconciles counted so far.
    pub fn failures(&self) -> u64 {
        self.sum("warung_operator_reconcile_errors_total")
    }

    /// Whether it holds the lease.
    pub fn leads(&self) -> bool {
        self.sum("warung_operator_leader") == 1
    }

    /// Status and body of what its admin server answers.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}/{path}", self.admin)).await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    fn sum(&self, metric: &str) -> u64 {
        let text = self.metrics.text();
        let lines = text.lines().filter(|line| line.starts_with(metric));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    }

    /// Stops it softly and waits for its end.
    pub async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(WITHIN, self.task).await.expect("it ends when told to");
        ended.unwrap().expect("it ends without an error");
    }
}
