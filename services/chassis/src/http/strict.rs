//! Structs from objects alone. serde takes a list for a struct too, field by field in the order of its source: the API's
//! document doesn't show that, and a field that is added between would change what old callers say. And what is no word at all
//! where one of a few must be is told with these words.
//!
//! Not reached: what serde keeps aside before it knows the type, which is inside of tagged enums and of `flatten`.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::{MapAccessDeserializer, StrDeserializer},
};

/// Something of serde's, handing on whatever it is given as strict as itself: first of all a deserializer of JSON.
pub struct Strict<T>(pub T);

macro_rules! ask {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            self.0.$method($($name,)* Strict(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(OneOf { words, visitor })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Word(visitor))
    }

    ask! {
        deserialize_any(); deserialize_ignored_any();
        deserialize_bool(); deserialize_char(); deserialize_str(); deserialize_string();
        deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64(); deserialize_i128();
        deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64(); deserialize_u128();
        deserialize_f32(); deserialize_f64(); deserialize_bytes(); deserialize_byte_buf();
        deserialize_option(); deserialize_unit(); deserialize_seq(); deserialize_map();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// One of a few words, or an object with one of them as its name.
struct OneOf<V> {
    words: &'static [&'static str],
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for OneOf<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As serde lists them where the word is wrong.
        match self.words {
            [one, other] => write!(formatter, "{one} or {other}"),
            [one] => formatter.write_str(one),
            several => write!(formatter, "one of {}", several.join(", ")),
        }
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<V::Value, E> {
        self.visitor.visit_enum(StrDeserializer::new(word))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Strict(MapAccessDeserializer::new(map)))
    }
}

/// A word that names a field, or, as a tag does, what an object is: no number stands for one.
struct Word<V>(V);

macro_rules! no_word {
    ($($method:ident($($type:ty)?);)*) => {$(
        fn $method<E: Error>(self, $(_: $type)?) -> Result<V::Value, E> {
            // Nothing is called so: the answer is which words there are.
            self.0.visit_str("")
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Word<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<V::Value, E> {
        self.0.visit_str(word)
    }

    fn visit_borrowed_str<E: Error>(self, word: &'de str) -> Result<V::Value, E> {
        self.0.visit_borrowed_str(word)
    }

    no_word! {
        visit_unit(); visit_bool(bool); visit_i64(i64); visit_u64(u64); visit_f64(f64);
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<V::Value, A::Error> {
        self.0.visit_str("")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<V::Value, A::Error> {
        self.0.visit_str("")
    }
}

macro_rules! give {
    ($($method:ident($($name:ident: $type:ty)?);)*) => {$(
        fn $method<E: Error>(self, $($name: $type)?) -> Result<V::Value, E> {
            self.0.$method($($name)?)
        }
    )*};
}

macro_rules! open {
    ($($method:ident: $access:ident;)*) => {$(
        fn $method<A: $access<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
            self.0.$method(Strict(inner))
        }
    )*};
}

/// What JSON has: narrower numbers come as these.
impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    give! {
        visit_unit(); visit_none(); visit_bool(value: bool);
        visit_i64(value: i64); visit_u64(value: u64); visit_i128(value: i128); visit_u128(value: u128); visit_f64(value: f64);
        visit_str(value: &str); visit_borrowed_str(value: &'de str); visit_string(value: String);
        visit_bytes(value: &[u8]); visit_borrowed_bytes(value: &'de [u8]); visit_byte_buf(value: Vec<u8>);
    }
    open! {
        visit_some: Deserializer; visit_newtype_struct: Deserializer;
        visit_seq: SeqAccess; visit_map: MapAccess; visit_enum: EnumAccess;
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Strict(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        self.0.variant_seed(Strict(seed)).map(|(name, variant)| (name, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    ask! {
        tuple_variant(len: usize);
        struct_variant(fields: &'static [&'static str]);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, de::DeserializeOwned};

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Price {
        minor: i64,
        currency: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Product {
        name: Option<String>,
        price: Price,
        prices: Option<Vec<Price>>,
        factors: (u8, f32),
        kind: Kind,
        by_place: BTreeMap<String, Price>,
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Simple,
        At(Price),
    }

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
        T::deserialize(Strict(&mut serde_json::Deserializer::from_str(text)))
    }

    #[test]
    fn what_is_right_reads_as_ever() {
        let price = r#"{"minor": -5, "currency": "I\u0044R"}"#;
        for (kind, prices) in [
            (r#""simple""#.to_owned(), "null".to_owned()),
            (format!(r#"{{"at": {price}}}"#), format!("[{price}]")),
        ] {
            let text = format!(
                r#"{{"name": "a\nb", "price": {price}, "prices": {prices}, "factors": [7, 0.5], "kind": {kind}, "by_place": {{"x": {price}}}, "more": [null, true]}}"#
            );
            assert_eq!(read::<Product>(&text).unwrap(), serde_json::from_str(&text).unwrap());
        }
    }

    #[test]
    fn what_is_no_word_is_told_with_the_words() {
        for (text, told) in [
            ("5", "invalid type: integer `5`, expected simple or at"),
            ("null", "invalid type: null, expected simple or at"),
            ("[\"simple\"]", "invalid type: sequence, expected simple or at"),
            ("\"x\"", "unknown variant `x`, expected `simple` or `at`"),
            ("{\"x\": 1}", "unknown variant `x`, expected `simple` or `at`"),
        ] {
            let wrong = read::<Kind>(text).unwrap_err().to_string();
            assert!(wrong.starts_with(told), "{text}: {wrong}");
        }
        for text in ["{}", "{\"at\": {\"minor\": 1, \"currency\": \"IDR\"}, \"simple\": null}"] {
            assert!(read::<Kind>(text).is_err(), "{text}");
        }
        assert_eq!(read::<Option<Kind>>("null").unwrap(), None);
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Way {
        Card { token: String },
        Transfer,
        Cash,
    }

    #[test]
    fn a_tag_is_a_word_and_no_number() {
        assert_eq!(serde_json::from_str::<Way>(r#"{"kind": "transfer"}"#).unwrap(), Way::Transfer);
        for kind in ["1", "-1", "1.5", "null", "true", "[\"cash\"]", "{}", "\"coins\""] {
            for text in [format!("{{\"kind\": {kind}}}"), format!("{{\"token\": \"t\", \"kind\": {kind}}}")] {
                let wrong = read::<Way>(&text).unwrap_err().to_string();
                assert!(wrong.contains("expected one of `card`, `transfer`, `cash`"), "{text}: {wrong}");
            }
        }
        for text in [r#"{"kind": "card", "token": "t"}"#, r#"{"token": "t", "kind": "card"}"#] {
            assert_eq!(read::<Way>(text).unwrap(), Way::Card { token: "t".into() });
        }
    }

    #[test]
    fn a_list_is_no_struct_at_any_depth() {
        let list = r#"[5, "IDR"]"#;
        assert!(serde_json::from_str::<Price>(list).is_ok(), "serde takes it");
        let told = [
            read::<Price>(list).map(drop),
            read::<Vec<Price>>(&format!("[{list}]")).map(drop),
            read::<Option<Price>>(list).map(drop),
            read::<BTreeMap<String, Price>>(&format!(r#"{{"x": {list}}}"#)).map(drop),
            read::<Kind>(&format!(r#"{{"at": {list}}}"#)).map(drop),
        ];
        for outcome in told {
            let told = outcome.unwrap_err().to_string();
            assert!(told.starts_with("invalid type: sequence, expected struct Price"), "{told}");
        }
    }
}
