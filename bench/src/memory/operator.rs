//! The operator on a real API server: idle, and with a Shop.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use warung_testbed::control_plane::{ControlPlane, Options};
use warung_testbed::ports;

use super::alone::Running;
use super::{Memory, Program};

/// The operator's namespace.
const NAMESPACE: &str = "warung-system";
/// How long a Shop may take to be looked at.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);

const SHOP: &str = "\
apiVersion: warung.dev/v1alpha1
kind: Shop
metadata: {name: bench, namespace: bench}
spec: {version: VERSION, host: bench.example.com, currency: IDR}
";

/// Memory of the operator.
///
/// # Errors
///
/// When the API server or the operator does not start.
pub async fn measure(operator: &Path) -> Result<Vec<Program>> {
    let cluster = tokio::task::spawn_blocking(|| ControlPlane::start(Options::default())).await;
    let cluster = cluster.context("start a control plane")??;
    let crd =
        Command::new(operator).arg("crd").output().with_context(|| format!("run {}", operator.display()))?;
    apply(&cluster, &crd.stdout)?;
    for namespace in [NAMESPACE, "bench"] {
        kubectl(&cluster, &["create", "namespace", namespace], b"")?;
    }
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let [port] = ports::free()?;
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let mut command = Command::new(operator);
    command.args(["run", "--namespace", NAMESPACE, "--listen", &address.to_string()]);
    command.env("KUBECONFIG", cluster.kubeconfig_path());
    let mut running = Running::start(command, folder.path().join("operator"))?;
    running.ready(address).await.context("run the operator")?;
    let idle = Memory::settled(running.id()).await?;

    apply(&cluster, SHOP.replace("VERSION", env!("CARGO_PKG_VERSION")).as_bytes())?;
    let generation = ["wait", "shop/bench", "-n=bench", "--for=jsonpath={.status.observedGeneration}=1"];
    let timeout = format!("--timeout={}s", NOTICED_WITHIN.as_secs());
    let waiting = [&generation[..], &[timeout.as_str()]].concat();
    kubectl(&cluster, &waiting, b"").context("wait until the operator has looked at a Shop")?;
    let busy = Memory::settled(running.id()).await?;
    let program = |when, memory| Program { name: "warung-operator".to_owned(), when, memory };
    Ok(vec![program("idle", idle), program("with one Shop", busy)])
}

fn apply(cluster: &ControlPlane, yaml: &[u8]) -> Result<()> {
    kubectl(cluster, &["apply", "--server-side", "-f", "-"], yaml)?;
    // A kind can be used once its definition is established.
    kubectl(cluster, &["wait", "crd/shops.warung.dev", "--for=condition=Established", "--timeout=30s"], b"")
}

fn kubectl(cluster: &ControlPlane, arguments: &[&str], input: &[u8]) -> Result<()> {
    let mut command = cluster.kubectl()?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("run kubectl")?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input).context("write to kubectl")?;
    }
    let output = child.wait_with_output().context("wait for kubectl")?;
    if !output.status.success() {
        bail!("kubectl {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
