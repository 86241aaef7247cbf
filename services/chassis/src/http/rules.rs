//! Rules of fields that many bodies have, for garde's `custom`.

use warung_contracts::{country, phone, text::on_one_line};

/// A text that a store can hold: PostgreSQL's has no NUL.
pub fn is_text(text: &str, (): &()) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("leave out the character NUL")),
        false => Ok(()),
    }
}

/// A country's code (ISO 3166-1 alpha-2), in capitals.
pub fn is_country(code: &str, (): &()) -> garde::Result {
    match country::is_known(code) {
        true => Ok(()),
        false => Err(garde::Error::new(
            "must be two capital letters of a country (ISO 3166-1 alpha-2), such as ID",
        )),
    }
}

/// A telephone number in international form (ITU-T E.164), with blanks or without.
pub fn is_phone(number: &str, (): &()) -> garde::Result {
    phone::parse(number).map(drop).map_err(garde::Error::new)
}

/// The address of a page of the web.
pub fn is_page(url: &str, (): &()) -> garde::Result {
    let known = ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme));
    let clean = url.bytes().all(|byte| byte.is_ascii_graphic());
    if known && clean {
        Ok(())
    } else {
        Err(garde::Error::new("must be a URL that begins with https:// or http://"))
    }
}

/// A text that says something, besides.
pub fn is_said(text: &str, (): &()) -> garde::Result {
    match text.trim().is_empty() {
        true => Err(garde::Error::new("write something")),
        false => is_text(text, &()),
    }
}

/// A text that says something on one line: labels, mails and their headers repeat it.
pub fn is_line(text: &str, (): &()) -> garde::Result {
    is_said(text, &())?;
    without_breaks(text, &())
}

/// A text without control characters.
pub fn without_breaks(text: &str, (): &()) -> garde::Result {
    on_one_line(text).map_err(garde::Error::new)
}
