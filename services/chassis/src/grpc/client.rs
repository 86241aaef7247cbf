//! Questions to other services.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::{HeaderValue, Request, Response, header};
use futures::future::BoxFuture;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body, metadata::MetadataValue, transport::Endpoint};
use tower::Service;

use super::{breaker::Breaker, identity::Signer};
use crate::{backoff::Backoff, deadline, patience::Patience, telemetry::context};

/// Attempts at most; only for questions, which change nothing.
const ATTEMPTS_MAX: u32 = 3;
/// Between two attempts.
const PAUSE: Backoff = Backoff::doubling(Duration::from_millis(80), Duration::from_millis(160));
/// In the status of a call that was not made.
const NOT_ASKED: &str = "warung-not-asked";

/// A connection to another service. Its calls carry the trace, the time that is left and a token; while the service is
/// away they fail at once.
#[derive(Debug, Clone)]
pub struct Channel {
    transport: tonic::transport::Channel,
    peer: Arc<Peer>,
}

#[derive(Debug)]
struct Peer {
    name: String,
    breaker: Breaker,
    signer: Signer,
    patience: Patience,
}

impl Channel {
    /// A connection to the service `name` at `url`, made when it is first used and again whenever it is lost.
    ///
    /// # Errors
    ///
    /// When the URL is malformed.
    pub fn new(
        name: &str,
        url: &str,
        signer: Signer,
        patience: Patience,
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(patience.call / 2)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        let peer = Peer { name: name.to_owned(), breaker: Breaker::default(), signer, patience };
        Ok(Self { transport: endpoint.connect_lazy(), peer: Arc::new(peer) })
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.transport.poll_ready(cx).map_err(|error| Status::from_error(Box::new(error)))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let started = Instant::now();
        let most = self.peer.patience.call;
        let time = deadline::left().map_or(most, |left| left.min(most));
        if let Err(status) = self.peer.prepare(&mut request, started, time) {
            return Box::pin(std::future::ready(Err(status)));
        }
        let (peer, answer) = (self.peer.clone(), self.transport.call(request));
        Box::pin(async move {
            let answer = match tokio::time::timeout(time, answer).await {
                Ok(answer) => answer.map_err(|error| peer.status(error)),
                Err(_) => Err(peer.late()),
            };
            peer.learn(&answer, started, time);
            answer
        })
    }
}

impl Peer {
    /// Writes what a call carries, or says why it is not made.
    fn prepare(&self, request: &mut Request<Body>, now: Instant, time: Duration) -> Result<(), Status> {
        if time.is_zero() {
            return Err(Status::deadline_exceeded("no time is left to ask another service"));
        }
        if !self.breaker.admits(now) {
            let mut status = Status::unavailable(format!("{} was away a moment ago", self.name));
            status.metadata_mut().insert(NOT_ASKED, MetadataValue::from_static("1"));
            return Err(status);
        }
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.signer.header()?);
        // In microseconds, of which eight digits are more than an attempt may take.
        if let Ok(value) = HeaderValue::try_from(format!("{}u", time.as_micros())) {
            headers.insert("grpc-timeout", value);
        }
        if let Some(value) = context::traceparent().and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert("traceparent", value);
        }
        Ok(())
    }

    fn late(&self) -> Status {
        Status::deadline_exceeded(format!("{} took too long", self.name))
    }

    fn status(&self, error: tonic::transport::Error) -> Status {
        let status = Status::from_error(Box::new(error));
        // What the transport says when the time runs out.
        if status.code() == Code::Cancelled { self.late() } else { status }
    }

    /// Tells the breaker. A refusal is an answer: whoever says no is there. Who was given less time than usual says
    /// nothing by needing more.
    fn learn(&self, answer: &Result<Response<Body>, Status>, started: Instant, time: Duration) {
        let status = match answer {
            Err(status) => Some(status.clone()),
            Ok(response) if response.status().is_server_error() => Some(Status::unavailable("")),
            Ok(response) => Status::from_header_map(response.headers()),
        };
        let code = status.map_or(Code::Ok, |status| status.code());
        let late = code == Code::DeadlineExceeded;
        if late && time < self.patience.call {
            return;
        }
        if !late && !matches!(code, Code::Unavailable | Code::Unknown) {
            self.breaker.succeeded();
        } else if self.breaker.failed(started, Instant::now()) {
            tracing::warn!(peer = self.name, "a service is away; it is not asked for a moment");
        }
    }
}

/// Asks, and asks again when the callee was away. Never for calls that change something.
///
/// # Errors
///
/// The last attempt's status.
pub async fn ask<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<tonic::Response<T>, Status>>,
{
    for attempt in 1.. {
        let status = match call().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status) => status,
        };
        let is_away = matches!(status.code(), Code::Unavailable | Code::Unknown);
        let pause = PAUSE.after(attempt);
        let in_time = deadline::left().is_none_or(|left| pause < left);
        if attempt == ATTEMPTS_MAX || !is_away || !in_time || status.metadata().contains_key(NOT_ASKED) {
            return Err(status);
        }
        tokio::time::sleep(pause).await;
    }
    Err(Status::internal("nothing was asked"))
}
