//! Access tokens, and the key that they are signed with.

use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::JwkSet};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{id::UserId, manifest::SecretKind};

use crate::auth::{AUDIENCE, Claims, Role};

const KEY_ID: &str = "test";

/// An access token of a user with these roles.
pub fn token(user: UserId, roles: &[Role]) -> String {
    token_at(user, roles, OffsetDateTime::now_utc() + time::Duration::hours(1))
}

/// An access token that ends at this time.
pub fn token_at(user: UserId, roles: &[Role], expires: OffsetDateTime) -> String {
    signed(&claims(user, roles, expires))
}

/// What such a token says.
pub fn claims(user: UserId, roles: &[Role], expires: OffsetDateTime) -> Claims {
    Claims {
        sub: user,
        iss: "http://localhost".into(),
        aud: AUDIENCE.into(),
        iat: OffsetDateTime::now_utc().unix_timestamp(),
        exp: expires.unix_timestamp(),
        jti: Uuid::now_v7().to_string(),
        roles: roles.to_vec(),
        email: format!("{}@example.com", user.uuid().simple()),
        sid: None,
        auth_time: None,
    }
}

/// An access token with these claims.
pub fn signed(claims: &Claims) -> String {
    let mut head = Header::new(Algorithm::ES256);
    head.kid = Some(KEY_ID.into());
    let key = EncodingKey::from_ec_pem(SecretKind::Es256PrivateKey.example().as_bytes())
        .expect("the test key is a key");
    jsonwebtoken::encode(&head, claims, &key).expect("claims can be signed")
}

/// A customer and a token of theirs.
pub fn customer() -> (UserId, String) {
    let user = UserId(Uuid::now_v7());
    (user, token(user, &[Role::Customer]))
}

/// A token of an administrator.
pub fn admin() -> String {
    token(UserId(Uuid::now_v7()), &[Role::Customer, Role::Admin])
}

/// The keys that check the tokens made here.
pub fn jwks() -> JwkSet {
    let jwks = serde_json::json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID, "x": "ewb-xYLp_KFalARa2Qd1dZLgO81MmluI8Fzxo9oWt4U", "y": "CtYH7NG36A0Rwx8LPsX2xBxsTS5hVseZXZCYlkC33H8"}]});
    serde_json::from_value(jwks).expect("the test key is a key")
}
