//! mockpost (PyPI): servers of FCM, Web Push and SMS that nobody here wrote.

use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use warung_chassis::testing::eventually;
use warung_testbed::{outside, ports};

/// A server that ends with the test.
pub struct Mockpost {
    child: Child,
    _folder: TempDir,
    pub url: String,
    client: reqwest::Client,
}

impl Mockpost {
    /// Starts it; none, said aloud, where it is not installed.
    pub async fn start() -> Option<Self> {
        let python = outside::python_with("mockpost", "messages")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let host = ports::own_address().to_string();
        let mut command = Command::new(python);
        command
            .args(["-m", "mockpost.cli"])
            .current_dir(folder.path())
            .env("MOCKPOST_HOST", &host)
            .env("MOCKPOST_HTTP_PORT", "8090");
        let unused = ["SMTP", "FTP", "FTPS", "FTPS_IMPLICIT", "SFTP"];
        for (name, port) in unused.iter().zip(ports::free::<5>().expect("free ports")) {
            command.env(format!("MOCKPOST_{name}_PORT"), port.to_string());
        }
        let path = |name: &str| folder.path().join(name);
        command.env("MOCKPOST_DB_PATH", path("db")).env("MOCKPOST_FTP_DATA_DIR", path("ftp"));
        command.env("MOCKPOST_SFTP_DATA_DIR", path("sftp")).env("MOCKPOST_LOG_LEVEL", "error");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("python runs");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let server = Self { child, _folder: folder, url: format!("http://{host}:8090"), client };
        server.ready().await;
        Some(server)
    }

    async fn ready(&self) {
        eventually("mockpost", async || {
            self.client.get(format!("{}/health", self.url)).send().await.ok().map(drop)
        })
        .await;
    }

    /// Asks it for something.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let request =
            self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.expect("it answers");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    }

    /// What arrived on a channel.
    pub async fn messages(&self, channel: &str) -> Vec<Value> {
        let url = format!("{}/api/messages?channel={channel}", self.url);
        let text = self.client.get(url).send().await.expect("it answers").text().await.expect("a body");
        serde_json::from_str(&text).expect("a list")
    }
}

impl Drop for Mockpost {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
