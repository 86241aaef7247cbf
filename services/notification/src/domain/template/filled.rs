//! Templates filled in, to a length.

use std::{error::Error as _, io};

use minijinja::{Error, ErrorKind, Template, Value};

/// Bytes of any part at most: an order of 500 lines comes to some 300 000 in HTML.
pub const PART_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a text in the shop's own words at most.
pub const OWN_MAX: usize = 64 * 1024;

/// A template, filled in: so many bytes at most.
///
/// # Errors
///
/// When the values do not fit it, it takes too many steps or becomes too long.
pub fn filled(template: &Template<'_, '_>, values: &Value, most: usize) -> Result<String, Error> {
    let mut text = Bounded { text: Vec::new(), most };
    template.render_captured_to(values, &mut text)?;
    String::from_utf8(text.text).map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
}

/// What the template engine says, with the line and without the name of a file that there is not.
pub fn told(error: &Error) -> String {
    if let Some(why) = error.source().filter(|_| error.kind() == ErrorKind::WriteFailure) {
        return why.to_string();
    }
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    format!("can't be filled in: {}{detail}{line}", error.kind())
}

/// Text that takes no more than it has room for.
struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.text.len() + more.len() > self.most {
            let most = self.most / 1024;
            return Err(io::Error::other(format!("is longer than {most} KiB once it is filled in")));
        }
        self.text.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
