//! What strangers can send to notification, as functions from bytes. Run by the crate `fuzz`.

use crate::domain::unsubscribe::Unsubscriber;

/// The token of a link that unsubscribes: only what was given out is taken, to the letter.
pub fn unsubscribe_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let unsubscriber = Unsubscriber::new(&"a key".into()).expect("a key of any length is one");
    if let Some(choice) = unsubscriber.read(text) {
        assert_eq!(unsubscriber.token(choice), text);
    }
}
