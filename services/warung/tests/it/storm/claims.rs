//! Guests log in, and what they ordered becomes their account's; sometimes two accounts hold the order's token.

use anyhow::{Result, bail, ensure};
use reqwest::Method;
use warung_e2e::{Shopper, until};

use super::{
    caller::{Caller, PATIENCE},
    purchase::Placed,
};

/// Whether the order is the account's after it asked, whatever the weather.
async fn claims(account: &Shopper, placed: &Placed) -> Result<bool> {
    let caller = Caller { order: placed.token.clone(), ..account.into() };
    let path = format!("/api/v1/orders/{}/claim", placed.order);
    until("an answer to a claim", PATIENCE, || async {
        let answer = caller.send(Method::POST, &path, None).await?;
        match answer.status.as_u16() {
            200 => Ok(Some(true)),
            404 => Ok(Some(false)),
            _ => bail!("{}", answer.ok().err().unwrap_or_else(|| anyhow::anyhow!("an odd answer"))),
        }
    })
    .await
}

/// The account claims its order.
pub async fn claim(account: &Shopper, placed: &Placed) -> Result<()> {
    ensure!(claims(account, placed).await?, "{} could not claim {}", account.email, placed.order);
    Ok(())
}

/// Two accounts claim an order at once; the one that has it.
pub async fn contend<'a>(one: &'a Shopper, other: &'a Shopper, placed: &Placed) -> Result<&'a Shopper> {
    let (first, second) = tokio::try_join!(claims(one, placed), claims(other, placed))?;
    ensure!(first != second, "of two accounts {} and {} have {}", first, second, placed.order);
    Ok(if first { one } else { other })
}
