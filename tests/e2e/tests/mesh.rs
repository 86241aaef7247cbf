//! A Shop in a real Istio: it joins without losing a call; what is plaintext is refused, and so is every call that no
//! manifest declares; the declared ones pass, and an order goes through.
//!
//! Run by `make test-mesh`, which builds the programs first, Istio's too. `WARUNG_E2E_KEEP=1` leaves the shop up.

mod support;

use std::{convert::Infallible, io::Write as _, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_contracts::manifest::{self, Calls, Manifest};
use warung_e2e::{Shopper, until};

use crate::support::{Up, kubectl, kubectl_json, said, shop, testbed};

/// For the operator to see Istio, and for every pod to be replaced by one with a sidecar.
const JOINS_WITHIN: Duration = Duration::from_secs(300);
/// For a pod that calls to be ready, and for all sidecars to know its identity and the policies.
const ACTS_WITHIN: Duration = Duration::from_secs(60);
/// Between two questions of the customer who asks all the time.
const PAUSE: Duration = Duration::from_millis(200);
/// The stand-in with a shell.
const SHELL: &str = "localhost/warung-testbed/busybox:1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mesh_lets_pass_what_the_manifests_declare_and_nothing_else() -> Result<()> {
    let up = Up::now()?;
    an_order_goes_through()?;
    the_shop_joins_without_losing_a_call().await?;
    plaintext_is_refused().await?;
    declared_calls_pass_and_others_do_not().await?;
    an_order_goes_through()?;
    drop(up);
    Ok(())
}

async fn the_shop_joins_without_losing_a_call() -> Result<()> {
    let customer = tokio::spawn(ask_all_the_time(with_a_cart().await?));
    ensure!(testbed(&["mesh"]).status()?.success(), "Istio is installed");
    until("every pod's sidecar", JOINS_WITHIN, || async { Ok(has_joined()?.then_some(())) }).await?;
    if customer.is_finished() {
        customer.await?.context("while the shop joined")?;
    } else {
        customer.abort();
    }
    Ok(())
}

async fn with_a_cart() -> Result<Shopper> {
    let customer = Shopper::register(&shop()?, "Dewi").await?;
    let path = "/api/v1/products?in_stock=true";
    let products = customer.send(Method::GET, path, None).await?.ok()?;
    customer.add(products["items"][0]["id"].as_str().context("a product in stock")?, 1).await?;
    Ok(customer)
}

/// Ends with the first answer that is no success. The cart asks product what things cost.
async fn ask_all_the_time(customer: Shopper) -> Result<Infallible> {
    loop {
        for path in ["/api/v1/cart", "/api/v1/products"] {
            customer.send(Method::GET, path, None).await?.ok().context(path)?;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Whether the Shop says so, and no pod of a service is left without a sidecar.
fn has_joined() -> Result<bool> {
    let status = kubectl_json(&["get", "shop", "kopi"])?["status"].take();
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    let holds = |wanted: &str| conditions.iter().any(|c| c["type"] == wanted && c["status"] == "True");
    let pods = kubectl_json(&["get", "pods"])?;
    let pods = pods["items"].as_array().context("a list of pods")?;
    let serving = |manifest: &Manifest| {
        let of_it =
            |pod: &&Value| pod["metadata"]["labels"]["app.kubernetes.io/name"] == manifest.name.as_str();
        let serves = |pod: &&Value| pod["spec"]["serviceAccountName"] == manifest.name.as_str();
        let mut pods = pods
            .iter()
            .filter(of_it)
            .filter(serves)
            .filter(|pod| pod["status"]["phase"] == "Running")
            .peekable();
        pods.peek().is_some() && pods.all(has_sidecar)
    };
    Ok(holds("Ready") && holds("MeshReady") && manifest::all().iter().all(serving))
}

fn has_sidecar(pod: &Value) -> bool {
    let containers = pod["spec"]["initContainers"].as_array();
    containers.is_some_and(|all| all.iter().any(|container| container["name"] == "istio-proxy"))
}

async fn plaintext_is_refused() -> Result<()> {
    let stranger = Caller::start("stranger", "default", false).await?;
    for manifest in manifest::all() {
        let told = stranger.get(&manifest.name, manifest.port, "/")?;
        // The proxy hangs up before HTTP begins: there is no status.
        ensure!(!told.contains("HTTP/1.1"), "{} answers plaintext: {told}", manifest.name);
        let told = stranger.get(&manifest.name, manifest.admin_port, "/livez")?;
        ensure!(told.contains("200 OK"), "the kubelet and Prometheus reach {}: {told}", manifest.name);
    }
    Ok(())
}

async fn declared_calls_pass_and_others_do_not() -> Result<()> {
    let (caller, call) = declared().context("some manifest declares a call")?;
    let other = stranger_to(call).context("some service does not make it")?;
    let path = format!("/{}", call.rpc);
    let known = Caller::start("known", &caller.name, true).await?;
    until("the declared call", ACTS_WITHIN, || async {
        Ok(is_answered(&known.post(call, &path)?).then_some(()))
    })
    .await?;
    let told = known.post(call, "/warung.none.v1.Nothing/Ask")?;
    ensure!(is_refused(&told), "{} may call {} alone: {told}", caller.name, call.rpc);
    let unknown = Caller::start("unknown", &other.name, true).await?;
    until("the refusal", ACTS_WITHIN, || async { Ok(is_refused(&unknown.post(call, &path)?).then_some(())) })
        .await
}

/// By the service itself, which asks for the key that its callers share with it: gRPC's status UNAUTHENTICATED.
fn is_answered(told: &str) -> bool {
    told.contains("grpc-status: 16")
}

/// By the sidecar before it.
fn is_refused(told: &str) -> bool {
    told.contains("403 Forbidden")
}

fn declared() -> Option<(&'static Manifest, &'static Calls)> {
    manifest::all().iter().find_map(|manifest| Some((manifest, manifest.calls.first()?)))
}

/// A service that neither makes nor takes this call.
fn stranger_to(call: &Calls) -> Option<&'static Manifest> {
    manifest::all()
        .iter()
        .find(|m| m.name != call.service && !m.calls.iter().any(|own| own.service == call.service))
}

fn an_order_goes_through() -> Result<()> {
    let told = said(testbed(&["shop", "run", "--", env!("CARGO_BIN_EXE_demo")]).output()?)?;
    ensure!(told.contains("ended as completed"), "the demo sells in the mesh:\n{told}");
    Ok(())
}

/// A pod with a shell and the identity of a ServiceAccount, in the mesh or outside of it.
struct Caller {
    pod: String,
}

impl Caller {
    async fn start(name: &str, account: &str, in_mesh: bool) -> Result<Self> {
        let pod = format!("caller-{name}");
        let object = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": pod,
                "labels": { "sidecar.istio.io/inject": in_mesh.to_string() },
                "annotations": { "sidecar.istio.io/nativeSidecar": "true" },
            },
            "spec": {
                "serviceAccountName": account,
                "terminationGracePeriodSeconds": 0,
                "containers": [{ "name": "caller", "image": SHELL, "command": ["sleep", "3600"] }],
            },
        });
        let mut apply =
            kubectl(&["apply", "-f", "-"])?.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        apply.stdin.take().context("a pipe")?.write_all(object.to_string().as_bytes())?;
        ensure!(apply.wait()?.success(), "{pod} is applied");
        let within = format!("--timeout={}s", ACTS_WITHIN.as_secs());
        said(kubectl(&["wait", "--for=condition=Ready", &format!("pod/{pod}"), &within])?.output()?)?;
        Ok(Self { pod })
    }

    fn get(&self, service: &str, port: u16, path: &str) -> Result<String> {
        self.wget(&[&format!("http://{service}:{port}{path}")])
    }

    /// The call of a gRPC method, without a message and without credentials.
    fn post(&self, call: &Calls, path: &str) -> Result<String> {
        let port = manifest::get(&call.service).port;
        let url = format!("http://{}:{port}{path}", call.service);
        self.wget(&["--header", "content-type: application/grpc", "--post-data", "", &url])
    }

    /// The status and the headers of the answer, or why there is none; both go to standard error.
    fn wget(&self, arguments: &[&str]) -> Result<String> {
        let mut exec = kubectl(&["exec", &self.pod, "-c", "caller", "--"])?;
        // With a timeout of its own (-T) this static wget crashes.
        exec.args(["timeout", "5", "wget", "-S", "-O", "/dev/null"]);
        let output = exec.args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
