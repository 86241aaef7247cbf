//! `warung.shipment.v1.Stops`: order asks before it cancels.

use tonic::{Request, Response, Status};
use warung_chassis::{
    db::Db,
    grpc::{field, status},
};
use warung_contracts::grpc::shipment::{
    StopRequest, StopResponse,
    stops_server::{Stops, StopsServer},
};

use crate::commands::stop;

/// The gRPC service.
pub fn server(db: Db) -> StopsServer<Server> {
    StopsServer::new(Server(db))
}

/// Who holds parcels.
#[derive(Debug)]
pub struct Server(Db);

#[tonic::async_trait]
impl Stops for Server {
    async fn stop(&self, request: Request<StopRequest>) -> Result<Response<StopResponse>, Status> {
        let order = field("order_id", &request.into_inner().order_id)?;
        let mut tx = self.0.begin().await.map_err(status)?;
        let held = stop::run(&mut tx, order).await.map_err(status)?;
        tx.commit().await.map_err(status)?;
        Ok(Response::new(StopResponse { held }))
    }
}
