//! Rules of fields that many bodies have, for garde's `custom`.

/// A text that a store can hold: PostgreSQL's has no NUL.
pub fn is_text(text: &str, (): &()) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("leave out the character NUL")),
        false => Ok(()),
    }
}

/// A text that says something, besides.
pub fn is_said(text: &str, (): &()) -> garde::Result {
    match text.trim().is_empty() {
        true => Err(garde::Error::new("write something")),
        false => is_text(text, &()),
    }
}
