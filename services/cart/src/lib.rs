//! What somebody means to buy: guest and user carts in Redis, priced by asking product whenever they are read.
//!
//! ```text
//!  api/rest ─┐            ┌─> domain   lines and prices: what a cart comes to
//!  api/grpc ─┼────────────┼─> store    carts in Redis, each write one script
//!  api/events┘            └─> catalog  what product says of the lines
//! ```

mod api;
mod catalog;
mod config;
mod domain;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod store;

use warung_chassis::service::{BuildError, Context, Parts, Service};

/// The service.
pub fn service() -> Service {
    Service { name: "cart", migrations: None, build: |context| Box::pin(std::future::ready(build(&context))) }
}

fn build(context: &Context) -> Result<Parts, BuildError> {
    let limits = config::read(context)?;
    let app = api::App {
        carts: store::Carts::new(context.redis(), &context.common.shop, limits, context.clock.clone()),
        catalog: catalog::Catalog::new(context.peer("product")?),
        currency: context.common.currency,
    };
    Ok(Parts {
        rest: api::rest::router(app.clone()),
        grpc: Some(api::grpc::routes(app.clone())),
        consumers: api::events::consumers(app),
        jobs: Vec::new(),
    })
}
