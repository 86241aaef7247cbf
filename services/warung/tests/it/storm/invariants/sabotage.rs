//! Whether the invariants would notice: each is broken once in a database behind the services' backs, which its part has to
//! report in these words, and mended again.

use anyhow::{Context as _, Result, ensure};
use sqlx::AssertSqlSafe;

use super::{Part, Told};
use crate::fleet::Fleet;

/// A deed, and what mends it; constraints still hold, triggers look away.
struct Deed {
    part: Part,
    service: &'static str,
    harm: &'static str,
    mend: &'static str,
    /// What is said of it.
    noticed: &'static str,
}

const fn deed(
    part: Part,
    service: &'static str,
    [harm, mend]: [&'static str; 2],
    noticed: &'static str,
) -> Deed {
    Deed { part, service, harm, mend, noticed }
}

const DEEDS: [Deed; 18] = [
    deed(
        Part::Orders,
        "order",
        [
            "UPDATE order_lines SET discount_minor = discount_minor + 1 WHERE position = 0 \
             AND order_id = (SELECT order_id FROM orders ORDER BY order_id LIMIT 1)",
            "UPDATE order_lines SET discount_minor = discount_minor - 1 WHERE position = 0 \
             AND order_id = (SELECT order_id FROM orders ORDER BY order_id LIMIT 1)",
        ],
        "don't add up",
    ),
    deed(
        Part::Coupons,
        "order",
        [
            "UPDATE coupons SET used = used + 1 WHERE code = 'SEKALI'",
            "UPDATE coupons SET used = used - 1 WHERE code = 'SEKALI'",
        ],
        "counted wrong",
    ),
    deed(
        Part::Coupons,
        "order",
        [
            "UPDATE coupons SET limit_total = used - 1 WHERE code = 'PROMO-KOPI'",
            "UPDATE coupons SET limit_total = NULL WHERE code = 'PROMO-KOPI'",
        ],
        "used too often",
    ),
    deed(
        Part::Coupons,
        "order",
        [
            "UPDATE coupons SET limit_per_user = 1 WHERE code = 'PROMO-KOPI'",
            "UPDATE coupons SET limit_per_user = NULL WHERE code = 'PROMO-KOPI'",
        ],
        "by the address",
    ),
    deed(
        Part::Coupons,
        "order",
        [
            "UPDATE coupon_redemptions SET given_back_at = NULL, email_hash = NULL WHERE given_back_at IS NOT NULL; \
             UPDATE coupons c SET used = (SELECT count(*) FROM coupon_redemptions r WHERE r.coupon_id = c.coupon_id), \
             limit_total = NULL, limit_per_user = NULL",
            "SELECT 1",
        ],
        "not given back",
    ),
    deed(
        Part::Stock,
        "product",
        [
            "UPDATE stock_levels SET on_hand = on_hand + 1 WHERE on_hand > 9000",
            "UPDATE stock_levels SET on_hand = on_hand - 1 WHERE on_hand > 9000",
        ],
        "movements don't sum",
    ),
    deed(
        Part::Stock,
        "product",
        [
            "UPDATE reservations SET state = 'held', expires_at = 'epoch' WHERE state = 'committed'",
            "UPDATE reservations SET state = 'committed', expires_at = NULL WHERE state = 'held'",
        ],
        "still holds stock",
    ),
    deed(
        Part::Stock,
        "product",
        ["UPDATE allocations SET quantity = quantity + 1", "UPDATE allocations SET quantity = quantity - 1"],
        "in product",
    ),
    deed(
        Part::Money,
        "payment",
        [
            "UPDATE sandbox_payments SET amount_minor = amount_minor + 1 WHERE taken_minor = 0",
            "UPDATE sandbox_payments SET amount_minor = amount_minor - 1 WHERE taken_minor = 0",
        ],
        "the books don't agree",
    ),
    deed(
        Part::Money,
        "payment",
        [
            "UPDATE sandbox_refunds SET amount_minor = amount_minor + 1",
            "UPDATE sandbox_refunds SET amount_minor = amount_minor - 1",
        ],
        "the books don't agree",
    ),
    deed(
        Part::Money,
        "payment",
        [
            "ALTER TABLE ledger_entries RENAME TO kept; CREATE TABLE ledger_entries (LIKE kept)",
            "DROP TABLE ledger_entries; ALTER TABLE kept RENAME TO ledger_entries",
        ],
        "the ledger has 0, 0",
    ),
    deed(
        Part::Money,
        "payment",
        [
            "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE account = 'tax'",
            "UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE account = 'tax'",
        ],
        "the books are not closed",
    ),
    deed(
        Part::Money,
        "payment",
        [
            "UPDATE ledger_entries SET account = CASE account WHEN 'tax' THEN 'sales' ELSE 'tax' END \
             WHERE account IN ('sales', 'tax')",
            "UPDATE ledger_entries SET account = CASE account WHEN 'tax' THEN 'sales' ELSE 'tax' END \
             WHERE account IN ('sales', 'tax')",
        ],
        "(sales, shipping, tax) should be",
    ),
    deed(
        Part::Parcels,
        "shipment",
        [
            "UPDATE parcels SET state = 'created' WHERE state = 'delivered'",
            "UPDATE parcels SET state = 'delivered' WHERE state = 'created'",
        ],
        "its parcels are",
    ),
    deed(
        Part::Parcels,
        "shipment",
        [
            "UPDATE parcels SET items = jsonb_set(items, '{0,quantity}', to_jsonb((items #>> '{0,quantity}')::int + 1))",
            "UPDATE parcels SET items = jsonb_set(items, '{0,quantity}', to_jsonb((items #>> '{0,quantity}')::int - 1))",
        ],
        "by variant and place",
    ),
    deed(
        Part::Mailbox,
        "notification",
        [
            "INSERT INTO notifications SELECT (jsonb_populate_record(n, jsonb_build_object('notification_id', \
             gen_random_uuid(), 'reason', 'sabotage', 'user_id', (SELECT user_id FROM contacts c \
             WHERE c.user_id <> n.user_id LIMIT 1)))).* FROM notifications n WHERE about IS NOT NULL LIMIT 1",
            "DELETE FROM notifications WHERE reason = 'sabotage'",
        ],
        "told twice",
    ),
    deed(
        Part::Mailbox,
        "notification",
        [
            "INSERT INTO notifications SELECT (jsonb_populate_record(n, jsonb_build_object('notification_id', \
             gen_random_uuid(), 'event_id', gen_random_uuid(), 'reason', 'sabotage'))).* FROM notifications n \
             WHERE state = 'sent' AND event_type <> 'warung.order.confirmed.v1' LIMIT 1",
            "DELETE FROM notifications WHERE reason = 'sabotage'",
        ],
        "never came",
    ),
    deed(
        Part::Claims,
        "shipment",
        [
            "CREATE TABLE kept AS SELECT shipment_id, user_id FROM shipments; UPDATE shipments SET user_id = shipment_id",
            "UPDATE shipments s SET user_id = k.user_id FROM kept k WHERE k.shipment_id = s.shipment_id; DROP TABLE kept",
        ],
        "its part in shipment",
    ),
];

/// Does every deed.
pub async fn each_is_noticed(fleet: &Fleet, told: &Told) -> Result<()> {
    for Deed { part, service, harm, mend, noticed } in DEEDS {
        run(fleet, service, harm).await?;
        let found = part.holds(fleet, told).await.err();
        run(fleet, service, mend).await?;
        let said = found.map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(said.contains(noticed), "{harm:?} should be noticed by {noticed:?}, and is by {said:?}");
    }
    println!("storm: {} deeds of sabotage, each was noticed", DEEDS.len());
    Ok(())
}

async fn run(fleet: &Fleet, service: &str, statement: &str) -> Result<()> {
    // Append-only tables are guarded by triggers, which the superuser can tell to look away.
    let statement = format!("SET session_replication_role = replica; {statement}");
    sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(&fleet.database(service).await?)
        .await
        .with_context(|| statement)?;
    Ok(())
}
