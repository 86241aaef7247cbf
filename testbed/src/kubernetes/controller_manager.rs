//! kube-controller-manager: Deployments, Jobs, garbage collection, service accounts.

use std::process::Command;

use anyhow::Result;

use super::{Layout, flag};
use crate::tools;

/// `pods` is the range of pod addresses to hand out to nodes; `None` without a node.
pub(crate) fn command(layout: &Layout, pods: Option<&str>) -> Result<Command> {
    let mut command = Command::new(tools::find("kube-controller-manager", "control-plane")?);
    let kubeconfig = layout.kubeconfig("controller-manager");
    command.arg(flag("kubeconfig", &kubeconfig));
    command.arg(flag("authentication-kubeconfig", &kubeconfig));
    command.arg(flag("authorization-kubeconfig", &kubeconfig));
    command.args(["--leader-elect=false", "--use-service-account-credentials", "--bind-address=127.0.0.1"]);
    command.arg(format!("--secure-port={}", layout.controller_manager_port));
    command.arg(flag("cert-dir", &layout.folder.join("controller-manager")));
    command.arg(flag("root-ca-file", &layout.certificate("ca")));
    command.arg(flag("cluster-signing-cert-file", &layout.certificate("ca")));
    command.arg(flag("cluster-signing-key-file", &layout.key("ca")));
    command.arg(flag("service-account-private-key-file", &layout.key("service-accounts")));
    command.arg(format!("--service-cluster-ip-range={}", layout.services.cidr()));
    if let Some(pods) = pods {
        command.args(["--allocate-node-cidrs=true", "--node-cidr-mask-size=24"]);
        command.arg(format!("--cluster-cidr={pods}"));
    }
    Ok(command)
}
