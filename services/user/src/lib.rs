//! user: what somebody says of themselves.
//!
//! ```text
//!  auth ── UserRegistered, EmailChanged, UserDeleted ──> api::events ──> profiles
//!  GET, PATCH /me ──────────> profiles + ProfileChanged   (entity tags: a change names the version it was made from)
//!  GET /account/export ─────> peers: everybody who keeps something of the caller ──> one document
//!  /me/addresses ───────────> commands::{add,change,remove}_address ──> addresses, one of them preferred
//! ```

mod api;
mod commands;
mod domain;
mod peers;
pub mod seed;
mod store;

use warung_chassis::{
    db::Migrations,
    service::{Parts, Service},
};

use crate::{api::App, peers::Peers};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "user",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| {
            Box::pin(async move {
                let app = App { db: context.db(), peers: Peers::new(&context)? };
                let consumers = api::events::consumers(&app.db);
                Ok(Parts { rest: api::rest::router(app), consumers, ..Parts::default() })
            })
        },
    }
}
