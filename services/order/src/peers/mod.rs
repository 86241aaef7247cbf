//! What order asks of other services: the cart, what its products cost, what it costs to send them, that parcels stay
//! where they are, an address of the customer's, and what they did for an order. Asked before any transaction.

mod addresses;
mod goods;
mod histories;
mod rates;
mod stops;

pub use goods::{Cart, Owner};
pub use histories::Histories;
pub use rates::{Facts, QuoteRefusal, ShippingOption};
use tonic::Status;
use warung_chassis::grpc::Channel;
use warung_contracts::grpc::{
    cart::carts_client::CartsClient,
    product::catalog_client::CatalogClient,
    shipment::{rates_client::RatesClient, stops_client::StopsClient},
    user::addresses_client::AddressesClient,
};

/// The services order calls.
#[derive(Debug, Clone)]
pub struct Peers {
    carts: CartsClient<Channel>,
    catalog: CatalogClient<Channel>,
    rates: RatesClient<Channel>,
    stops: StopsClient<Channel>,
    addresses: AddressesClient<Channel>,
}

impl Peers {
    /// Peers at these connections.
    pub fn new(cart: Channel, product: Channel, shipment: Channel, user: Channel) -> Self {
        let (carts, catalog) = (CartsClient::new(cart), CatalogClient::new(product));
        let (rates, stops) = (RatesClient::new(shipment.clone()), StopsClient::new(shipment));
        let addresses = AddressesClient::new(user);
        Self { carts, catalog, rates, stops, addresses }
    }
}

fn read<T, E: std::fmt::Display>(peer: &str, parsed: Result<T, E>) -> Result<T, Status> {
    parsed.map_err(|error| Status::internal(format!("the answer of {peer} can't be read: {error}")))
}
