//! `warung.cart.v1.Carts`.

use tonic::{Request, Response, Status};
use warung_chassis::{error::Kind, grpc::status, http::Problem};
use warung_contracts::{
    grpc::cart::{
        CartLine, GetCartRequest, GetCartResponse,
        carts_server::{Carts, CartsServer},
    },
    id::UserId,
};

use super::App;
use crate::store::Owner;

/// The gRPC services of cart.
pub fn routes(app: App) -> tonic::service::Routes {
    tonic::service::Routes::new(CartsServer::new(Server(app)))
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Carts for Server {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let user: UserId = request
            .into_inner()
            .user_id
            .parse()
            .map_err(|error| Status::invalid_argument(format!("user_id: {error}")))?;
        let lines = self.0.carts.read(&Owner::User(user)).await.map_err(|error| {
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
