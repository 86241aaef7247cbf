//! Envoy's own check of the configuration: every field known, every value in range.

use std::process::Command;

use super::{envoy, example, routes};
use warung_operator::plan::gateway::envoy::configuration;
use warung_operator::plan::gateway::settings::Settings;

/// Asks the real Envoy about the configuration as it will be written to the ConfigMap.
fn validate(settings: &Settings) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let configuration = configuration(&routes(), settings).expect("the base has every place");
    let mut text = configuration.bootstrap.to_yaml().expect("YAML");
    if let Some(certificate) = &configuration.certificate {
        // What the pod mounts in /etc stands in the temporary folder here.
        let file = folder.path().join("certificate.yaml");
        std::fs::write(&file, certificate.to_string()).expect("written");
        text = text.replace("/etc/envoy/certificate.yaml", &file.display().to_string());
    }
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, &text).expect("written");
    let output = Command::new(envoy())
        .args(["--mode", "validate", "--disable-hot-restart", "--log-level", "warning", "-c"])
        .arg(&file)
        .output()
        .expect("Envoy starts");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_smallest_shop_passes() {
    validate(&Settings { cors_origins: Vec::new(), ..example() });
}

#[test]
fn a_shop_with_everything_passes() {
    let tracing = Some(("otel-collector.monitoring".into(), 4317));
    validate(&Settings { tls: true, cors_origins: vec!["*".into()], tracing, ..example() });
}
