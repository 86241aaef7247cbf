//! What is known of those who are told: read for several events at once.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use warung_contracts::id::{OrderId, UserId};

use crate::{
    domain::{notice::News, unsubscribe::Choice},
    store::{contacts, contacts::Contact, devices, orders, preferences, wordings},
};

/// What is known of them.
#[derive(Debug)]
pub struct Known {
    pub contacts: HashMap<UserId, Contact>,
    /// What orders are called.
    pub numbers: HashMap<OrderId, String>,
    /// Who has a device that takes push messages.
    pub with_devices: HashSet<UserId>,
    /// What readers chose.
    chosen: Vec<(Choice, bool)>,
    /// What the shop says in its own words.
    pub wordings: wordings::InForce,
}

impl Known {
    /// Reads it.
    pub async fn load<'n>(
        conn: &mut PgConnection,
        news: impl Iterator<Item = &'n News> + Clone,
    ) -> Result<Self, sqlx::Error> {
        let users: Vec<UserId> = news.clone().map(|news| news.user_id).collect();
        let mut events: Vec<&str> = news.clone().map(|news| news.event_type).collect();
        events.sort_unstable();
        events.dedup();
        let orders: Vec<OrderId> = news.filter_map(|news| news.order_id).collect();
        Ok(Self {
            contacts: contacts::hold(conn, &users).await?,
            numbers: if orders.is_empty() { HashMap::new() } else { orders::all(conn, &orders).await? },
            with_devices: devices::owners(conn, &users).await?,
            chosen: preferences::all(conn, &users).await?,
            wordings: wordings::in_force(conn, &events).await?,
        })
    }

    /// What the reader chose, where they chose.
    pub fn choice(&self, choice: Choice) -> Option<bool> {
        self.chosen.iter().find(|(of, _)| *of == choice).map(|(_, enabled)| *enabled)
    }
}
