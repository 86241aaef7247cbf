//! Codes that follow from a shared secret and the time: RFC 6238 with what every authenticator takes (SHA-1, 30 s, six
//! digits). Written here rather than taken from a crate: those say whether a code is right, and not of which time step
//! it is, without which a code can't be refused the second time (RFC 6238, section 5.2).

use aws_lc_rs::hmac;

/// Seconds of a time step.
pub const STEP: i64 = 30;
/// Bytes of a secret: the length of the hash (RFC 4226, section 4, R6).
pub const SECRET_LENGTH: usize = 20;
/// Steps before and after now whose codes are taken: clocks differ, and people type slowly.
const SKEW: i64 = 1;
const DIGITS: usize = 6;

/// The code of a time step.
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation, RFC 4226 section 5.3.
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let word =
        u32::from_be_bytes([tag[offset], tag[offset + 1], tag[offset + 2], tag[offset + 3]]) & 0x7fff_ffff;
    format!("{:0DIGITS$}", word % 1_000_000)
}

/// The time step whose code this is: near `now`, and later than the last one taken. None when there is none.
pub fn step_of(sent: &str, secret: &[u8], now: i64, last: Option<i64>) -> Option<i64> {
    let current = now.div_euclid(STEP);
    (current - SKEW..=current + SKEW).filter(|step| last.is_none_or(|last| *step > last)).find(|step| {
        aws_lc_rs::constant_time::verify_slices_are_equal(code(secret, *step).as_bytes(), sent.as_bytes())
            .is_ok()
    })
}

/// The secret as people and authenticators read it (RFC 4648, section 6, without padding).
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut word = [0; 8];
        word[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(word);
        let letters = (chunk.len() * 8).div_ceil(5);
        text.extend((0..letters).map(|n| char::from(ALPHABET[(word >> (35 - 5 * n) & 31) as usize])));
    }
    text
}

/// What a QR code holds (the Key URI format of authenticators).
pub fn uri(issuer: &str, account: &str, secret: &[u8]) -> String {
    let escape = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    let (issuer, account, secret) = (escape(issuer), escape(account), base32(secret));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6238, appendix B: the last six of their eight digits.
    const SECRET: &[u8] = b"12345678901234567890";
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_vectors_of_the_standard_hold() {
        for (time, expected) in VECTORS {
            assert_eq!(code(SECRET, time / STEP), expected, "{time}");
            assert_eq!(step_of(expected, SECRET, time, None), Some(time / STEP));
        }
    }

    #[test]
    fn secrets_are_written_as_the_standard_does() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(
            uri("Kopi & Co", "siti@example.com", b"foobar"),
            "otpauth://totp/Kopi%20%26%20Co:siti%40example.com?secret=MZXW6YTBOI&issuer=Kopi%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }

    proptest! {
        #[test]
        fn a_code_is_taken_once_and_only_near_its_time(now in 0_i64..4_000_000_000, off in -3_i64..=3) {
            let step = now / STEP + off;
            let sent = code(SECRET, step.max(0));
            let taken = step_of(&sent, SECRET, now, None);
            if off.abs() <= 1 && step >= 0 {
                let taken = taken.expect("a code of now is right");
                prop_assert!(step_of(&sent, SECRET, now, Some(taken)).is_none_or(|again| again > taken));
            }
        }

        #[test]
        fn nothing_but_six_digits_is_a_code(sent in "[0-9]{0,5}|[0-9]{7,9}|[a-z ]{6}") {
            prop_assert_eq!(step_of(&sent, SECRET, 59, None), None);
        }
    }
}
