//! A real SMTP server (aiosmtpd) that keeps what it takes.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{process, tools};

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

/// An SMTP server that ends with this.
#[derive(Debug)]
pub struct Smtp {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Smtp {
    /// Starts it on a free port.
    ///
    /// # Errors
    ///
    /// When it is not installed or does not start.
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// The same with pages on this port of 127.0.0.1, for people who read the mails.
    ///
    /// # Errors
    ///
    /// When it is not installed or does not start.
    pub fn with_pages(port: u16) -> Result<Self> {
        Self::start_with(&[port.to_string()])
    }

    fn start_with(arguments: &[String]) -> Result<Self> {
        let folder = tempfile::tempdir().context("make a folder for mails")?;
        let mut command = Command::new(tools::python("stores")?);
        // Leaves no compiled files among the sources.
        command
            .arg("-B")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/smtp/server.py"))
            .arg(folder.path())
            .args(arguments);
        command.stdout(Stdio::piped());
        let mut child = process::spawn_bound(command).context("start the SMTP server")?;
        let mut line = String::new();
        let out = child.stdout.take().context("its output is a pipe")?;
        BufReader::new(out).read_line(&mut line).context("read the SMTP server's port")?;
        let port = line.trim().parse().context("the SMTP server did not start; what it said is above")?;
        Ok(Self { child, folder, port })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Gives these answers to the next messages, in turn, instead of taking them.
    ///
    /// # Errors
    ///
    /// When its folder can't be written.
    pub fn refuse(&self, answers: &[&str]) -> Result<()> {
        fs::write(self.folder.path().join("refuse"), answers.join("\n")).context("tell the SMTP server")
    }

    /// What arrived, oldest first.
    ///
    /// # Errors
    ///
    /// When its folder can't be read.
    pub fn mails(&self) -> Result<Vec<Mail>> {
        let path = self.folder.path().join("mails");
        let text = if path.exists() { fs::read_to_string(path)? } else { String::new() };
        text.lines().map(|line| serde_json::from_str(line).context("read a mail")).collect()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        process::end(&mut self.child, nix::sys::signal::Signal::SIGKILL);
    }
}
