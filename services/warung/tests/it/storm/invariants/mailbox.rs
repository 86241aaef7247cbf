//! What the customers were told: the table of messages, and the mail server's own box.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sqlx::PgPool;
use uuid::Uuid;
use warung_contracts::id::NotificationId;
use warung_testbed::smtp::Mail;

use super::{Seen, count, none};
use crate::fleet::Fleet;

/// Events of orders of which more than one customer was told by a channel, such as a guest and the account that claimed.
const TWICE: [&str; 2] = [
    "SELECT format('order %s: %s told %s times by %s', about, event_type, count(*), channel) \
    FROM notifications WHERE about IS NOT NULL GROUP BY about, event_id, event_type, channel HAVING count(*) > 1",
    "SELECT count(*) FROM notifications WHERE about IS NOT NULL",
];

/// One message for each event and channel; each that was sent is in the box, and nothing else is.
pub async fn hold(fleet: &Fleet, mails: &[Mail], faults: usize) -> Result<Vec<Seen>> {
    let database = fleet.database("notification").await?;
    let once = none(fleet, "notification", "an event was told twice", TWICE).await?;
    let lost = "SELECT count(*) FROM notifications WHERE state = 'failed'";
    let lost = count(&database, lost).await?;
    ensure!(lost == 0, "{lost} messages were given up");
    let confirmed = confirmations(fleet, &database).await?;
    let sent = sent(&database).await?;
    let mut copies: BTreeMap<&str, Vec<&Mail>> = BTreeMap::new();
    mails.iter().for_each(|mail| copies.entry(&mail.id).or_default().push(mail));
    for (id, same) in &copies {
        let told: BTreeSet<_> = same.iter().map(|mail| words(mail)).collect();
        ensure!(told.len() == 1, "{id} came with {} texts: {told:?}", told.len());
        ensure!(same[0].to.len() == 1, "{id} went to {:?}", same[0].to);
    }
    let arrived: BTreeSet<String> = copies.keys().map(|id| local_part(id)).collect();
    let lost: Vec<_> = sent.difference(&arrived).collect();
    ensure!(lost.is_empty(), "{} messages are marked as sent and never came: {:?}", lost.len(), lost.first());
    unmarked(&database, arrived.difference(&sent)).await?;
    let again = mails.len() - copies.len();
    println!("storm: {} mails came, {again} of them again under the same Message-ID", mails.len());
    // Between the server's 250 and the row's commit nothing but a fault can come, and it meets those under way alone.
    ensure!(again <= faults * UNDER_WAY, "{again} mails came again, with {faults} faults");
    Ok(vec![
        once,
        confirmed,
        Seen::of("a message that is marked as sent came", sent.len())?,
        Seen::of("a mail has one text and one receiver, however often it came", mails.len())?,
    ])
}

/// Mails that notification hands over at the same time.
const UNDER_WAY: usize = 4;

/// What a mail says to whom, without its links: that to a guest's order shows the order's token until the order is claimed.
fn words(mail: &Mail) -> (&[String], &str, Vec<&str>) {
    let text = [Some(mail.body.as_str()), mail.html.as_deref()].into_iter().flatten();
    let words = text.flat_map(|text| text.split(|c: char| c.is_whitespace() || "\"<>".contains(c)));
    (&mail.to, &mail.subject, words.filter(|word| !word.starts_with("http")).collect())
}

/// The part of a Message-ID that is ours.
fn local_part(id: &str) -> String {
    id.trim_start_matches('<').split('@').next().unwrap_or_default().to_owned()
}

/// Every order that was ever confirmed was confirmed to its customer once, unless the customer is gone.
async fn confirmations(fleet: &Fleet, database: &PgPool) -> Result<Seen> {
    let gone: Vec<Uuid> = sqlx::query_scalar("SELECT user_id FROM contacts WHERE deleted_at IS NOT NULL")
        .fetch_all(database)
        .await?;
    let confirmed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_history h JOIN orders o USING (order_id) \
         WHERE h.to_state = 'confirmed' AND o.user_id <> ALL($1)",
    )
    .bind(&gone)
    .fetch_one(&fleet.database("order").await?)
    .await?;
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM notifications WHERE event_type = 'warung.order.confirmed.v1' AND user_id <> ALL($1)",
    )
    .bind(&gone)
    .fetch_one(database)
    .await?;
    ensure!(told == confirmed, "{confirmed} orders were confirmed, {told} customers were told");
    Ok(Seen("an order that was confirmed was so to its customer".to_owned(), confirmed))
}

/// Ids of the emails that are marked as sent.
async fn sent(database: &PgPool) -> Result<BTreeSet<String>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT notification_id FROM notifications WHERE channel = 'email' AND state = 'sent'",
    )
    .fetch_all(database)
    .await?;
    Ok(ids.into_iter().map(|id| NotificationId(id).to_string()).collect())
}

/// A mail that came and is not marked as sent is of somebody whose account went while it was handed over.
async fn unmarked(database: &PgPool, ids: impl Iterator<Item = &String>) -> Result<()> {
    for id in ids {
        let found: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT state, reason FROM notifications WHERE notification_id = $1")
                .bind(id.parse::<NotificationId>()?.uuid())
                .fetch_optional(database)
                .await?;
        let right = matches!(&found, Some((state, Some(reason))) if state == "skipped" && reason == "account_deleted");
        ensure!(right, "a mail {id} came, and its row is {found:?}");
    }
    Ok(())
}
