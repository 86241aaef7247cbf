//! The generated files are what the code says. `UPDATE=1 cargo test -p warung-operator generated` writes them.

use std::path::{Path, PathBuf};

use warung_operator::cli::crd;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn compare(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is not what the code says; write it with UPDATE=1 and commit it");
}

#[test]
fn generated_crd_is_up_to_date() {
    compare("crds/shop.yaml", &crd().unwrap());
}

#[test]
fn generated_chart_template_is_the_crd() {
    let keep = "metadata:\n  {{- if .Values.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n";
    let text = crd().unwrap();
    assert!(!text.contains("{{"), "helm would take this for a template");
    compare("charts/warung-crds/templates/shop.yaml", &text.replacen("metadata:\n", keep, 1));
}
