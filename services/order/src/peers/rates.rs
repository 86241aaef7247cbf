//! What it costs to send goods somewhere.

use time::OffsetDateTime;
use tonic::{Code, Status};
use warung_chassis::grpc;
use warung_contracts::{
    event::ShippingAddress,
    grpc::shipment::{AcceptQuoteRequest, Destination, GetQuotesRequest, Item, Quote},
    money::Money,
};

use super::{Peers, read};
use crate::domain::Pick;

/// A way to send an order, and its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingOption {
    /// What chooses it at checkout.
    pub token: String,
    pub quote_id: String,
    pub service: String,
    pub name: String,
    pub price: Money,
    pub expires_at: OffsetDateTime,
    /// Days until it arrives; none where nobody says.
    pub days: Option<(u32, u32)>,
}

/// Why shipment gives no price, in its words: `destination-not-served`, or `quote-…` of a token that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteRefusal(pub String);

/// What a price for shipping depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    destination: Destination,
    items: Vec<Item>,
    subtotal: Money,
}

impl Facts {
    /// These goods to there; `subtotal` is what they cost together.
    pub fn new(address: &ShippingAddress, picks: &[Pick], subtotal: Money) -> Self {
        let destination = Destination {
            country: address.country.clone(),
            province: address.province.clone().unwrap_or_default(),
            postal_code: address.postal_code.clone(),
            city: address.city.clone(),
        };
        let item = |Pick { quantity, offer }: &Pick| Item {
            weight_grams: offer.measures.weight_grams,
            length_mm: offer.measures.length_mm,
            width_mm: offer.measures.width_mm,
            height_mm: offer.measures.height_mm,
            quantity: *quantity,
        };
        Self { destination, items: picks.iter().map(item).collect(), subtotal }
    }
}

/// An answer, or a refusal that the customer is told of.
type Asked<T> = Result<Result<T, QuoteRefusal>, Status>;

/// A failed precondition is an answer; anything else is a failure.
fn refused<T>(status: Status) -> Asked<T> {
    match status.code() {
        Code::FailedPrecondition => Ok(Err(QuoteRefusal(status.message().to_owned()))),
        _ => Err(status),
    }
}

impl Peers {
    /// Every way to send these, cheapest first; none when the shop sends for free.
    ///
    /// # Errors
    ///
    /// When shipment is away or what it says can't be read.
    pub async fn quotes(&self, facts: &Facts) -> Asked<Vec<ShippingOption>> {
        let Facts { destination, items, subtotal } = facts.clone();
        let request = GetQuotesRequest {
            destination: Some(destination),
            items,
            subtotal_minor: subtotal.amount_minor,
            currency: subtotal.currency.code().to_owned(),
        };
        let answer = grpc::ask(|| {
            let (mut rates, request) = (self.rates.clone(), request.clone());
            async move { rates.get_quotes(request).await }
        });
        match answer.await {
            Ok(answer) => answer.quotes.into_iter().map(option).collect::<Result<_, _>>().map(Ok),
            Err(status) => refused(status),
        }
    }

    /// The way that a token stands for, if it still holds for these facts.
    ///
    /// # Errors
    ///
    /// When shipment is away or what it says can't be read.
    pub async fn quote(&self, token: &str, facts: &Facts) -> Asked<ShippingOption> {
        let Facts { destination, items, subtotal } = facts.clone();
        let request = AcceptQuoteRequest {
            token: token.to_owned(),
            destination: Some(destination),
            items,
            subtotal_minor: subtotal.amount_minor,
            currency: subtotal.currency.code().to_owned(),
        };
        let answer = grpc::ask(|| {
            let (mut rates, request) = (self.rates.clone(), request.clone());
            async move { rates.accept_quote(request).await }
        });
        match answer.await {
            Ok(quote) => option(quote).map(Ok),
            Err(status) => refused(status),
        }
    }
}

fn option(quote: Quote) -> Result<ShippingOption, Status> {
    let days = (quote.days_min, quote.days_max);
    Ok(ShippingOption {
        token: quote.token,
        quote_id: quote.quote_id,
        service: quote.service,
        name: quote.name,
        price: Money::new(quote.price_minor, read("shipment", quote.currency.parse())?),
        expires_at: read("shipment", OffsetDateTime::from_unix_timestamp(quote.expires_at))?,
        days: Some(days).filter(|days| *days != (0, 0)),
    })
}
