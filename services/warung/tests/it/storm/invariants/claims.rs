//! Whose an order is: one account's, or one guest's, and the same in every service that keeps a part of it.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Result, ensure};
use uuid::Uuid;
use warung_contracts::id::OrderId;

use super::{Seen, orders::Order};
use crate::fleet::Fleet;

/// Parts of orders, and whose they are.
const PARTS: [(&str, &str); 4] = [
    ("payment", "SELECT order_id, user_id FROM payments"),
    ("shipment", "SELECT order_id, user_id FROM shipments"),
    ("notification", "SELECT about, user_id FROM notifications WHERE about IS NOT NULL"),
    ("order", "SELECT order_id, user_id FROM returns"),
];

/// Every part of an order is its owner's, and accounts own what they were told that they own.
pub async fn hold(
    fleet: &Fleet,
    orders: &BTreeMap<Uuid, Order>,
    told: &BTreeMap<String, Option<String>>,
) -> Result<Vec<Seen>> {
    let mut seen = 0;
    for (service, query) in PARTS {
        let parts: Vec<(Uuid, Uuid)> =
            sqlx::query_as(query).fetch_all(&fleet.database(service).await?).await?;
        seen += parts.len();
        for (id, user) in parts {
            let owner = orders.get(&id).map(|order| order.user);
            ensure!(owner == Some(user), "order {id} is {owner:?}'s, its part in {service} {user}'s");
        }
    }
    let users = "SELECT email, user_id FROM users";
    let users: HashMap<String, Uuid> =
        sqlx::query_as(users).fetch_all(&fleet.database("auth").await?).await?.into_iter().collect();
    for (id, email) in told {
        let owner = orders.get(&id.parse::<OrderId>()?.uuid()).map(|order| order.user);
        let is_account = owner.is_some_and(|owner| users.values().any(|user| *user == owner));
        // An account that is gone is not known by its address any more.
        let right = match email {
            Some(email) => users.get(email).is_none_or(|user| owner == Some(*user)),
            None => !is_account,
        };
        ensure!(right, "{id} was told to be {email:?}'s, and is {owner:?}'s");
    }
    Ok(vec![
        Seen::of("a part of an order is its owner's", seen)?,
        Seen::of("an order is whose it was told to be", told.len())?,
    ])
}
