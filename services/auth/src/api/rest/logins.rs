//! Log-ins: a password, and a second factor where the account has one.

use axum::{
    extract::State as Inject,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;
use warung_chassis::{
    db::Tx,
    http::{Json, Problem, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::id::UserId;

use super::{
    fields,
    tokens::{self, Tokens},
};
use crate::{
    State,
    api::{origin::Origin, problems},
    commands::{
        Actor, open_session, second_factor,
        throttle::{self, Keys, Try},
    },
    domain::{
        audit::{Action, Outcome},
        device,
        email::Email,
        throttle::Familiarity,
        token::{Kind, Token},
        user::User,
    },
    gate,
    signer::Login as SignedLogin,
    store::{self, factors::Challenge, users::Candidate},
};

/// How long a log-in waits for its second factor.
const CHALLENGE_LIVES: Duration = Duration::minutes(5);

/// Who wants in.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Login {
    #[garde(length(chars, max = 254))]
    #[schema(format = "email", max_length = 254, example = "siti@example.com")]
    email: String,
    #[garde(custom(fields::shown_password))]
    #[schema(value_type = String, format = "password", max_length = 128, example = "kopi tubruk pagi")]
    password: SecretString,
    /// What to call this log-in in the list of sessions, 1 to 60 characters; made of User-Agent when left out.
    #[garde(inner(custom(|text: &str, _| device::parse(text).map(drop).map_err(garde::Error::new))))]
    #[schema(min_length = 1, max_length = 60, example = "Siti's phone")]
    device: Option<String>,
    /// `device_token` of an earlier log-in on this device.
    #[garde(inner(custom(fields::token)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 512)]
    device_token: Option<SecretString>,
}

/// The password was right; a code of the second factor is awaited.
#[derive(Serialize, ToSchema)]
pub struct MfaRequired {
    /// Always `mfa_required`.
    status: &'static str,
    /// Send it with the code to /api/v1/login/second-factor.
    challenge: String,
    /// Seconds until the challenge ends.
    expires_in: i64,
}

/// The second factor of a log-in.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct SecondFactor {
    /// As /api/v1/login gave it.
    #[garde(custom(fields::token))]
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    challenge: SecretString,
    /// Six digits of the authenticator, or a recovery code.
    #[garde(custom(fields::code))]
    #[schema(value_type = String, min_length = 1, max_length = 40, example = "287082")]
    code: SecretString,
    /// `device_token` of an earlier log-in on this device.
    #[garde(inner(custom(fields::token)))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 512)]
    device_token: Option<SecretString>,
}

/// Log in
///
/// Too many wrong passwords slow further tries down (429), for whoever guesses and not for the account's owner: a device
/// that sends its `device_token`, and a network the owner has logged in from, are counted apart.
#[utoipa::path(
    post,
    path = "/api/v1/login",
    operation_id = "create_session",
    tag = "auth",
    request_body = Login,
    responses(
        (status = 200, description = "Tokens of this log-in", body = Tokens),
        (status = 202, description = "The password is right; the account has a second factor", body = MfaRequired),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 401, description = "The address or the password is wrong", body = ProblemBody),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn create_session(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Login { email, password, device, device_token }): Json<Login>,
) -> Result<Response, Problem> {
    // A text that is no address goes the same way as an address without an account: under a name that nobody has.
    let parsed = email.parse::<Email>().map(|email| email.to_string());
    let (account, email) = (parsed.clone().unwrap_or(email), parsed.unwrap_or_default());
    let device_token = device_token.as_ref().map(Token::sent);
    let hash = device_token.as_ref().map(Token::hash);
    let network = origin.network().to_string();
    let found = store::users::candidate(state.db.pool(), &email, hash, &network).await?;
    let keys = keys(&state, &origin, "log_in", &account, device_token.as_ref(), found.as_ref());
    let stored = found.as_ref().map(|found| found.password_hash.clone());
    let (right, _turn) = gate::password(&state, &keys, password, stored).await?;
    let actor = origin.stranger();
    let Some(found) = found.as_ref().filter(|_| right) else {
        note_failure(&state, &actor, found.map(|found| found.user_id)).await?;
        return Err(problems::wrong_credentials());
    };
    if found.suspended {
        return refuse(&state, &keys, &actor, found.user_id).await;
    }
    let device = device.and_then(|label| device::parse(&label).ok()).or(origin.device.clone());
    if found.second_factor {
        return challenge(&state, &keys, &actor, found, device).await;
    }
    let proven = Proven { user_id: found.user_id, by: Action::LogIn, password_hash: &found.password_hash };
    open(&state, &keys, &origin, proven, device, device_token).await
}

/// Log in: second factor
///
/// Ends a log-in that answered 202. A code is good once, also within its half minute; a recovery code once for ever.
#[utoipa::path(
    post,
    path = "/api/v1/login/second-factor",
    operation_id = "confirm_session",
    tag = "auth",
    request_body = SecondFactor,
    responses(
        (status = 200, description = "Tokens of this log-in", body = Tokens),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 401, description = "The code is wrong or was used, or the challenge has ended", body = ProblemBody),
        (status = 403, description = "The account was suspended meanwhile", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
    )
)]
pub async fn confirm_session(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(SecondFactor { challenge, code, device_token }): Json<SecondFactor>,
) -> Result<Response, Problem> {
    let (hash, now) = (Token::sent(&challenge).hash(), state.db.clock().now());
    let found = store::factors::find_challenge(state.db.pool(), hash, now).await?;
    let Challenge { user_id, device } = found.ok_or_else(problems::wrong_code)?;
    let device_token = device_token.as_ref().map(Token::sent);
    let account = store::users::find(state.db.pool(), user_id).await?.ok_or_else(problems::wrong_code)?;
    let (email, network) = (account.user.email.to_string(), origin.network().to_string());
    let sent = device_token.as_ref().map(Token::hash);
    let found = store::users::candidate(state.db.pool(), &email, sent, &network).await?;
    let found = found.ok_or_else(problems::wrong_code)?;
    let keys = keys(&state, &origin, "code", &email, device_token.as_ref(), Some(&found));
    gate::count(&state, &keys).await?;
    let mut tx = state.db.begin().await?;
    match second_factor::take(&mut tx, &state.vault, user_id, code.expose_secret()).await {
        Ok(()) => {}
        Err(second_factor::Error::Wrong) => {
            let (who, outcome) = (origin.stranger(), Outcome::WrongCode);
            who.note(&mut tx, Some(user_id), Action::SecondFactor, outcome, None).await?;
            tx.commit().await?;
            return Err(problems::wrong_code());
        }
        // It was turned off meanwhile.
        Err(second_factor::Error::NoSecret) => return Err(problems::wrong_code()),
        Err(error) => return Err(error.into()),
    }
    if !store::factors::end_challenge(tx.conn(), hash).await? {
        return Err(problems::wrong_code());
    }
    tx.commit().await?;
    let proven = Proven { user_id, by: Action::SecondFactor, password_hash: &found.password_hash };
    open(&state, &keys, &origin, proven, device, device_token).await
}

fn keys(
    state: &State,
    origin: &Origin,
    what: &str,
    account: &str,
    device: Option<&Token>,
    found: Option<&Candidate>,
) -> Keys {
    let familiarity = match found {
        Some(Candidate { known_device: true, .. }) => Familiarity::Device,
        Some(Candidate { known_network: true, .. }) => Familiarity::Network,
        _ => Familiarity::Stranger,
    };
    let (device, network) = (device.map(Token::reveal).unwrap_or_default(), origin.network());
    Keys::of(&state.vault, Try { what, account, device, network, scopes: familiarity.scopes() })
}

/// Who showed what.
struct Proven<'a> {
    user_id: UserId,
    by: Action,
    /// The hash that the password was checked against.
    password_hash: &'a str,
}

async fn challenge(
    state: &State,
    keys: &Keys,
    actor: &Actor,
    found: &Candidate,
    device: Option<String>,
) -> Result<Response, Problem> {
    let user_id = found.user_id;
    let token = Token::of(Kind::Challenge, rand::random());
    let mut tx = state.db.begin().await?;
    let now = tx.now();
    throttle::forgive(&mut tx, keys).await?;
    still(&mut tx, user_id, &found.password_hash).await?;
    let challenge = Challenge { user_id, device };
    store::factors::insert_challenge(tx.conn(), token.hash(), &challenge, now + CHALLENGE_LIVES).await?;
    actor.note(&mut tx, Some(user_id), Action::LogIn, Outcome::Challenged, None).await?;
    tx.commit().await?;
    let body = MfaRequired {
        status: "mfa_required",
        challenge: token.reveal().to_owned(),
        expires_in: CHALLENGE_LIVES.whole_seconds(),
    };
    Ok(no_store((StatusCode::ACCEPTED, Json(body)).into_response()))
}

async fn open(
    state: &State,
    keys: &Keys,
    origin: &Origin,
    proven: Proven<'_>,
    device: Option<String>,
    device_token: Option<Token>,
) -> Result<Response, Problem> {
    let Proven { user_id, by: action, password_hash } = proven;
    let token = Token::of(Kind::Refresh, rand::random());
    let input = open_session::Input {
        user_id,
        token: &token,
        ttl: state.config.refresh_ttl,
        device: device.as_deref(),
        device_token: device_token.as_ref(),
        network: origin.network(),
        action,
    };
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, keys).await?;
    let user = still(&mut tx, user_id, password_hash).await?;
    let opened = open_session::run(&mut tx, &origin.stranger(), input).await?;
    let login = SignedLogin { session: opened.session, proven_at: Some(tx.now()) };
    tx.commit().await?;
    tokens::answer(state, &user, login, &token, opened.device_token.as_ref())
}

/// Turns away the owner of a suspended account, whose password was right and counts for no guess.
async fn refuse(state: &State, keys: &Keys, actor: &Actor, user_id: UserId) -> Result<Response, Problem> {
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, keys).await?;
    actor.note(&mut tx, Some(user_id), Action::LogIn, Outcome::Refused, None).await?;
    tx.commit().await?;
    Err(problems::suspended())
}

/// Holds the account, if its password is still the one that was checked: a log-in and a change of the password at once
/// leave no session of the old one. Nor do a log-in and a suspension.
async fn still(tx: &mut Tx, user_id: UserId, password_hash: &str) -> Result<User, Problem> {
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or_else(problems::wrong_credentials)?;
    if account.suspension.is_some() {
        return Err(problems::suspended());
    }
    let now = store::users::password_hash(&mut *tx.conn(), user_id).await?;
    match now.as_deref() == Some(password_hash) {
        true => Ok(account.user),
        false => Err(problems::wrong_credentials()),
    }
}

async fn note_failure(state: &State, actor: &Actor, subject: Option<UserId>) -> Result<(), Problem> {
    let outcome = if subject.is_some() { Outcome::WrongPassword } else { Outcome::UnknownAddress };
    let mut tx = state.db.begin().await?;
    actor.note(&mut tx, subject, Action::LogIn, outcome, None).await?;
    Ok(tx.commit().await?)
}
