use std::io::Write;
use std::process::Stdio;

use warung_testbed::control_plane::{ControlPlane, Options};
use warung_testbed::wait;

use crate::support::{GONE_WITHIN, address, listens};

fn kubectl(cluster: &ControlPlane, arguments: &[&str], input: &str) -> Result<String, String> {
    let mut command = cluster.kubectl().expect("kubectl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kubectl");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("write");
    let output = child.wait_with_output().expect("kubectl");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn a_control_plane_answers_and_leaves_nothing_behind() {
    let cluster = ControlPlane::start(Options::default()).expect("control plane");
    kubectl(&cluster, &["create", "namespace", "kopi"], "").expect("create");
    kubectl(&cluster, &["create", "configmap", "menu", "-n", "kopi", "--from-literal=a=1"], "")
        .expect("create");
    let value = kubectl(&cluster, &["get", "configmap", "menu", "-n", "kopi", "-o=jsonpath={.data.a}"], "");
    assert_eq!(value.expect("get"), "1");
    let refused = kubectl(&cluster, &["--as=nobody", "get", "pods"], "").expect_err("RBAC is on");
    assert!(refused.contains("Forbidden"), "{refused}");

    let api = address(cluster.url());
    let folder = cluster.kubeconfig_path().parent().expect("folder").to_owned();
    assert!(listens(&api) && folder.exists());
    drop(cluster);
    assert!(!listens(&api) && !folder.exists());
}

#[test]
fn with_the_controller_manager_what_a_deleted_owner_owned_is_collected() {
    let cluster = ControlPlane::start(Options { controller_manager: true }).expect("control plane");
    let deployment = ["create", "deployment", "kopi", "--image=kopi"];
    kubectl(&cluster, &deployment, "").expect("create");
    let sets = || kubectl(&cluster, &["get", "replicasets", "-o=name"], "").expect("get");
    wait::until("a ReplicaSet", GONE_WITHIN, || Ok(!sets().is_empty())).expect("made");
    kubectl(&cluster, &["delete", "deployment", "kopi"], "").expect("delete");
    wait::until("garbage collection", GONE_WITHIN, || Ok(sets().is_empty())).expect("collected");
}
