//! Ids that look like the companies' own and come out the same for the same seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of ids.
#[derive(Debug)]
pub struct Ids(AtomicU64);

const DIGITS: &[u8] = b"0123456789";
const CAPITALS_AND_DIGITS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const HEX: &[u8] = b"0123456789abcdef";

impl Ids {
    /// Ids of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// A number that looks random (SplitMix64, by Guy Steele and others, 2014).
    pub fn number(&self) -> u64 {
        const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A UUID of version 4, as text.
    pub fn uuid(&self) -> String {
        let (high, low) = (self.number(), self.number());
        let high = (high & !0xF000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        let text = format!("{high:016x}{low:016x}");
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }

    /// Decimal digits.
    pub fn digits(&self, count: usize) -> String {
        self.text(DIGITS, count)
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&self, count: usize) -> String {
        self.text(HEX, count)
    }

    /// Digits and capital letters.
    pub fn code(&self, count: usize) -> String {
        self.text(CAPITALS_AND_DIGITS, count)
    }

    fn text(&self, alphabet: &[u8], count: usize) -> String {
        let letter = || alphabet[(self.number() % alphabet.len() as u64) as usize] as char;
        std::iter::repeat_with(letter).take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let ids = |seed| {
            let ids = Ids::new(seed);
            [ids.uuid(), ids.digits(12), ids.code(17), ids.hex(24)]
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        let uuid = &ids(7)[0];
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
    }
}
