//! What auth does: one write use case a file.

pub mod answer_reset;
pub mod ask_email_change;
pub mod ask_verification;
pub mod call_off;
pub mod change_password;
pub mod confirm_totp;
pub mod delete_account;
pub mod disable_totp;
pub mod end_session;
pub mod follow_profile;
pub mod grant_role;
pub mod let_in;
pub mod logout;
pub mod open_link;
pub mod open_session;
pub mod propose_totp;
pub mod refresh;
pub mod register;
pub mod reset_password;
pub mod reset_totp;
pub mod restore_account;
pub mod second_factor;
pub mod send_link;
pub mod suspend_account;
pub mod throttle;

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{
    domain::audit::{Action, Outcome},
    store::{self, audit::Entry},
};

/// Who does something, and from where.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// None when nobody is known.
    pub user_id: Option<UserId>,
    /// The client's address.
    pub source: Option<String>,
}

impl Actor {
    /// The same, now known.
    #[must_use]
    pub fn known(&self, user_id: UserId) -> Self {
        Self { user_id: Some(user_id), source: self.source.clone() }
    }

    /// Appends to the audit log what they did to whose account. `detail` holds nothing secret or personal.
    pub async fn note(
        &self,
        tx: &mut Tx,
        subject: Option<UserId>,
        action: Action,
        outcome: Outcome,
        detail: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let (actor, source, now) = (self.user_id, self.source.as_deref(), tx.now());
        store::audit::append(tx.conn(), Entry { actor, subject, action, outcome, source, detail }, now).await
    }
}
