//! The money for goods that came back.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::RefundRequested,
    id::{RefundId, ReturnId, UserId},
    money::Money,
    spread::spread,
};

use super::{By, Error, advance, hold, note, save};
use crate::{
    domain::{
        Actor, Order,
        returns::{Deed, Refund, Return, ReturnState, dues, tax_in},
    },
    store::{refunds, returns, timeline::Kind},
};

/// Asks payment to give back an amount, or all that was paid for the goods.
///
/// # Errors
///
/// As [`Error`] says; [`Error::TooMuch`] when more is asked for than was paid for the goods, [`Error::Uneven`] for what its
/// provider can't write.
pub async fn refund(
    tx: &mut Tx,
    id: ReturnId,
    by: By,
    amount: Option<i64>,
) -> Result<(Order, Return), Error> {
    let (mut order, mut of) = hold(tx, id).await?;
    give_back(tx, &mut order, &mut of, (by.actor, Some(by.user)), amount).await?;
    Ok((order, of))
}

/// Gives back an amount for a return whose goods came, or all that was paid for them; ends it where nothing is due.
pub(super) async fn give_back(
    tx: &mut Tx,
    order: &mut Order,
    of: &mut Return,
    (actor, author): (Actor, Option<UserId>),
    amount: Option<i64>,
) -> Result<(), Error> {
    let dues = dues(order, of);
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
    // All of an uneven rest is asked for nevertheless: payment then says that it is owed.
    if minor < most && minor % order.payment_step() != 0 {
        return Err(Error::Uneven { step: Money::new(order.payment_step(), of.currency) });
    }
    let tax = share(order, of, minor, &dues);
    ask(tx, order, of, (minor, tax)).await?;
    let text = format!("{} is to go back", Money::new(minor, of.currency));
    note(tx, of.order_id, (Kind::Refund, actor, author), &text).await?;
    Ok(save(tx, Some(order), of).await?)
}

/// Spreads what goes back over the lines of a return and of its order; says how much of it is tax, where all lines know theirs.
fn share(order: &mut Order, of: &mut Return, minor: i64, dues: &[i64]) -> Option<i64> {
    let mut tax = Some(0);
    for (line, share) in of.lines.iter_mut().zip(spread(minor, dues)) {
        line.refund = share;
        if let Some(sold) = order.lines.get_mut(line.line as usize) {
            let of_line = tax_in(sold.sold.tax.map(|tax| tax.amount_minor), sold.paid(), share);
            tax = tax.zip(of_line).map(|(all, more)| all + more);
            sold.refunded += share;
            sold.refunded_items += line.received.unwrap_or(0);
        }
    }
    tax
}

/// Takes back what was spread: its goods are unpaid again.
fn unshare(order: &mut Order, of: &mut Return) {
    for line in &mut of.lines {
        if let Some(sold) = order.lines.get_mut(line.line as usize) {
            sold.refunded -= line.refund;
            sold.refunded_items = sold.refunded_items.saturating_sub(line.received.unwrap_or(0));
        }
        line.refund = 0;
    }
}

/// What is due, as far as the order still has money: an administrator may have given some of it back at payment's door.
async fn most(tx: &mut Tx, order: &Order, due: i64) -> Result<i64, sqlx::Error> {
    let on_their_way = refunds::on_their_way(tx.conn(), order.id).await?;
    Ok(due.min(order.unrefunded_minor() - on_their_way).max(0))
}

async fn ask(
    tx: &mut Tx,
    order: &Order,
    of: &mut Return,
    (minor, tax): (i64, Option<i64>),
) -> Result<(), sqlx::Error> {
    let refund = Refund { id: RefundId(tx.new_uuid()), amount: Money::new(minor, of.currency) };
    let (now, replaces) = (tx.now(), refunds::failed(tx.conn(), of.id).await?);
    refunds::insert(tx.conn(), of.order_id, of.id, refund, now).await?;
    of.refund = Some(refund);
    tx.emit(&RefundRequested {
        order_id: of.order_id,
        refund_id: refund.id,
        user_id: order.user_id,
        amount: refund.amount,
        reason: "goods came back".to_owned(),
        replaces,
        tax: tax.map(|tax| Money::new(tax, of.currency)),
    })
    .await
}

/// Payment answered: the return ends, or waits for another try with its goods unpaid again. What failed at first ends it
/// too when it went back in the end, even while another try is on its way, which payment then refuses.
///
/// # Errors
///
/// When the store is away.
pub async fn end_refund(
    tx: &mut Tx,
    order: &mut Order,
    id: ReturnId,
    (deed, went_back): (Deed, Option<Money>),
) -> Result<(), sqlx::Error> {
    let Some(mut of) = returns::find(tx.conn(), id).await? else { return Ok(()) };
    let before = of.state;
    if advance(&mut of, deed).is_err() {
        return Ok(());
    }
    if before == ReturnState::Refunding && deed != Deed::RefundDone {
        unshare(order, &mut of);
    }
    if let (Deed::RefundedLate, Some(amount)) = (deed, went_back) {
        let dues = dues(order, &of);
        // The shop may have been generous; a line never gets more than was paid for it.
        share(order, &mut of, amount.amount_minor.min(dues.iter().sum()), &dues);
    }
    save(tx, Some(order), &mut of).await
}
