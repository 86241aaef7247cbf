//! PostgreSQL, NATS with JetStream, and Redis, each on a free loopback port, forgetting everything at the end.

mod nats;
mod postgres;
mod redis;

use anyhow::Result;

use crate::process::Group;

/// The three running stores. Dropping it stops them and removes their files.
pub struct Stores {
    postgres_url: String,
    nats_url: String,
    redis_url: String,
    nats_port: u16,
    redis_port: u16,
    group: Group,
}

impl Stores {
    /// Starts all three and waits until they answer (about two seconds). Blocking: call it off an async runtime's
    /// threads (`spawn_blocking`).
    ///
    /// # Errors
    ///
    /// A program is not installed, or a server does not start: the message carries the end of its log.
    pub fn start() -> Result<Self> {
        crate::ports::retry(Self::attempt)
    }

    fn attempt() -> Result<Self> {
        let mut group = Group::new("stores")?;
        let [postgres_port, nats_port, redis_port] = crate::ports::free()?;
        nats::start(&mut group, nats_port)?;
        redis::start(&mut group, redis_port)?;
        postgres::start(&mut group, postgres_port)?;
        nats::wait(&mut group, nats_port)?;
        redis::wait(&mut group, redis_port)?;
        postgres::wait(&mut group, postgres_port)?;
        Ok(Self {
            postgres_url: format!("postgres://postgres@127.0.0.1:{postgres_port}/postgres"),
            nats_url: format!("nats://127.0.0.1:{nats_port}"),
            redis_url: format!("redis://127.0.0.1:{redis_port}/0"),
            nats_port,
            redis_port,
            group,
        })
    }

    /// Kills NATS as a crash would and starts it again on its files, at the same port. Blocking.
    ///
    /// # Errors
    ///
    /// It does not start again.
    pub fn crash_nats(&mut self) -> Result<()> {
        self.group.crash("nats");
        nats::start(&mut self.group, self.nats_port)?;
        nats::wait(&mut self.group, self.nats_port)
    }

    /// Kills Redis as a crash would and starts it again, empty, at the same port. Blocking.
    ///
    /// # Errors
    ///
    /// It does not start again.
    pub fn crash_redis(&mut self) -> Result<()> {
        self.group.crash("redis");
        redis::start(&mut self.group, self.redis_port)?;
        redis::wait(&mut self.group, self.redis_port)
    }

    /// The folder that holds the stores' files and logs, for as long as they run.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.group.folder()
    }

    /// URL of the superuser `postgres` (no password needed from loopback).
    #[must_use]
    pub fn postgres_url(&self) -> &str {
        &self.postgres_url
    }

    /// URL of NATS; no authentication, JetStream on.
    #[must_use]
    pub fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// URL of Redis, database 0; no password.
    #[must_use]
    pub fn redis_url(&self) -> &str {
        &self.redis_url
    }
}

/// What a server says after `hello` is sent, as far as it fits one read; `None` while it doesn't answer.
fn first_words(port: u16, hello: &[u8]) -> Option<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(1))).ok()?;
    stream.write_all(hello).ok()?;
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).ok()?;
    Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
}
