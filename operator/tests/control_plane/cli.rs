//! The command line.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn operator(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warung-operator"))
        .args(arguments)
        .env("KUBECONFIG", "/nonexistent")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .output()
        .unwrap()
}

#[test]
fn every_example_renders_the_same_twice() {
    for example in ["minimal", "production", "external"] {
        let file = format!("examples/{example}.yaml");
        let first = operator(&["render", "-f", &file]);
        assert!(first.status.success(), "{example}: {}", String::from_utf8_lossy(&first.stderr));
        let text = String::from_utf8(first.stdout).unwrap();
        assert_eq!(text, String::from_utf8(operator(&["render", "-f", &file]).stdout).unwrap());
        for kind in ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Job", "Secret"] {
            assert!(text.contains(&format!("kind: {kind}\n")), "{example} has no {kind}");
        }
        assert_eq!(text.contains("kind: StatefulSet\n"), example != "external");
    }
}

#[test]
fn anything_wrong_is_one_line_and_exit_2() {
    let cases: [(&[&str], &str); 5] = [
        (&[], "name a command"),
        (&["run", "--concurrency", "0"], "--concurrency"),
        (&["run", "--postgres-address", "nowhere"], "write host:port"),
        (&["render", "-f", "nothing.yaml"], "nothing.yaml can't be read"),
        (&["render", "-f", "Cargo.toml"], "Cargo.toml is not a Shop"),
    ];
    for (arguments, expected) in cases {
        let output = operator(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

/// What `render` says of a Shop of this spec, given on standard input.
fn render(file: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_warung-operator"))
        .args(["render", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

const KOPI: &str = "apiVersion: warung.dev/v1alpha1\nkind: Shop\nmetadata: {name: kopi}\nspec:\n  version: 0.1.0\n  host: kopi.example.com\n  currency: IDR\n";

#[test]
fn what_the_api_server_would_refuse_is_not_rendered() {
    let cases = [
        ("  hosts: [a]\n", "spec.hosts: there is no such field"),
        (
            "  services: {order: {replicas: -5}}\n",
            "spec.services.order.replicas: -5 is out of range; write 0 to 100",
        ),
        (
            "  services: {order: {replicas: 5000}}\n",
            "spec.services.order.replicas: 5000 is out of range; write 0 to 100",
        ),
        (
            "  gateway: {maxBodyBytes: 1}\n",
            "spec.gateway.maxBodyBytes: 1 is out of range; write 1024 to 104857600",
        ),
        ("  payments: {providers: []}\n", "spec.payments.providers: 0 items is out of range; write 1 to 8"),
        ("  gateway: {provider: Nginx}\n", "unknown variant `Nginx`, expected `Kong` or `Envoy`"),
        ("  upgrade: {order: [cart, cart]}\n", "spec.upgrade.order: upgrade.order names a service twice"),
    ];
    for (field, expected) in cases {
        let output = render(&format!("{KOPI}{field}"));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{field}: {error}");
        assert!(error.contains(expected) && error.lines().count() == 1, "{field}: {error}");
    }
    let named = render(&KOPI.replace("name: kopi", "name: 1kopi"));
    let error = String::from_utf8(named.stderr).unwrap();
    assert!(error.contains("breaks a rule of the Shop: metadata.name must be a DNS label"), "{error}");
}

#[test]
fn the_shop_is_found_among_other_objects() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: kopi}\n";
    let output = render(&format!("{namespace}---\n{KOPI}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (file, expected) in [
        (namespace.to_owned(), "standard input is not a Shop: it holds none"),
        (format!("{KOPI}---\n{KOPI}"), "it holds 2; give each a file of its own"),
        (KOPI.replace("v1alpha1", "v9"), "it must begin with apiVersion: warung.dev/v1alpha1 and kind: Shop"),
    ] {
        let error = String::from_utf8(render(&file).stderr).unwrap();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_warung-operator"))
        .args(["render", "-f", "examples/production.yaml"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
