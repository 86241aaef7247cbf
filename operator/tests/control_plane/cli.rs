//! The command line.

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
