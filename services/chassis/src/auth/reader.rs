//! Who reads a part of an order: an account, or whoever shows the token of a guest's order.

use axum::{extract::FromRequestParts, http::request::Parts};
use sha2::{Digest as _, Sha256};
use warung_contracts::{guest::ORDER_TOKEN, id::UserId};

use super::{Claims, Guest, Permission};
use crate::http::Problem;

/// Anybody who asks for a part of an order; whether it is theirs, [`Reader::owns`] says.
#[derive(Debug, Clone)]
pub struct Reader {
    claims: Option<Claims>,
    /// SHA-256 of the token that was shown, hexadecimal.
    token_hash: Option<String>,
}

impl Reader {
    /// Whether it is theirs: of their account, or of the order whose token they show.
    pub fn owns(&self, owner: UserId, order_token_hash: Option<&str>) -> bool {
        let by_account = self.claims.as_ref().is_some_and(|claims| claims.sub == owner);
        let by_token = order_token_hash.is_some() && self.token_hash.as_deref() == order_token_hash;
        by_account || by_token
    }

    /// By what their idempotency keys are told from those of others.
    pub fn name(&self) -> String {
        match (&self.claims, &self.token_hash) {
            (Some(claims), _) => claims.sub.to_string(),
            (None, Some(hash)) => format!("order-token:{hash}"),
            (None, None) => "nobody".to_owned(),
        }
    }

    /// Whether a role of their account has this permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.claims.as_ref().is_some_and(|claims| claims.may(permission))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Guest(claims) = Guest::from_request_parts(parts, state).await?;
        let token_hash = parts.headers.get(ORDER_TOKEN).map(|token| hex::encode(Sha256::digest(token)));
        Ok(Self { claims, token_hash })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn who_shows_nothing_owns_nothing() {
        let (owner, hash) = (UserId(Uuid::from_u128(7)), hex::encode(Sha256::digest("token")));
        let nobody = Reader { claims: None, token_hash: None };
        let guest = Reader { token_hash: Some(hash.clone()), ..nobody.clone() };
        assert!(!nobody.owns(owner, None) && !nobody.owns(owner, Some(&hash)));
        assert!(guest.owns(owner, Some(&hash)));
        assert!(!guest.owns(owner, None) && !guest.owns(owner, Some("another")));
        assert!(Permission::ALL.iter().all(|permission| !guest.may(*permission)));
    }
}
