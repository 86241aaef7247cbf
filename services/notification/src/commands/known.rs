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
    contacts: HashMap<UserId, Contact>,
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
        let (contacts, users) = readers(conn, news.clone().map(|news| news.user_id).collect()).await?;
        let mut events: Vec<&str> = news.clone().map(|news| news.event_type).collect();
        events.sort_unstable();
        events.dedup();
        let orders: Vec<OrderId> = news.filter_map(|news| news.order_id).collect();
        Ok(Self {
            contacts,
            numbers: if orders.is_empty() { HashMap::new() } else { orders::all(conn, &orders).await? },
            with_devices: devices::owners(conn, &users).await?,
            chosen: preferences::all(conn, &users).await?,
            wordings: wordings::in_force(conn, &events).await?,
        })
    }

    /// Who reads what is told of somebody, and how they are reached: the account that claimed a guest's order in the guest's
    /// place. None who is not known.
    pub fn reader(&self, user: UserId) -> Option<(UserId, &Contact)> {
        let claimed_by = self.contacts.get(&user)?.claimed_by;
        let reader = claimed_by.map_or(user, UserId);
        Some((reader, self.contacts.get(&reader)?))
    }

    /// Whether what is told of somebody has no reader any more, because the account was deleted.
    pub fn is_gone(&self, user: UserId) -> bool {
        self.reader(user).is_some_and(|(_, contact)| contact.deleted_at.is_some())
    }

    /// What the reader chose, where they chose.
    pub fn choice(&self, choice: Choice) -> Option<bool> {
        self.chosen.iter().find(|(of, _)| *of == choice).map(|(_, enabled)| *enabled)
    }
}

/// The contacts of these users, held, with those of accounts that are told in the place of guests; and who reads.
async fn readers(
    conn: &mut PgConnection,
    users: Vec<UserId>,
) -> Result<(HashMap<UserId, Contact>, Vec<UserId>), sqlx::Error> {
    let mut contacts = contacts::hold(conn, &users).await?;
    let accounts: Vec<UserId> =
        contacts.values().filter_map(|contact| contact.claimed_by.map(UserId)).collect();
    if accounts.is_empty() {
        return Ok((contacts, users));
    }
    contacts.extend(contacts::hold(conn, &accounts).await?);
    Ok((contacts, [users, accounts].concat()))
}
