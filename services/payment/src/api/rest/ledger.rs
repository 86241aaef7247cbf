//! The ledger's accounts, for who keeps the shop's books or audits them.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Problem, Query, problem::ProblemBody, rules::is_text},
};
use warung_contracts::money::Money;

use super::{Shared, admin::money};
use crate::store::reads;

/// Which of it.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// Booked then or later; what was before is in `opening`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    /// Booked before.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
    /// Only this account.
    #[garde(inner(length(max = 100)), inner(custom(is_text)))]
    pub account: Option<String>,
}

/// An account of the ledger, in one currency.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// `receivable:<provider>` (it owes us), `fees:<provider>` (it keeps), `sales`, `shipping`, `tax` (we owe it to the state),
    /// `offline` (what the shop paid back itself), `chargebacks:<provider>` (what disputes took).
    pub account: String,
    /// What it held when the period began; debit is positive, credit negative.
    pub opening: Money,
    /// What was debited in the period.
    pub debits: Money,
    /// What was credited in the period, 0 or more.
    pub credits: Money,
    /// What it held at the end: `opening` + `debits` - `credits`.
    pub balance: Money,
}

impl TryFrom<reads::Balance> for Account {
    type Error = Problem;

    fn try_from(row: reads::Balance) -> Result<Self, Problem> {
        let of = |minor| money(minor, &row.currency);
        Ok(Self {
            opening: of(row.opening_minor)?,
            debits: of(row.debits_minor)?,
            credits: of(row.credits_minor)?,
            balance: of(row.closing_minor)?,
            account: row.account,
        })
    }
}

/// The trial balance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Ledger {
    pub accounts: Vec<Account>,
}

/// Show the ledger's trial balance
///
/// By account and currency, of a period or of all time. Over all accounts of a currency `debits` are `credits`, and `opening`
/// and `balance` sum to zero.
#[utoipa::path(
    get, path = "/api/v1/ledger", operation_id = "get_ledger", tag = "payments",
    params(Period),
    responses(
        (status = 200, description = "The trial balance", body = Ledger),
        (status = 400, description = "A time or the account is not valid", body = ProblemBody),
    ),
)]
pub async fn get_ledger(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(Period { from, to, account }): Query<Period>,
) -> Result<axum::Json<Ledger>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let rows = reads::balances(&mut conn, &reads::Period { from, to, account }).await?;
    let accounts = rows.into_iter().map(Account::try_from).collect::<Result<_, Problem>>()?;
    Ok(axum::Json(Ledger { accounts }))
}
