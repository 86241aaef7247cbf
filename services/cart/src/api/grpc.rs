//! `warung.cart.v1.Carts`.

use tonic::{Request, Response, Status};
use warung_chassis::{error::Kind, grpc::status, http::Problem};
use warung_contracts::{
    grpc::cart::{
        CartLine, GetCartRequest, GetCartResponse,
        carts_server::{Carts, CartsServer},
    },
    id::BadId,
};

use super::App;
use crate::store::{NotAToken, Owner};

/// The gRPC services of cart.
pub fn routes(app: App) -> tonic::service::Routes {
    tonic::service::Routes::new(CartsServer::new(Server(app)))
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Carts for Server {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let owner = owner(&request.into_inner())?;
        let lines = self.0.carts.read(&owner).await.map_err(|error| {
            let problem = Problem::from(error);
            if problem.kind() == Kind::Internal {
                tracing::error!(?problem, "a cart can't be read");
            }
            status(&problem)
        })?;
        let line = |line: crate::domain::line::Line| CartLine {
            product_id: line.product_id.to_string(),
            quantity: line.quantity,
            variant_id: line.product_id.default_variant().to_string(),
        };
        Ok(Response::new(GetCartResponse { lines: lines.into_iter().map(line).collect() }))
    }
}

/// Whose cart is asked for.
fn owner(request: &GetCartRequest) -> Result<Owner, Status> {
    let wrong =
        |field: &str, error: &dyn std::fmt::Display| Status::invalid_argument(format!("{field}: {error}"));
    match (request.user_id.as_str(), request.cart_token.as_str()) {
        ("", token) => {
            token.parse().map(Owner::Guest).map_err(|error: NotAToken| wrong("cart_token", &error))
        }
        (user, "") => user.parse().map(Owner::User).map_err(|error: BadId| wrong("user_id", &error)),
        _ => Err(Status::invalid_argument("user_id, cart_token: send one of them")),
    }
}
