//! Quantities as Kubernetes writes them: a number and a suffix.

/// Suffixes, and what they multiply by.
const SUFFIXES: [(&str, f64); 16] = [
    ("", 1.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];

/// The value of a quantity of 0 or more, in CPUs or bytes; nothing when Kubernetes wouldn't read it as one.
///
/// Exact enough to compare sizes: to 15 digits.
#[expect(clippy::float_arithmetic, reason = "memory and processors, no money")]
pub fn value(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let power = suffix.strip_prefix(['e', 'E']).and_then(|power| power.parse::<i8>().ok());
    let scale = SUFFIXES.iter().find(|(name, _)| *name == suffix).map(|(_, scale)| *scale);
    Some(number * power.map(|power| 10_f64.powi(power.into())).or(scale)?)
}

/// Whether two quantities are the same, however they are written: 1000m is 1.
#[expect(clippy::float_arithmetic, reason = "memory and processors, no money")]
pub fn same(a: &str, b: &str) -> bool {
    match (value(a), value(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_from_other_words() {
        for good in ["5Gi", "1", "0.5", "250m", "1e3", "1E", "100k", "2E-1", "128974848", "0"] {
            assert!(value(good).is_some(), "{good}");
        }
        for bad in ["", "5 Gi", "5GB", "lots", "-1Gi", "1.2.3", "Gi", "5gi", "1e", "NaN", "inf"] {
            assert_eq!(value(bad), None, "{bad}");
        }
    }

    #[test]
    fn one_value_has_many_spellings() {
        assert!(same("1000m", "1") && same("1Gi", "1024Mi") && same("1e3", "1k"));
        assert!(!same("1G", "1Gi") && !same("a", "a"));
    }
}
