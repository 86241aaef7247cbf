//! `warung.user.v1.Addresses`.

use tonic::{Request, Response, Status};
use warung_chassis::{
    db::Db,
    grpc::{field, status},
};
use warung_contracts::grpc::user::{
    GetAddressRequest, GetAddressResponse,
    addresses_server::{Addresses, AddressesServer},
};

use crate::{commands::Error, domain::address::Details, store::addresses};

/// The gRPC service.
pub fn routes(db: Db) -> tonic::service::Routes {
    tonic::service::Routes::new(AddressesServer::new(Server(db)))
}

#[derive(Debug)]
struct Server(Db);

#[tonic::async_trait]
impl Addresses for Server {
    async fn get_address(
        &self,
        request: Request<GetAddressRequest>,
    ) -> Result<Response<GetAddressResponse>, Status> {
        let GetAddressRequest { user_id, address_id } = request.into_inner();
        let (user, address) = (field("user_id", &user_id)?, field("address_id", &address_id)?);
        let found = addresses::find(self.0.pool(), user, address).await.map_err(status)?;
        let found = found.ok_or_else(|| status(Error::NoAddress))?;
        let Details { label: _, recipient, phone, line1, line2, city, province, postal_code, country } =
            found.details;
        let [phone, line2, province] = [phone, line2, province].map(Option::unwrap_or_default);
        let answer =
            GetAddressResponse { recipient, phone, line1, line2, city, province, postal_code, country };
        Ok(Response::new(answer))
    }
}
