//! `warung.shipment.v1.Rates`.

use tonic::{Request, Response, Status};
use warung_chassis::{db::Db, grpc::status, http::Problem};
use warung_contracts::{
    currency::Currency,
    grpc::shipment::{
        self as wire, AcceptQuoteRequest, GetQuotesRequest, GetQuotesResponse, rates_server::Rates,
    },
    id::QuoteId,
    money::Money,
};

use crate::{
    domain::{
        goods::{Destination, Goods, Item, SIDE_MAX_MM},
        quote::{Facts, Quote, Refusal},
        rate::{Rate, offers},
    },
    seal::Seal,
    store::rates,
};

/// Items of one question at most; the contract says so.
const ITEMS_MAX: usize = 500;
/// The reason when rates exist and none fits; the contract says so.
const NOT_SERVED: &str = "destination-not-served";

/// What quotes are made with.
#[derive(Debug)]
pub struct Desk {
    pub db: Db,
    pub currency: Currency,
    pub seal: Seal,
    /// How long a quote holds.
    pub quote_ttl: time::Duration,
}

#[tonic::async_trait]
impl Rates for Desk {
    async fn get_quotes(
        &self,
        request: Request<GetQuotesRequest>,
    ) -> Result<Response<GetQuotesResponse>, Status> {
        let GetQuotesRequest { destination, items, subtotal_minor, currency } = request.into_inner();
        let (destination, goods) = self.read(destination, items, subtotal_minor, &currency)?;
        let rates = self.active().await?;
        let offers = offers(&rates, &destination, &goods);
        if offers.is_empty() && !rates.is_empty() {
            return Err(Status::failed_precondition(NOT_SERVED));
        }
        let facts = Facts::of(&destination, &goods);
        let quotes = offers.into_iter().map(|(rate, price)| self.quote(rate, price, facts.clone()));
        Ok(Response::new(GetQuotesResponse { quotes: quotes.collect::<Result<_, _>>()? }))
    }

    async fn accept_quote(
        &self,
        request: Request<AcceptQuoteRequest>,
    ) -> Result<Response<wire::Quote>, Status> {
        let AcceptQuoteRequest { token, destination, items, subtotal_minor, currency } = request.into_inner();
        let (destination, goods) = self.read(destination, items, subtotal_minor, &currency)?;
        let refused = |refusal: Refusal| Status::failed_precondition(refusal.to_string());
        let quote = self.seal.open(&token).map_err(refused)?;
        quote.check(&Facts::of(&destination, &goods), self.db.clock().now()).map_err(refused)?;
        Ok(Response::new(on_the_wire(quote, token)))
    }
}

impl Desk {
    fn read(
        &self,
        destination: Option<wire::Destination>,
        items: Vec<wire::Item>,
        subtotal_minor: i64,
        currency: &str,
    ) -> Result<(Destination, Goods), Status> {
        if currency != self.currency.to_string() {
            return Err(Status::invalid_argument(format!(
                "currency: this shop sells in {} alone",
                self.currency
            )));
        }
        if subtotal_minor < 0 {
            return Err(Status::invalid_argument("subtotal_minor: it is 0 or more"));
        }
        let destination =
            destination.ok_or_else(|| Status::invalid_argument("destination: it is missing"))?;
        let subtotal = Money::new(subtotal_minor, self.currency);
        Ok((read_destination(destination)?, Goods { items: read_items(&items)?, subtotal }))
    }

    async fn active(&self) -> Result<Vec<Rate>, Status> {
        let rates = async { rates::active(&mut *self.db.pool().acquire().await?).await };
        rates.await.map_err(status)
    }

    fn quote(&self, rate: &Rate, price: Money, facts: Facts) -> Result<wire::Quote, Status> {
        let clock = self.db.clock();
        let quote = Quote {
            id: QuoteId(clock.new_uuid()),
            service: rate.terms.service.clone(),
            name: rate.terms.name.clone(),
            price,
            expires_at: (clock.now() + self.quote_ttl).unix_timestamp(),
            days_min: rate.terms.days_min,
            days_max: rate.terms.days_max,
            facts,
        };
        let token = self.seal.seal(&quote).map_err(|error| status(Problem::internal(error)))?;
        Ok(on_the_wire(quote, token))
    }
}

fn read_destination(destination: wire::Destination) -> Result<Destination, Status> {
    let wire::Destination { country, province, postal_code, city } = destination;
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(Status::invalid_argument("destination.country: write two letters (ISO 3166-1)"));
    }
    Ok(Destination { country: country.to_uppercase(), province, postal_code, city })
}

fn read_items(items: &[wire::Item]) -> Result<Vec<Item>, Status> {
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(Status::invalid_argument(format!("items: send 1 to {ITEMS_MAX}")));
    }
    items.iter().map(read_item).collect()
}

fn read_item(item: &wire::Item) -> Result<Item, Status> {
    let wire::Item { weight_grams, length_mm, width_mm, height_mm, quantity } = *item;
    let sides_mm = [length_mm, width_mm, height_mm];
    if quantity == 0 || sides_mm.iter().any(|side| *side > SIDE_MAX_MM) {
        return Err(Status::invalid_argument(format!(
            "items: a quantity is 1 or more, a side at most {SIDE_MAX_MM} mm"
        )));
    }
    Ok(Item { weight_grams, sides_mm, quantity })
}

fn on_the_wire(quote: Quote, token: String) -> wire::Quote {
    let Quote { id, service, name, price, expires_at, days_min, days_max, facts: _ } = quote;
    wire::Quote {
        token,
        quote_id: id.to_string(),
        service,
        name,
        price_minor: price.amount_minor,
        currency: price.currency.to_string(),
        expires_at,
        days_min: days_min.into(),
        days_max: days_max.into(),
    }
}
