//! Staff answer a wish to send something back.

use warung_chassis::db::Tx;
use warung_contracts::id::ReturnId;

use super::{By, Error, advance, free, hold, note, save, tell::told};
use crate::{
    domain::{
        Order,
        returns::{Deed, Return},
    },
    store::timeline::Kind,
};

/// Approves or refuses a return; refused items can be sent back again.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn answer(
    tx: &mut Tx,
    id: ReturnId,
    by: By,
    approve: bool,
    answer: Option<String>,
) -> Result<(Order, Return), Error> {
    let (mut order, mut of) = hold(tx, id).await?;
    advance(&mut of, if approve { Deed::Approve } else { Deed::Refuse })?;
    if !approve {
        free(&mut order, &of);
    }
    of.answer = answer.or(of.answer);
    let words = if approve { "return approved" } else { "return refused" };
    let text = of.answer.as_ref().map_or(words.to_owned(), |answer| format!("{words}: {answer}"));
    note(tx, of.order_id, (Kind::Return, by.actor, Some(by.user)), &text).await?;
    save(tx, (!approve).then_some(&order), &mut of).await?;
    told(tx, &order, &of).await?;
    Ok((order, of))
}
