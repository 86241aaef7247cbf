//! Rates: parts of a million, rounded half up.

/// One whole: rates are in parts per million, 11 % is 110 000.
pub const WHOLE_PPM: u32 = 1_000_000;

/// This part of an amount; the amount is not negative.
pub fn part(amount: i64, ppm: u32) -> i64 {
    half_up(i128::from(amount) * i128::from(ppm), i128::from(WHOLE_PPM))
}

/// The tax that an amount holds already: of 111 at 11 % it is 11.
pub fn within(amount: i64, ppm: u32) -> i64 {
    half_up(i128::from(amount) * i128::from(ppm), i128::from(WHOLE_PPM) + i128::from(ppm))
}

/// A quotient of what is not negative, rounded to the nearest and up from the middle.
fn half_up(numerator: i128, denominator: i128) -> i64 {
    // A rate is at most one whole, so that the result is at most the amount.
    i64::try_from((2 * numerator + denominator) / (2 * denominator)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!((part(50, 10_000), part(49, 10_000), part(150, 10_000)), (1, 0, 2));
        assert_eq!((within(111, 110_000), within(1, 1_000_000), within(0, 110_000)), (11, 1, 0));
        assert_eq!(part(i64::MAX, WHOLE_PPM), i64::MAX);
    }

    proptest! {
        #[test]
        fn a_part_is_never_more_than_the_whole(amount in 0_i64.., ppm in 0..=WHOLE_PPM) {
            prop_assert!((0..=amount).contains(&part(amount, ppm)));
            prop_assert!((0..=amount).contains(&within(amount, ppm)));
        }

        #[test]
        fn tax_within_is_tax_on_top_of_the_rest(net in 0_i64..=1_000_000_000_000, ppm in 0..=WHOLE_PPM) {
            let tax = part(net, ppm);
            // The way back is off by rounding alone.
            prop_assert!((within(net + tax, ppm) - tax).abs() <= 1);
        }
    }
}
