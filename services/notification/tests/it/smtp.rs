//! A real SMTP server for a test.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde::Deserialize;
use tempfile::TempDir;

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub id: String,
    pub subject: String,
    pub body: String,
    /// The HTML part.
    pub html: Option<String>,
    pub unsubscribe: Option<String>,
    pub unsubscribe_post: Option<String>,
}

/// An SMTP server that ends with the test.
pub struct Smtp {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Smtp {
    /// Starts it.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/smtp_server.py");
        let mut child = Command::new(python())
            .arg(script)
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; run testbed/tools/install stores", python().display())
            });
        let mut line = String::new();
        let out = child.stdout.take().expect("its output is a pipe");
        BufReader::new(out).read_line(&mut line).expect("it prints its port");
        let port = line.trim().parse().unwrap_or_else(|_| {
            panic!("the SMTP server did not start; run testbed/tools/install stores, which installs aiosmtpd")
        });
        Self { child, folder, port }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Gives these answers to the next messages, in turn, instead of taking them.
    pub fn refuse(&self, answers: &[&str]) {
        fs::write(self.folder.path().join("refuse"), answers.join("\n")).expect("the folder can be written");
    }

    /// What arrived, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let text = fs::read_to_string(self.folder.path().join("mails")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("the server writes JSON lines")).collect()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Python with what testbed/tools/install put there.
pub fn python() -> PathBuf {
    let cache = std::env::var_os("WARUNG_CACHE").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/warung");
    cache.unwrap_or_else(home).join("venv/bin/python")
}
