//! What a unit of work makes of orders, written at once at its end.

use std::collections::BTreeSet;

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::id::{CouponId, OrderId};

use super::{Error, Input, tell::tell};
use crate::{
    domain::{Actor, Order, Progress},
    metrics::OrderMetrics,
    store::{
        erase, history, orders, redemptions,
        timeline::{self, Kind},
    },
};

/// What is to be written.
#[derive(Debug, Default)]
pub struct Journal {
    changed: BTreeSet<OrderId>,
    transitions: Vec<history::New>,
    heard: Vec<timeline::New>,
}

impl Journal {
    /// Lets an order hear what happened, because of this event.
    pub async fn hear(
        &mut self,
        tx: &mut Tx,
        metrics: &OrderMetrics,
        order: &mut Order,
        (input, event_id): (Input, Option<Uuid>),
    ) -> Result<(), Error> {
        let Input { fact, actor, author, reason, detail, .. } = input;
        let progress = order.hear(fact, detail, tx.now())?;
        if progress != Progress::Nothing {
            self.changed.insert(order.id);
        }
        let Progress::Left(from) = progress else {
            self.note(tx, order, (actor, reason), event_id);
            return Ok(());
        };
        tell(tx, order).await?;
        // What a person did was told by no event, but tells one.
        let event_id = event_id.or_else(|| tx.last_told());
        let (order_id, to, at) = (order.id, order.state, order.updated_at);
        self.transitions.push(history::New { order_id, from, to, actor, author, reason, event_id, at });
        metrics.entered(tx, order);
        Ok(())
    }

    /// Keeps that an event was heard that moved the order nowhere.
    fn note(&mut self, tx: &Tx, order: &Order, (actor, text): (Actor, String), event_id: Option<Uuid>) {
        let (order_id, entry_id, at) = (order.id, tx.new_uuid(), tx.now());
        let (kind, author) = (Kind::Heard, None);
        self.heard.extend(event_id.map(|id| {
            let event_id = Some(id);
            timeline::New { entry_id, order_id, kind, actor, author, text, event_id, at }
        }));
    }

    /// Writes what these orders became; the unit of work holds them.
    pub async fn write(self, tx: &mut Tx, orders: &[&Order]) -> Result<(), sqlx::Error> {
        let Self { changed, transitions, heard } = self;
        let changed: Vec<&Order> =
            orders.iter().copied().filter(|order| changed.contains(&order.id)).collect();
        orders::save(tx.conn(), &changed).await?;
        history::insert(tx.conn(), &transitions).await?;
        timeline::insert(tx.conn(), &heard).await?;
        let moved: BTreeSet<OrderId> = transitions.iter().map(|new| new.order_id).collect();
        let ended =
            changed.into_iter().filter(|order| order.state.is_terminal() && moved.contains(&order.id));
        close(tx, &ended.collect::<Vec<_>>()).await
    }
}

/// Orders came to their end. Whoever used a coupon for one that is not served may use it again, and nobody needs to know
/// any more who those were that asked to be forgotten.
async fn close(tx: &mut Tx, orders: &[&Order]) -> Result<(), sqlx::Error> {
    let unserved = orders.iter().filter(|order| order.cancel_reason.is_some());
    // In the order of coupons, as at checkout.
    let uses: BTreeSet<(CouponId, OrderId)> =
        unserved.flat_map(|order| order.coupons.iter().map(|used| (used.coupon_id, order.id))).collect();
    let now = tx.now();
    for (coupon, order) in uses {
        redemptions::give_back(tx.conn(), coupon, order, now).await?;
    }
    for order in orders.iter().filter(|order| order.forget) {
        erase::person(tx.conn(), order.user_id).await?;
    }
    Ok(())
}
