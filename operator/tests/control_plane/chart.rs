//! What the operator's chart lets it do, asked of an API server that enforces it.

use std::path::Path;
use std::process::Command;

use warung_testbed::control_plane::{ControlPlane, Options};
use warung_testbed::tools;

const ACCOUNT: &str = "system:serviceaccount:warung-system:warung-operator";

/// The chart's roles, as helm makes them with these flags.
fn roles(flags: &[&str]) -> Vec<u8> {
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/warung-operator");
    let mut helm = Command::new(tools::find("helm", "control-plane").expect("helm is installed"));
    helm.args(["template", "check", "--namespace", "warung-system", "--kube-version", "1.34.4"]);
    let made = helm.args(["--show-only", "templates/rbac.yaml"]).args(flags).arg(chart).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

/// Whether the operator may do this there.
fn may(plane: &ControlPlane, verb: &str, resource: &str, namespace: &str) -> bool {
    let mut kubectl = plane.kubectl().expect("kubectl is installed");
    kubectl.args(["auth", "can-i", verb, resource, "--namespace", namespace, "--as", ACCOUNT]);
    kubectl.output().unwrap().stdout.starts_with(b"yes")
}

fn install(plane: &ControlPlane, flags: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rbac.yaml");
    std::fs::write(&file, roles(flags)).unwrap();
    for words in [&["create", "namespace", "warung-system"][..], &["create", "namespace", "kopi"]] {
        plane.kubectl().unwrap().args(words).output().unwrap();
    }
    let done = plane.kubectl().unwrap().args(["apply", "-f"]).arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_operator_of_one_namespace_reads_the_secrets_of_no_other() {
    let plane = ControlPlane::start(Options::default()).expect("the control plane starts");
    install(&plane, &["--set", "watchNamespace=kopi"]);
    for (verb, resource) in [("list", "secrets"), ("patch", "deployments.apps"), ("delete", "pods")] {
        assert!(may(&plane, verb, resource, "kopi"), "{verb} {resource}");
        assert!(!may(&plane, verb, resource, "teh"), "{verb} {resource}");
    }
    assert!(may(&plane, "create", "leases.coordination.k8s.io", "warung-system"));
    assert!(!may(&plane, "list", "secrets", "warung-system"));

    install(&plane, &[]);
    assert!(may(&plane, "list", "secrets", "teh"), "by default it looks after every namespace");
}
