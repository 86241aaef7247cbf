//! kube-apiserver with RBAC and service account tokens, as clusters in production have it.

use std::process::Command;

use anyhow::Result;

use super::{Layout, flag};
use crate::tools;

/// What differs between a test's control plane and a node's.
pub(crate) struct Shape {
    /// Pods really run: their service accounts must exist, and the API server's address must reach pods.
    pub(crate) node: bool,
    /// A controller manager makes the service accounts that admission then asks for.
    pub(crate) service_accounts: bool,
}

pub(crate) fn command(layout: &Layout, shape: &Shape) -> Result<Command> {
    let mut command = Command::new(tools::find("kube-apiserver", "control-plane")?);
    serving(&mut command, layout);
    identity(&mut command, layout);
    command.arg(format!("--etcd-servers={}", layout.etcd_url()));
    command.arg(format!("--service-cluster-ip-range={}", layout.services.cidr()));
    command.args(["--authorization-mode=Node,RBAC", "--allow-privileged=true", "--profiling=false"]);
    if !shape.service_accounts {
        command.arg("--disable-admission-plugins=ServiceAccount");
    }
    if shape.node {
        // Without these, logs, exec and port-forward fail on the node's name, which no DNS knows.
        command.arg("--kubelet-preferred-address-types=InternalIP");
        command.arg(flag("kubelet-client-certificate", &layout.certificate("apiserver-kubelet")));
        command.arg(flag("kubelet-client-key", &layout.key("apiserver-kubelet")));
    } else {
        // A loopback address may not be an endpoint of the Service `kubernetes`, and no pod would use it.
        command.arg("--endpoint-reconciler-type=none");
    }
    Ok(command)
}

fn serving(command: &mut Command, layout: &Layout) {
    command.arg(format!("--bind-address={}", layout.address));
    command.arg(format!("--advertise-address={}", layout.address));
    command.arg(format!("--secure-port={}", layout.api_port));
    command.arg(flag("cert-dir", &layout.folder.join("apiserver")));
    command.arg(flag("tls-cert-file", &layout.certificate("apiserver")));
    command.arg(flag("tls-private-key-file", &layout.key("apiserver")));
}

fn identity(command: &mut Command, layout: &Layout) {
    command.arg(flag("client-ca-file", &layout.certificate("ca")));
    command.arg("--service-account-issuer=https://kubernetes.default.svc.cluster.local");
    command.arg(flag("service-account-key-file", &layout.certificates().join("service-accounts.pub")));
    command.arg(flag("service-account-signing-key-file", &layout.key("service-accounts")));
    // Aggregated APIs (metrics) are called with this certificate.
    command.arg(flag("requestheader-client-ca-file", &layout.certificate("ca")));
    command.args([
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
    ]);
    command.args([
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    ]);
    command.arg(flag("proxy-client-cert-file", &layout.certificate("front-proxy")));
    command.arg(flag("proxy-client-key-file", &layout.key("front-proxy")));
}
