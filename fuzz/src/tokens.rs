//! What strangers can send to every service: access tokens and cursors; and to order: the tokens of guests.

use futures::FutureExt as _;
use warung_chassis::{auth::Verifier, error::Kind, http::PageQuery, testing};
use warung_contracts::id::{OrderId, UserId};
use warung_order::domain::guest::{CartToken, TokenKey};

/// An access token: what auth did not sign is refused as such, never as a fault of ours.
pub fn jwt(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let verifier = Verifier::fixed(&testing::jwks(), "http://localhost".to_owned());
    // Nothing is asked of anybody, so the answer is there at once.
    let verdict = verifier.verify(text).now_or_never().expect("the keys are at hand");
    match verdict {
        Ok(claims) => assert_eq!(claims.iss, "http://localhost"),
        Err(problem) => assert_eq!(problem.kind(), Kind::Unauthenticated, "{problem:?}"),
    }
}

/// A cursor of each kind there is.
pub fn cursor(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let query = PageQuery { cursor: Some(text.to_owned()), limit: None };
    let kinds = [
        query.after::<UserId>().map(drop),
        query.after::<(i64, UserId)>().map(drop),
        query.after::<(String, UserId)>().map(drop),
        query.after::<String>().map(drop),
    ];
    for problem in kinds.into_iter().filter_map(Result::err) {
        assert_eq!(problem.kind(), Kind::Invalid, "{problem:?}");
    }
}

/// The token of a guest's cart, and the tokens of orders, whatever the key that makes them.
pub fn order_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(cart) = text.parse::<CartToken>() {
        assert_eq!((cart.expose(), cart.hash().len()), (text, 64));
    }
    let key = TokenKey::new(text);
    let order = |id: &str| key.token(id.parse::<OrderId>().expect("it is an id"));
    let (one, other) =
        (order("ord_00000000000000000000000000000001"), order("ord_00000000000000000000000000000002"));
    assert!(one.len() == 43 && one != other, "{one} {other}");
}
