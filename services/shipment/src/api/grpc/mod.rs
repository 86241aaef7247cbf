//! gRPC of shipment.

mod privacy;
mod rates;

use warung_chassis::{db::Db, error::Kind, grpc::status, http::Problem};
use warung_contracts::grpc::{
    privacy::personal_data_server::PersonalDataServer, shipment::rates_server::RatesServer,
};

pub use rates::Desk;

/// The gRPC services.
pub fn routes(rates: Desk, db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(RatesServer::new(rates))
        .add_service(PersonalDataServer::new(privacy::Keeper(db)))
}

/// A read that failed; what only the log may know goes there.
fn failed(error: sqlx::Error) -> tonic::Status {
    let problem = Problem::from(error);
    if problem.kind() == Kind::Internal {
        tracing::error!(?problem, "a read failed");
    }
    status(&problem)
}
