//! gRPC of shipment.

mod history;
mod privacy;
mod rates;
mod stops;

use warung_chassis::{db::Db, grpc};
use warung_contracts::grpc::shipment::rates_server::RatesServer;

pub use rates::Desk;

use crate::carriers::Carriers;

/// The gRPC services.
pub fn routes(rates: Desk, db: Db, carriers: Carriers) -> tonic::service::Routes {
    tonic::service::Routes::new(RatesServer::new(rates))
        .add_service(stops::server(db.clone()))
        .add_service(grpc::privacy::server(db.clone(), privacy::export))
        .add_service(grpc::history::server((db, carriers), history::list))
}
