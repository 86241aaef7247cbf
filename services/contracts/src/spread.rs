//! One amount over many lines, to the minor unit.

/// Spreads `amount` over lines in proportion to their weights by the method of largest remainders: each gets its exact
/// share rounded down, and the units left over go one each to the largest remainders, the first line first among equals.
/// The shares sum to `amount` exactly. Where `amount` is at most the sum of the weights, no share exceeds its weight.
///
/// Neither amount nor weights are negative; over weights that are all zero nothing is spread.
pub fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(amount) * i128::from(*weight);
    // At most `amount`, so it fits.
    let mut shares: Vec<i64> =
        weights.iter().map(|weight| i64::try_from(exact(weight) / whole).unwrap_or(amount)).collect();
    let mut left = amount - shares.iter().sum::<i64>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|line| std::cmp::Reverse(exact(&weights[*line]) % whole));
    for line in by_remainder {
        if left == 0 {
            break;
        }
        shares[line] += 1;
        left -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_left_over_go_to_the_largest_remainders() {
        assert_eq!(spread(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(spread(5, &[100, 299]), [1, 4]);
        assert_eq!(spread(7, &[0, 0]), [0, 0]);
        assert_eq!(spread(7, &[0, 9]), [0, 7]);
    }

    proptest! {
        #[test]
        fn the_shares_are_the_amount_and_none_exceeds_its_weight(
            weights in prop::collection::vec(0_i64..=1_000_000_000_000_000, 1..60), part in 0_u32..=1_000_000,
        ) {
            let whole: i64 = weights.iter().sum();
            let amount = i64::try_from(i128::from(whole) * i128::from(part) / 1_000_000).unwrap();
            let shares = spread(amount, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((0..=*weight).contains(share), "{} of {}", share, weight);
                // Less than one unit from the exact share.
                let exact = i128::from(amount) * i128::from(*weight);
                prop_assert!(whole == 0 || (i128::from(*share) * i128::from(whole) - exact).abs() < i128::from(whole));
            }
        }
    }
}
