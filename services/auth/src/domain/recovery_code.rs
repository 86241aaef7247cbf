//! Codes for whoever lost the device: ten, each good once, kept by their SHA-256 alone.

use sha2::{Digest as _, Sha256};

use super::totp::base32;

/// Codes that are given out together.
pub const COUNT: usize = 10;
/// Random bytes of a code: 80 bits, so that a plain hash of it can't be reversed.
pub const LENGTH: usize = 10;

/// A code of these random bytes, in groups of four: `ABCD-EFGH-IJKL-MNOP`.
pub fn of(bytes: [u8; LENGTH]) -> String {
    let letters = base32(&bytes);
    let groups: Vec<&str> = (0..letters.len()).step_by(4).map(|at| &letters[at..at + 4]).collect();
    groups.join("-")
}

/// What is kept of a code, however it was typed: case, blanks and hyphens make no difference.
pub fn hash(sent: &str) -> [u8; 32] {
    let plain: String =
        sent.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(plain).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = of([7; LENGTH]);
        assert_eq!(code.len(), 19, "{code}");
        assert_eq!(hash(&code), hash(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_ne!(hash(&code), hash(&of([8; LENGTH])));
    }
}
