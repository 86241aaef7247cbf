//! What strangers can send to cart, as functions from bytes. Run by the crate `fuzz`.

use crate::store::GuestToken;

/// A guest's token: it is taken as it was given out, or not at all.
pub fn guest_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(token) = text.parse::<GuestToken>() {
        assert_eq!(token.expose(), text);
        assert!(text.len() == 43 && text.is_ascii(), "{text:?} has not 256 bits");
    }
}
