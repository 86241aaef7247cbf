//! The money for goods that came back.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::RefundRequested,
    id::{RefundId, ReturnId, UserId},
    money::Money,
};

use super::{By, Error, advance, hold, note, save};
use crate::{
    domain::{
        Actor, Order,
        returns::{Deed, Refund, Return, due},
        totals::spread,
    },
    store::{refunds, returns, timeline::Kind},
};

/// Asks payment to give back an amount, or all that was paid for the goods.
///
/// # Errors
///
/// As [`Error`] says; [`Error::TooMuch`] when more is asked for than was paid for the goods.
pub async fn refund(tx: &mut Tx, id: ReturnId, by: By, amount: Option<i64>) -> Result<Return, Error> {
    let (mut order, mut of) = hold(tx, id).await?;
    give_back(tx, &mut order, &mut of, (by.actor, Some(by.user)), amount).await?;
    Ok(of)
}

/// Gives back an amount for a return whose goods came, or all that was paid for them; ends it where nothing is due.
pub(super) async fn give_back(
    tx: &mut Tx,
    order: &mut Order,
    of: &mut Return,
    (actor, author): (Actor, Option<UserId>),
    amount: Option<i64>,
) -> Result<(), Error> {
    let dues: Vec<i64> = of.lines.iter().map(|line| due_of(order, line.line, line.received)).collect();
    let most = most(tx, order, dues.iter().sum()).await?;
    let minor = amount.unwrap_or(most);
    if (minor, most) == (0, 0) {
        advance(of, Deed::NothingDue)?;
        note(tx, of.order_id, (Kind::Refund, actor, author), "nothing is to go back").await?;
        return Ok(save(tx, None, of).await?);
    }
    advance(of, Deed::Refund)?;
    if minor <= 0 || minor > most {
        return Err(Error::TooMuch { most: Money::new(most, of.currency) });
    }
    for (line, share) in of.lines.iter_mut().zip(spread(minor, &dues)) {
        line.refund = share;
        if let Some(sold) = order.lines.get_mut(line.line as usize) {
            sold.refunded += share;
            sold.refunded_items += line.received.unwrap_or(0);
        }
    }
    ask(tx, order, of, minor).await?;
    let text = format!("{} is to go back", Money::new(minor, of.currency));
    note(tx, of.order_id, (Kind::Refund, actor, author), &text).await?;
    Ok(save(tx, Some(order), of).await?)
}

fn due_of(order: &Order, line: u32, received: Option<u32>) -> i64 {
    let sold = order.lines.get(line as usize);
    sold.map_or(0, |sold| due(sold.paid(), received.unwrap_or(0)))
}

/// What is due, as far as the order still has money: an administrator may have given some of it back at payment's door.
async fn most(tx: &mut Tx, order: &Order, due: i64) -> Result<i64, sqlx::Error> {
    let on_their_way = refunds::on_their_way(tx.conn(), order.id).await?;
    Ok(due.min(order.unrefunded_minor() - on_their_way).max(0))
}

async fn ask(tx: &mut Tx, order: &Order, of: &mut Return, minor: i64) -> Result<(), sqlx::Error> {
    let refund = Refund { id: RefundId(tx.new_uuid()), amount: Money::new(minor, of.currency) };
    let now = tx.now();
    refunds::insert(tx.conn(), of.order_id, of.id, refund, now).await?;
    of.refund = Some(refund);
    tx.emit(&RefundRequested {
        order_id: of.order_id,
        refund_id: refund.id,
        user_id: order.user_id,
        amount: refund.amount,
        reason: "goods came back".to_owned(),
    })
    .await
}

/// Payment answered: the return ends, or waits for another try with its goods unpaid again.
///
/// # Errors
///
/// When the store is away.
pub async fn end_refund(tx: &mut Tx, order: &mut Order, id: ReturnId, deed: Deed) -> Result<(), sqlx::Error> {
    let Some(mut of) = returns::find(tx.conn(), id).await? else { return Ok(()) };
    if advance(&mut of, deed).is_err() {
        return Ok(());
    }
    if deed == Deed::RefundFailed {
        for line in &mut of.lines {
            if let Some(sold) = order.lines.get_mut(line.line as usize) {
                sold.refunded -= line.refund;
                sold.refunded_items = sold.refunded_items.saturating_sub(line.received.unwrap_or(0));
            }
            line.refund = 0;
        }
    }
    save(tx, Some(order), &mut of).await
}
