//! What goes wrong between the shop and a company, by order of a test.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{Response, StatusCode},
    middleware::Next,
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};

use crate::net::Reset;

/// How long a time-out hangs; every client has given up by then.
const HANGS_FOR: Duration = Duration::from_secs(120);

/// Something that goes wrong with requests to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    #[serde(flatten)]
    pub what: What,
    /// Only requests whose path contains this.
    #[serde(default)]
    pub path: String,
    /// Only requests of this method; every one when empty.
    #[serde(default)]
    pub method: String,
    /// How many requests it meets.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum What {
    /// No answer comes.
    Timeout { when: When },
    /// The connection is reset.
    Reset { when: When },
    /// A machine in between answers with this status.
    Status { status: u16, when: When },
    /// The answer takes this long.
    Latency { ms: u64 },
}

/// Whether the company heard of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// It never did.
    Before,
    /// It did, and acted; its answer is lost.
    After,
}

impl Fault {
    /// Meets the next request whose path contains this.
    pub fn next(what: What, path: &str) -> Self {
        Self { what, path: path.to_owned(), method: String::new(), times: 1 }
    }
}

/// The faults that wait for a request.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds one.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Those that wait.
    pub fn all(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The first that meets this request.
    fn take(&self, method: &str, path: &str) -> Option<What> {
        let mut faults = self.lock();
        let meets =
            |fault: &Fault| path.contains(&fault.path) && (fault.method.is_empty() || fault.method == method);
        let at = faults.iter().position(meets)?;
        faults[at].times = faults[at].times.saturating_sub(1);
        let what = faults[at].what;
        faults.retain(|fault| fault.times > 0);
        Some(what)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets things go wrong.
pub async fn layer(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response<Body> {
    let Some(what) = faults.take(request.method().as_str(), request.uri().path()) else {
        return next.run(request).await;
    };
    let reset = request.extensions().get::<ConnectInfo<Reset>>().map(|info| info.0.clone());
    let when = match what {
        What::Latency { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            return next.run(request).await;
        }
        What::Timeout { when } | What::Reset { when } | What::Status { when, .. } => when,
    };
    if when == When::After {
        next.run(request).await;
    }
    match what {
        What::Timeout { .. } => tokio::time::sleep(HANGS_FOR).await,
        What::Reset { .. } => reset.iter().for_each(Reset::now),
        What::Status { .. } | What::Latency { .. } => {}
    }
    let status = if let What::Status { status, .. } = what { status } else { 504 };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    // As machines in between do: no JSON.
    (status, [("content-type", "text/html")], "<html><body>upstream error</body></html>").into_response()
}
