//! Addresses that customers keep with their accounts.

use tonic::{Code, Status};
use warung_chassis::grpc;
use warung_contracts::{
    event::ShippingAddress,
    grpc::user::{GetAddressRequest, GetAddressResponse},
    id::{AddressId, UserId},
};

use super::Peers;

impl Peers {
    /// An address of an account as it is now; none when the account has no such address.
    ///
    /// # Errors
    ///
    /// When user is away.
    pub async fn address(&self, user: UserId, id: AddressId) -> Result<Option<ShippingAddress>, Status> {
        let request = GetAddressRequest { user_id: user.to_string(), address_id: id.to_string() };
        let answer = grpc::ask(|| {
            let (mut addresses, request) = (self.addresses.clone(), request.clone());
            async move { addresses.get_address(request).await }
        });
        match answer.await {
            Ok(answer) => Ok(Some(address(answer))),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            // In an upgrade it may be of the version before.
            Err(status) if status.code() == Code::Unimplemented => Err(Status::unavailable(status.message())),
            Err(status) => Err(status),
        }
    }
}

fn address(answer: GetAddressResponse) -> ShippingAddress {
    let GetAddressResponse { recipient, phone, line1, line2, city, province, postal_code, country } = answer;
    let [phone, line2, province] =
        [phone, line2, province].map(|text| Some(text).filter(|text| !text.is_empty()));
    ShippingAddress { recipient, phone, line1, line2, city, province, postal_code, country }
}
