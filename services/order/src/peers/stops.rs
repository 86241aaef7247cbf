//! Parcels that are to stay where they are.

use tonic::{Code, Status};
use warung_chassis::grpc;
use warung_contracts::{grpc::shipment::StopRequest, id::OrderId};

use super::Peers;

impl Peers {
    /// Has the parcels of an order held, also those that are packed later; false when one has left.
    ///
    /// # Errors
    ///
    /// When shipment is away.
    pub async fn stop(&self, order: OrderId) -> Result<bool, Status> {
        let request = StopRequest { order_id: order.to_string() };
        // To hold what is held changes nothing, so it may be asked again.
        let answer = grpc::ask(|| {
            let (mut stops, request) = (self.stops.clone(), request.clone());
            async move { stops.stop(request).await }
        });
        match answer.await {
            Ok(answer) => Ok(answer.held),
            // In an upgrade it may be of the version before.
            Err(status) if status.code() == Code::Unimplemented => Err(Status::unavailable(status.message())),
            Err(status) => Err(status),
        }
    }
}
