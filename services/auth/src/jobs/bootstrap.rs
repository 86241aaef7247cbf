//! Makes the administrator's account at start, as soon as the store answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use secrecy::ExposeSecret as _;
use warung_chassis::{auth::Role, jobs::Job};

use crate::{
    State,
    commands::{Actor, grant_role, register},
    domain::password,
    store,
};

/// How often it is tried while the store is away.
const RETRY: Duration = Duration::from_secs(2);

/// The job. Once the account is there it rests until the next start.
pub fn job(state: State) -> Job {
    let done = Arc::new(AtomicBool::new(false));
    Job::every("bootstrap_admin", RETRY, move || {
        let (state, done) = (state.clone(), done.clone());
        Box::pin(async move {
            if done.load(Ordering::Relaxed) {
                return Ok(0);
            }
            let made = run(&state).await?;
            done.store(true, Ordering::Relaxed);
            Ok(u64::from(made))
        })
    })
}

/// Makes the account, or gives an existing one the role; its password stays then. Whether anything changed.
///
/// Who has not shown that the address is theirs may be a stranger with a password of their own: such an account gets no role.
async fn run(state: &State) -> anyhow::Result<bool> {
    let email = &state.config.admin_email;
    if let Some(found) = store::users::find_by_email(state.db.pool(), email).await? {
        if found.user.role == Role::Admin {
            return Ok(false);
        }
        if found.email_verified_at.is_none() {
            tracing::warn!(
                "WARUNG_ADMIN_EMAIL has an account that is not verified; reset its password by mail, then start auth again"
            );
            return Ok(false);
        }
        let mut tx = state.db.begin().await?;
        grant_role::run(&mut tx, &Actor::default(), found.user.user_id, Role::Admin).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let password = &state.config.admin_password;
    if let Err(weakness) = password::check(password.expose_secret(), Some(email)) {
        tracing::warn!(
            "the administrator's password {weakness}; change WARUNG_ADMIN_PASSWORD before the first start"
        );
    }
    let input = register::Input {
        email: email.clone(),
        password_hash: state.passwords.hash(password.clone()).await?,
        name: "Administrator".into(),
        locale: "en".into(),
        role: Role::Admin,
        network: None,
    };
    let mut tx = state.db.begin().await?;
    match register::run(&mut tx, &state.vault, &Actor::default(), input).await {
        Ok(user) => {
            tx.commit().await?;
            tracing::info!(user_id = %user.user_id, "the administrator's account was made");
            Ok(true)
        }
        // Another replica was faster.
        Err(register::Error::Taken) => Ok(false),
        Err(register::Error::Store(error)) => Err(error.into()),
    }
}
