//! gRPC of shipment.

mod privacy;
mod rates;

use warung_chassis::{db::Db, grpc};
use warung_contracts::grpc::shipment::rates_server::RatesServer;

pub use rates::Desk;

/// The gRPC services.
pub fn routes(rates: Desk, db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(RatesServer::new(rates))
        .add_service(grpc::privacy::server(db, privacy::export))
}
