//! user: what somebody says of themselves.
//!
//! ```text
//!  auth ── UserRegistered, EmailChanged, UserDeleted ──> api::events ──> profiles
//!  GET, PATCH /me ──────────> profiles + ProfileChanged   (entity tags: a change names the version it was made from)
//!  GET /account/export ─────> peers: everybody who keeps something of the caller ──> one document
//!  Addresses/GetAddress ────> addresses, for a checkout that names one
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
                let grpc = Some(api::grpc::routes(app.db.clone()));
                Ok(Parts { rest: api::rest::router(app), consumers, grpc, ..Parts::default() })
            })
        },
    }
}
