//! The admin port: health for the kubelet, metrics for Prometheus. Reachable inside the cluster only.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use sqlx::PgPool;

use crate::metrics::Metrics;

/// What the admin port tells of.
#[derive(Debug, Clone)]
pub struct Admin {
    pub metrics: Arc<Metrics>,
    pub pool: Option<PgPool>,
    pub redis: Option<redis::aio::ConnectionManager>,
    /// Set once the service listens.
    pub started: Arc<AtomicBool>,
    /// Set when the process is asked to stop: it finishes its work but takes none.
    pub stopping: Arc<AtomicBool>,
}

/// Its routes.
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/startupz", get(startup))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(admin)
}

async fn startup(State(admin): State<Admin>) -> impl IntoResponse {
    if admin.started.load(Ordering::Relaxed) {
        (StatusCode::OK, "started")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting")
    }
}

/// Ready while it can serve: its stores answer and it was not asked to stop. NATS may be away: the outbox waits for it.
async fn ready(State(admin): State<Admin>) -> impl IntoResponse {
    let mut missing = Vec::new();
    if !admin.started.load(Ordering::Relaxed) {
        missing.push("it has not started yet");
    }
    if admin.stopping.load(Ordering::Relaxed) {
        missing.push("it is stopping");
    }
    if let Some(pool) = &admin.pool
        && sqlx::query("SELECT 1").execute(pool).await.is_err()
    {
        missing.push("PostgreSQL does not answer");
    }
    if let Some(mut redis) = admin.redis.clone()
        && redis::cmd("PING").query_async::<()>(&mut redis).await.is_err()
    {
        missing.push("Redis does not answer");
    }
    if missing.is_empty() {
        (StatusCode::OK, "ready".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, missing.join("; "))
    }
}

async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    if let Some(pool) = &admin.pool {
        admin.metrics.pool(pool.size(), pool.num_idle(), pool.options().get_max_connections());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], admin.metrics.render())
}
