//! `warung.history.v1.OrderHistory`: what a service did for an order, which order asks for when staff look.

use tonic::{Request, Response, Status};
use warung_contracts::{
    grpc::history::{
        ListRequest, ListResponse,
        order_history_server::{OrderHistory, OrderHistoryServer},
    },
    history::{ENTRIES_MAX, Entry},
    id::OrderId,
};

use super::{field, status};
use crate::http::Problem;

/// Rows of one kind that a service has to read at most: with one more than is told, it shows that there are more.
pub const ROWS_MAX: i64 = ENTRIES_MAX as i64 + 1;

/// Answers with what `list` finds of an order in `store`: in any order, the newest [`ROWS_MAX`] of each kind, nothing for
/// an order that it does not know.
pub fn server<S, F, R, E>(store: S, list: F) -> OrderHistoryServer<Teller<S, F>>
where
    Teller<S, F>: OrderHistory,
    F: Fn(S, OrderId) -> R,
    R: Future<Output = Result<Vec<Entry>, E>>,
{
    OrderHistoryServer::new(Teller { store, list })
}

/// Who did something for orders.
#[derive(Debug)]
pub struct Teller<S, F> {
    store: S,
    list: F,
}

#[tonic::async_trait]
impl<S, F, R, E> OrderHistory for Teller<S, F>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S, OrderId) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<Entry>, E>> + Send,
    E: Into<Problem>,
{
    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let order = field("order_id", &request.into_inner().order_id)?;
        let found = (self.list)(self.store.clone(), order).await.map_err(status)?;
        let (entries, more) = newest(found);
        Ok(Response::new(ListResponse { entries: entries.into_iter().map(Into::into).collect(), more }))
    }
}

/// As many as one answer holds, oldest first, and whether there are older ones. What happened at the same time stays in
/// the order in which it was found.
fn newest(mut entries: Vec<Entry>) -> (Vec<Entry>, bool) {
    entries.sort_by_key(|entry| entry.at);
    let too_many = entries.len().saturating_sub(ENTRIES_MAX);
    (entries.split_off(too_many), too_many > 0)
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};
    use warung_contracts::history::{Deed, StockMoved};

    use super::*;

    fn entry(seconds: i64, movement: &str) -> Entry {
        let deed = Deed::Stock(StockMoved { movement: movement.into(), reason: None, items: vec![] });
        let at = OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds);
        Entry { at, actor: "product", author: None, deed }
    }

    #[test]
    fn the_newest_are_told_oldest_first() {
        let few = vec![entry(2, "c"), entry(1, "a"), entry(1, "b")];
        let sorted = vec![entry(1, "a"), entry(1, "b"), entry(2, "c")];
        assert_eq!(newest(few), (sorted, false));
        let many = (0..=i64::try_from(ENTRIES_MAX).unwrap()).rev().map(|at| entry(at, "a")).collect();
        let (told, more) = newest(many);
        assert_eq!((told.len(), told[0].at.unix_timestamp(), more), (ENTRIES_MAX, 1, true));
    }
}
