//! Questions to other services.

use std::time::Duration;

use tonic::{
    Code, Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Endpoint,
};

use crate::telemetry::context;

/// Time for one attempt.
const DEADLINE: Duration = Duration::from_secs(2);
/// Attempts at most; only for questions, which change nothing.
const ATTEMPTS_MAX: u32 = 3;

/// A connection to another service that carries the trace.
pub type Channel = InterceptedService<tonic::transport::Channel, Trace>;

/// Puts the trace into outgoing calls.
#[derive(Debug, Clone, Copy)]
pub struct Trace;

impl Interceptor for Trace {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = context::traceparent().and_then(|text| text.parse().ok()) {
            request.metadata_mut().insert("traceparent", value);
        }
        Ok(request)
    }
}

/// A connection to `url`, made when it is first used and again whenever it is lost.
///
/// # Errors
///
/// When the URL is malformed.
pub fn channel(url: &str) -> Result<Channel, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(Duration::from_secs(1))
        .timeout(DEADLINE)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_while_idle(true)
        .tcp_nodelay(true);
    Ok(InterceptedService::new(endpoint.connect_lazy(), Trace))
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
    let mut attempt = 1;
    loop {
        match call().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status)
                if attempt < ATTEMPTS_MAX && matches!(status.code(), Code::Unavailable | Code::Unknown) =>
            {
                // 50 and 100 ms, give or take half, so that callers do not march in step.
                let base = 50 * u64::from(attempt);
                let jitter = u64::from(rand::random::<u8>()) * base / 255;
                tokio::time::sleep(Duration::from_millis(base / 2 + jitter)).await;
                attempt += 1;
            }
            Err(status) => return Err(status),
        }
    }
}
