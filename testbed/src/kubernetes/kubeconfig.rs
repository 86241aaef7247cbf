//! Kubeconfig files that carry their certificates inline (JSON, which is YAML too).

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::Layout;

/// Name of the cluster, the user and the context in every file.
pub(crate) const CONTEXT: &str = "warung-testbed";

/// Writes the kubeconfig of the client certificate `name` and returns its text.
pub(crate) fn write(layout: &Layout, name: &str) -> Result<String> {
    let text = serde_json::to_string_pretty(&json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": {
            "server": layout.api_url(),
            "certificate-authority-data": encoded(&layout.certificate("ca"))?,
        }}],
        "users": [{"name": CONTEXT, "user": {
            "client-certificate-data": encoded(&layout.certificate(name))?,
            "client-key-data": encoded(&layout.key(name))?,
        }}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
    }))?;
    super::certificates::write_private(&layout.kubeconfig(name), &text)?;
    Ok(text)
}

fn encoded(path: &Path) -> Result<String> {
    use base64::Engine;
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    Ok(base64::engine::general_purpose::STANDARD.encode(bytes))
}
