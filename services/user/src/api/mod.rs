//! Doors.

pub mod events;
pub mod grpc;
pub mod problems;
pub mod rest;

use axum::extract::FromRef;
use warung_chassis::db::Db;

use crate::peers::Peers;

/// What handlers need.
#[derive(Debug, Clone)]
pub struct App {
    pub db: Db,
    pub peers: Peers,
}

impl FromRef<App> for Db {
    fn from_ref(app: &App) -> Self {
        app.db.clone()
    }
}
