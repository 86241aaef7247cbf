//! Text messages through emulate (npm), a Twilio-compatible API that nobody here wrote.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use warung_chassis::testing::{TestApp, eventually};
use warung_testbed::ports;

use crate::{
    JOB, last_error,
    sms::{sms, told},
    start_with,
};

/// What emulate begins with.
const SID: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "twilio_test_auth_token";
const NUMBER: &str = "+15551234567";

/// A server that ends with the test.
struct Emulate {
    child: Child,
    url: String,
}

impl Emulate {
    /// Starts it; none, said aloud, where it is not installed.
    async fn start() -> Option<Self> {
        let modules = warung_testbed::tools::cache().ok()?.join("npm/node_modules");
        let (node, program): (PathBuf, PathBuf) =
            (modules.join("node/bin/node"), modules.join("emulate/dist/index.js"));
        if !(node.exists() && program.exists()) {
            eprintln!("SKIPPED: emulate is not there; run testbed/tools/install messages where there is npm");
            return None;
        }
        let host = ports::own_address().to_string();
        let mut command = Command::new(node);
        command.arg(program).args(["start", "--service", "twilio", "--host", &host, "--port", "8080"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("node runs");
        let server = Self { child, url: format!("http://{host}:8080") };
        eventually("emulate", async || server.get("").await).await;
        Some(server)
    }

    async fn get(&self, path: &str) -> Option<String> {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.get(format!("{}{path}", self.url)).basic_auth(SID, Some(TOKEN));
        request.send().await.ok()?.text().await.ok()
    }

    /// What was handed over, in the words of the API.
    async fn messages(&self) -> Vec<Value> {
        let text = self.get(&format!("/2010-04-01/Accounts/{SID}/Messages.json")).await.expect("an answer");
        let mut list: Value = serde_json::from_str(&text).expect("JSON");
        serde_json::from_value(list["messages"].take()).expect("a list")
    }

    async fn shop(&self, token: &str, from: &str) -> TestApp {
        start_with(&[
            ("WARUNG_TWILIO_URL", &self.url),
            ("WARUNG_TWILIO_ACCOUNT_SID", SID),
            ("WARUNG_TWILIO_AUTH_TOKEN", token),
            ("WARUNG_TWILIO_FROM", from),
        ])
        .await
    }
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_text_message_arrives_at_a_twilio_compatible_api_once() {
    let Some(emulate) = Emulate::start().await else { return };
    let app = emulate.shop(TOKEN, NUMBER).await;
    told(&app).await;
    for _ in 0..2 {
        app.run_job(JOB).await;
    }
    assert_eq!(sms(&app).await, Some(("sent".into(), None)));
    let messages = emulate.messages().await;
    assert_eq!(messages.len(), 1);
    assert_eq!((&messages[0]["to"], &messages[0]["from"]), (&"+6281234567890".into(), &NUMBER.into()));
    assert!(messages[0]["body"].as_str().expect("a text").starts_with("kopi: pesanan"), "{}", messages[0]);
    app.stop().await;
}

#[tokio::test]
async fn its_refusals_are_told_from_settings_that_somebody_mends() {
    let Some(emulate) = Emulate::start().await else { return };
    for (token, from, state, code) in
        [("wrong", NUMBER, "pending", "20003"), (TOKEN, "+15550000000", "failed", "21606")]
    {
        let app = emulate.shop(token, from).await;
        told(&app).await;
        app.run_job(JOB).await;
        assert_eq!(sms(&app).await.map(|(state, _)| state).as_deref(), Some(state));
        assert!(last_error(&app, "sms").await.contains(code), "{}", last_error(&app, "sms").await);
        app.stop().await;
    }
    assert!(emulate.messages().await.is_empty());
}
