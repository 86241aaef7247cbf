//! Running a command against the shop that is up: black-box tests, the demo.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use warung_testbed::{node, ports, process, tools, wait};

use super::install::Shop;
use super::{Cluster, program, report};
use crate::cli::signals::{self, Stop};

/// For port-forward to listen.
const FORWARD_WITHIN: Duration = Duration::from_secs(20);

/// Runs `command` with `WARUNG_URL`, `WARUNG_ADMIN_PASSWORD`, `WARUNG_SHOP_NAME`, `WARUNG_SHOP_NAMESPACE` and `KUBECONFIG`
/// (whose current context is the cluster) in its environment, and the cluster's own kubectl and helm first on its PATH.
pub fn run(cluster: &Cluster, shop: &Shop, command: &[OsString]) -> Result<ExitCode> {
    let (first, arguments) = command.split_first().context("name a command after --")?;
    let stop = Stop::listen()?;
    let (url, forward) = way_in(cluster, shop)?;
    let kubeconfig = Kubeconfig::of(cluster)?;
    let mut child = Command::new(first)
        .args(arguments)
        .env("WARUNG_URL", url)
        .env(report::ADMIN_PASSWORD, report::admin_password(cluster, shop)?)
        .env("WARUNG_SHOP_NAME", &shop.name)
        .env("WARUNG_SHOP_NAMESPACE", &shop.namespace)
        .env("KUBECONFIG", kubeconfig.path())
        .env("PATH", path()?)
        .spawn()
        .with_context(|| format!("run {}", first.display()))?;
    let status = stop.forward_until_ended(&mut child);
    if let Some(mut forward) = forward {
        process::end(&mut forward, nix::sys::signal::Signal::SIGTERM);
    }
    Ok(signals::exit_code(status?))
}

/// The shop's URL, and the port-forward that it needs, which ends with the command.
fn way_in(cluster: &Cluster, shop: &Shop) -> Result<(String, Option<Child>)> {
    if let Cluster::Node = cluster {
        return Ok((report::own_url(cluster, shop)?, None));
    }
    let [port] = ports::free()?;
    let mut command = cluster.kubectl()?;
    command.args(["port-forward", "service/gateway", "-n", &shop.namespace, &format!("{port}:80")]);
    let forward = process::spawn_bound({
        command.stdout(Stdio::null());
        command
    })?;
    wait::until("the port-forward to the gateway", FORWARD_WITHIN, || {
        Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())
    })?;
    Ok((format!("http://127.0.0.1:{port}"), Some(forward)))
}

/// A kubeconfig whose current context is the cluster.
enum Kubeconfig {
    Own(PathBuf),
    Made(tempfile::NamedTempFile),
}

impl Kubeconfig {
    fn of(cluster: &Cluster) -> Result<Self> {
        if let Cluster::Node = cluster {
            return Ok(Self::Own(node::kubeconfig()));
        }
        let text = program::text(cluster.kubectl()?.args(["config", "view", "--minify", "--flatten"]))?;
        let file = tempfile::NamedTempFile::new().context("make a kubeconfig")?;
        std::fs::write(file.path(), text).context("write a kubeconfig")?;
        Ok(Self::Made(file))
    }

    fn path(&self) -> &std::path::Path {
        match self {
            Self::Own(path) => path,
            Self::Made(file) => file.path(),
        }
    }
}

fn path() -> Result<OsString> {
    let own = tools::cache()?.join("bin");
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&rest))).context("make a PATH")
}
