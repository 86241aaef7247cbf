//! Words of enums without data, as they stand in databases, documents and metrics.

/// Gives an enum without data its words: `ALL`, `as_str`, `Display` and `FromStr`, from one list that can't miss a
/// variant. The text says what a word of it is, for the fault of one that is none.
///
/// ```
/// #[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// enum Size { Small, Large }
/// warung_contracts::words!(Size, "size", Small = "small", Large = "large");
/// assert_eq!("large".parse(), Ok(Size::Large));
/// assert_eq!("huge".parse::<Size>(), Err("\"huge\" is no size".to_owned()));
/// assert_eq!(Size::ALL.map(Size::as_str), ["small", "large"]);
/// ```
#[macro_export]
macro_rules! words {
    ($name:ident, $what:literal, $($variant:ident = $word:literal),+ $(,)?) => {
        impl $name {
            /// Each of them, in the order of their list.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> ::std::result::Result<Self, String> {
                let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
                known.ok_or_else(|| format!(concat!("{:?} is no ", $what), text))
            }
        }
    };
}
