//! When a message that was not taken is tried again.

use time::Duration;

/// Attempts at most; the delays up to there add up to about 20 hours.
pub const ATTEMPTS_MAX: i32 = 12;

/// How long to wait after this many attempts: 10 s, 30 s, 90 s … 4 h; none when it is given up.
///
/// `chance` (0 to 255) makes it up to a quarter less or more, so that what failed together is not tried together. What the
/// provider asks for (`Retry-After`) is the least.
pub fn delay(attempts: i32, chance: u8, asked: Option<Duration>) -> Option<Duration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let tripled = 3_i64.pow(u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0));
    let whole = (10_000 * tripled).min(14_400_000);
    let jittered = Duration::milliseconds(whole * 3 / 4 + whole / 2 * i64::from(chance) / 255);
    Some(asked.map_or(jittered, |asked| jittered.max(asked.min(Duration::hours(4)))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let delays: Vec<_> = (1..ATTEMPTS_MAX).filter_map(|attempts| delay(attempts, 128, None)).collect();
        assert_eq!(delays[..2].iter().map(|delay| delay.whole_seconds()).collect::<Vec<_>>(), [10, 30]);
        assert!(delays.is_sorted() && delays.len() == 11);
        assert_eq!(delays.iter().sum::<Duration>().whole_hours(), 19);
        assert_eq!(delay(ATTEMPTS_MAX, 0, None), None);
    }

    #[test]
    fn what_the_provider_asks_for_is_the_least() {
        assert_eq!(delay(1, 0, Some(Duration::minutes(1))), Some(Duration::minutes(1)));
        assert_eq!(delay(1, 0, Some(Duration::days(9))), Some(Duration::hours(4)));
        assert_eq!(delay(1, 0, Some(Duration::ZERO)), delay(1, 0, None));
    }

    proptest! {
        #[test]
        fn chance_is_a_quarter_at_most(attempts in 1..ATTEMPTS_MAX, chance: u8) {
            let (least, most) = (delay(attempts, 0, None).unwrap(), delay(attempts, 255, None).unwrap());
            let delay = delay(attempts, chance, None).unwrap();
            prop_assert!(least <= delay && delay <= most);
            prop_assert!((most - least - (least + most) / 4_i32).abs() < Duration::milliseconds(2));
        }
    }
}
