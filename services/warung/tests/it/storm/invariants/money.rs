//! Money: order, payment, the ledger and the company's own books say the same of every payment.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use super::{Seen, none, orders::Order};
use crate::fleet::Fleet;

/// Payments of which the ledger or the company's books say another thing: what came in, and what went back.
const ODD: &str = "SELECT format('order %s, payment %s: %s captured, %s refunded; the ledger has %s, %s, the company %s, %s', \
    order_id, payment_id, captured_minor, refunded_minor, booked, booked_back, taken, given) FROM payments p, \
    LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS booked, \
      coalesce(-sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS booked_back \
      FROM ledger_transactions t JOIN ledger_entries e USING (transaction_id) \
      WHERE t.payment_id = p.payment_id AND account = 'receivable:' || provider) l, \
    LATERAL (SELECT coalesce(sum(coalesce(nullif(taken_minor, 0), amount_minor)), 0) AS taken FROM sandbox_payments s \
      WHERE s.payment_id = p.payment_id AND status = 'succeeded') c, \
    LATERAL (SELECT coalesce(sum(amount_minor), 0) AS given FROM sandbox_refunds s WHERE s.payment_id = p.payment_id) b \
    WHERE (booked, booked_back) <> (captured_minor, refunded_minor) OR (taken, given) <> (captured_minor, refunded_minor)";

/// Payments in the company's books that the shop has not, currencies of the ledger that don't sum to zero, and what is
/// waiting for a person.
const ODD_BOOKS: &str = "SELECT format('the company has a payment %s, the shop has not', payment_id) FROM sandbox_payments s \
    WHERE NOT EXISTS (SELECT FROM payments p WHERE p.payment_id = s.payment_id) \
    UNION ALL SELECT format('the ledger sums to %s %s', sum(amount_minor), currency) FROM ledger_entries \
    GROUP BY currency HAVING sum(amount_minor) <> 0 \
    UNION ALL SELECT format('payment %s: %s, since %s', payment_id, kind, found_at) FROM discrepancies WHERE resolved_at IS NULL";

/// What payment keeps of an order; amounts in minor units.
#[derive(Debug, Default, FromRow)]
struct Paid {
    order_id: Uuid,
    captured: i64,
    refunded: i64,
    /// Tries to pay that kept money.
    kept: i64,
    /// What was booked when it was captured, by account.
    sales: i64,
    shipping: i64,
    tax: i64,
    /// What all accounts of revenue have of it now.
    revenue: i64,
}

const PAID: &str = "SELECT order_id, sum(captured_minor)::bigint AS captured, \
    sum(refunded_minor + offline_minor)::bigint AS refunded, \
    count(*) FILTER (WHERE captured_minor > refunded_minor + offline_minor) AS kept, sum(sales)::bigint AS sales, \
    sum(shipping)::bigint AS shipping, sum(tax)::bigint AS tax, sum(revenue)::bigint AS revenue \
    FROM payments p, LATERAL (SELECT \
      coalesce(-sum(amount_minor) FILTER (WHERE kind = 'capture' AND account = 'sales'), 0) AS sales, \
      coalesce(-sum(amount_minor) FILTER (WHERE kind = 'capture' AND account = 'shipping'), 0) AS shipping, \
      coalesce(-sum(amount_minor) FILTER (WHERE kind = 'capture' AND account = 'tax'), 0) AS tax, \
      coalesce(-sum(amount_minor) FILTER (WHERE account IN ('sales', 'shipping', 'tax')), 0) AS revenue \
      FROM ledger_transactions t JOIN ledger_entries e USING (transaction_id) WHERE t.payment_id = p.payment_id) l \
    GROUP BY order_id";

/// Captured is what the order heard, and the order's total unless somebody decided otherwise, or it went back; the books
/// have it by kind of revenue.
pub async fn hold(fleet: &Fleet, orders: &BTreeMap<Uuid, Order>) -> Result<Vec<Seen>> {
    let payments = [ODD, "SELECT count(*) FROM payments"];
    let payments = none(fleet, "payment", "the books don't agree", payments).await?;
    let books = [ODD_BOOKS, "SELECT count(*) FROM ledger_entries"];
    let books = none(fleet, "payment", "the books are not closed", books).await?;
    let paid = paid(&fleet.database("payment").await?).await?;
    for order in orders.values() {
        agree(order, paid.get(&order.id).unwrap_or(&Paid::default()))?;
    }
    Ok(vec![payments, books, Seen::of("an order and its payments agree", orders.len())?])
}

async fn paid(payment: &PgPool) -> Result<BTreeMap<Uuid, Paid>> {
    let rows: Vec<Paid> = sqlx::query_as(PAID).fetch_all(payment).await?;
    Ok(rows.into_iter().map(|paid| (paid.order_id, paid)).collect())
}

fn agree(order: &Order, paid: &Paid) -> Result<()> {
    let Order { id, state, total, returned, .. } = order;
    let Paid { captured, refunded, .. } = paid;
    let kept = if state == "completed" { order.paid - returned } else { 0 };
    ensure!(
        captured - refunded == kept && paid.kept <= 1,
        "order {id} is {state}: {captured} captured, {refunded} refunded of {total}, {} paid, {returned} for returns; \
         {} payments keep money",
        order.paid,
        paid.kept
    );
    let heard = order.refunded;
    ensure!(heard == *refunded, "order {id} heard of {heard} refunded, payment did {refunded}");
    let revenue = paid.revenue;
    ensure!(revenue == kept, "order {id}: {kept} were kept, revenue has {revenue}");
    let booked = (paid.sales, paid.shipping, paid.tax);
    let should = (total - order.shipping - order.tax, order.shipping, order.tax);
    ensure!(
        captured != total || booked == should,
        "order {id} of {total}: (sales, shipping, tax) should be {should:?}, the ledger has {booked:?}"
    );
    Ok(())
}
