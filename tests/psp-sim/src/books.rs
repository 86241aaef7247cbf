//! What the frame asks of a company.

use std::sync::Arc;

use axum::Router;
use serde::{Deserialize, Serialize};
use time::Duration;

use crate::{
    amount::Amount,
    world::{Desk, World},
};

/// A payment company: its API and its books.
pub trait Company: Send + Sized + 'static {
    /// Its name, as the shop spells it.
    const NAME: &'static str;

    /// A company without payments.
    fn open(desk: &Desk) -> Self;

    /// Its API, and nothing of the frame.
    fn routes() -> Router<Arc<World<Self>>>;

    /// Its payments, newest first.
    fn payments(&self) -> Vec<Listed>;

    /// A customer, or the company itself, does something to a payment.
    ///
    /// # Errors
    ///
    /// When there is no such payment, or its state does not allow it.
    fn act(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<(), Refusal>;

    /// Ends what has run out by now.
    fn tick(&mut self, desk: &Desk);

    /// When a webhook is sent again after this many tries, the last of which was answered so (none: not at all).
    fn again_after(tries: usize, answered: Option<u16>) -> Option<Duration>;
}

/// What can happen to a payment at a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The customer picks a method and does not pay yet.
    Choose,
    /// The customer pays.
    Pay,
    /// The customer's bank or the company refuses.
    Deny,
    /// It breaks off for a technical reason.
    Fail,
    /// Its time runs out.
    Expire,
    /// The company looks at it before it is safe.
    Challenge,
    /// What waits at the company goes through: a settlement, a payment or a refund under way.
    Settle,
    /// The customer's bank takes the money back.
    Chargeback,
    /// The customer complains at the company; done again, the complaint becomes a claim and money is taken.
    Dispute,
    /// The company decides a dispute for the shop.
    Win,
    /// The company decides a dispute for the customer.
    Lose,
}

/// A customer's step.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    /// Which one.
    #[serde(skip, default = "pay")]
    pub act: Act,
    /// Another amount than was asked for.
    #[serde(default)]
    pub amount: Option<Amount>,
    /// The method chosen, in the company's words.
    #[serde(default)]
    pub method: Option<String>,
    /// Why, in the company's words.
    #[serde(default)]
    pub reason: Option<String>,
}

fn pay() -> Act {
    Act::Pay
}

impl Customer {
    /// Does just this.
    #[must_use]
    pub fn does(act: Act) -> Self {
        Self { act, amount: None, method: None, reason: None }
    }
}

/// Why a step is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no payment {0}")]
    Unknown(String),
    #[error("it is {0}")]
    State(String),
}

/// A payment as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The company's id of it: the one in its customer's address.
    pub id: String,
    /// The shop's id of it.
    pub reference: String,
    /// With its currency.
    pub amount: String,
    /// In the company's word.
    pub status: String,
    /// In the company's word, once it is chosen.
    pub method: Option<String>,
    /// Whether its customer can still do something.
    pub open: bool,
    /// Where the customer goes afterwards.
    pub return_url: Option<String>,
}
