//! Parcels: what was paid is delivered, what ended stays or came back, and returns are through.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::{Seen, count, orders::Order};
use crate::fleet::Fleet;

/// A completed order has its one delivered parcel; that of another never left, is back, or was at the door before the
/// carrier heard of the recall (docs/saga.md).
pub async fn hold(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>, sent_back: usize) -> Result<Vec<Seen>> {
    let parcels = "SELECT order_id, p.state FROM parcels p JOIN shipments s USING (shipment_id)";
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as(parcels).fetch_all(&fleet.database("shipment").await?).await?;
    let count = rows.len();
    let parcels: BTreeMap<Uuid, String> = rows.into_iter().collect();
    ensure!(parcels.len() == count, "{} orders have {count} parcels, each should have one", parcels.len());
    for Order { id, state, .. } in orders.values() {
        let parcel = parcels.get(id).map(String::as_str);
        let right = match state.as_str() {
            "completed" => parcel == Some("delivered"),
            "cancelled" => matches!(parcel, None | Some("cancelled" | "returned" | "delivered")),
            _ => parcel.is_none(),
        };
        ensure!(right, "order {id} is {state}, its parcel is {parcel:?}");
    }
    returns(fleet, sent_back).await?;
    Ok(vec![
        Seen::of("a parcel is where its order says", count)?,
        Seen::of("a return is paid back and restocked once", sent_back)?,
    ])
}

/// Every return that customers and staff went through was paid back, and there is no other.
async fn returns(fleet: &Fleet, sent_back: usize) -> Result<()> {
    let (order, product) = (fleet.database("order").await?, fleet.database("product").await?);
    let refunded = count(&order, "SELECT count(*) FROM returns WHERE state = 'refunded'").await?;
    let restocked = count(&product, "SELECT count(*) FROM restocks").await?;
    let sent_back = i64::try_from(sent_back)?;
    ensure!(
        (refunded, restocked) == (sent_back, sent_back),
        "{sent_back} orders were sent back, {refunded} returns refunded, {restocked} restocked"
    );
    Ok(())
}
