//! user: what somebody says of themselves.
//!
//! ```text
//!  auth ── UserRegistered ──> api::events ──> profiles
//!  GET, PATCH /me ──────────> profiles        (entity tags: a change names the version it was made from)
//!  /me/addresses ───────────> commands::{add,change,remove}_address ──> addresses, one of them preferred
//! ```

mod api;
mod commands;
mod domain;
mod store;

use warung_chassis::{
    db::Migrations,
    service::{Parts, Service},
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "user",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| {
            Box::pin(async move {
                let db = context.db();
                let consumers = api::events::consumers(&db);
                Ok(Parts { rest: api::rest::router(db), consumers, ..Parts::default() })
            })
        },
    }
}
