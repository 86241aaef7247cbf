//! One keep-alive HTTP/1.1 connection: little work for each request, so that what is measured is the server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longer than any request should take; one that does counts as an error.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Call {
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Value of the Authorization header.
    pub token: Option<HeaderValue>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// JSON; none when empty.
    pub body: Bytes,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
    /// From the first byte out to the last byte in, connecting excluded.
    pub took: Duration,
}

/// A connection that opens itself, again when it was lost.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    host: HeaderValue,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// To a port of 127.0.0.1.
    pub fn local(port: u16) -> Self {
        Self::to(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    /// To an address; nothing is sent yet.
    pub fn to(address: SocketAddr) -> Self {
        // Digits, dots, brackets and colons are fine in a header.
        let host =
            HeaderValue::from_str(&address.to_string()).unwrap_or(HeaderValue::from_static("localhost"));
        Self { address, host, sender: None }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    ///
    /// When no whole answer comes within 20 s.
    pub async fn send(&mut self, call: &Call) -> Result<Answer> {
        let host = self.host.clone();
        let sender = self.ready().await?;
        let sent = tokio::time::timeout(ANSWER_WITHIN, exchange(sender, call, host)).await;
        let answer = sent.context("no answer within 20 s").and_then(|answer| answer);
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn ready(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(self.address).await.context("connect")?;
            stream.set_nodelay(true).context("set TCP_NODELAY")?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await.context("open HTTP/1.1")?;
            // Ends with the connection; its error is also the request's.
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        self.sender.as_mut().context("a connection was opened")
    }
}

async fn exchange(sender: &mut SendRequest<Full<Bytes>>, call: &Call, host: HeaderValue) -> Result<Answer> {
    let mut request = Request::builder().method(call.method.clone()).uri(&call.path).header(HOST, host);
    if let Some(token) = &call.token {
        request = request.header(AUTHORIZATION, token);
    }
    if let Some(key) = &call.key {
        request = request.header("idempotency-key", key);
    }
    if !call.body.is_empty() {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let request = request.body(Full::new(call.body.clone())).context("make a request")?;
    let started = Instant::now();
    let response = sender.send_request(request).await.context("send a request")?;
    let status = response.status();
    let body = response.into_body().collect().await.context("read an answer")?.to_bytes();
    Ok(Answer { status, body, took: started.elapsed() })
}
