//! Quotes as tokens: `<base64url of the quote's JSON>.<base64url of its HMAC-SHA256>`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use crate::domain::quote::{Quote, Refusal};

/// Bytes of a token at most; ours have some 500.
const TOKEN_MAX: usize = 4096;
/// What the key signs is told apart from anything else it may ever sign.
const PURPOSE: &[u8] = b"warung.shipment.quote.v1\0";

/// Signs quotes and knows its own.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl Seal {
    /// A seal of this key.
    ///
    /// # Errors
    ///
    /// Never: HMAC takes keys of every length; the type says otherwise.
    pub fn new(key: &SecretString) -> anyhow::Result<Self> {
        let mut mac = Hmac::new_from_slice(key.expose_secret().as_bytes())?;
        mac.update(PURPOSE);
        Ok(Self(mac))
    }

    /// The token of a quote.
    ///
    /// # Errors
    ///
    /// When the quote can't be written.
    pub fn seal(&self, quote: &Quote) -> Result<String, serde_json::Error> {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(quote)?);
        let signature = self.0.clone().chain_update(&body).finalize().into_bytes();
        Ok(format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The quote of a token.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when this seal did not make it.
    pub fn open(&self, token: &str) -> Result<Quote, Refusal> {
        if token.len() > TOKEN_MAX {
            return Err(Refusal::Invalid);
        }
        let (body, signature) = token.split_once('.').ok_or(Refusal::Invalid)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Invalid)?;
        // In constant time, and before anything is parsed.
        self.0.clone().chain_update(body).verify_slice(&signature).map_err(|_| Refusal::Invalid)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| Refusal::Invalid)?;
        serde_json::from_slice(&body).map_err(|_| Refusal::Invalid)
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use uuid::Uuid;
    use warung_contracts::{id::QuoteId, money::Money};

    use super::*;
    use crate::domain::{
        goods::{Destination, Goods, Item},
        quote::Facts,
    };

    fn seal(key: &str) -> Seal {
        Seal::new(&key.into()).unwrap()
    }

    fn home() -> Destination {
        let text = |text: &str| text.to_owned();
        Destination {
            country: text("ID"),
            province: text("Bali"),
            postal_code: text("80111"),
            city: text("Denpasar"),
        }
    }

    fn goods(items: Vec<Item>, subtotal: i64) -> Goods {
        Goods { items, subtotal: Money::new(subtotal, "IDR".parse().unwrap()) }
    }

    fn quote(facts: Facts, expires_at: i64, price: i64) -> Quote {
        let (service, name) = ("regular".to_owned(), "Reguler".to_owned());
        let (id, price) = (QuoteId(Uuid::from_u128(1)), Money::new(price, "IDR".parse().unwrap()));
        Quote { id, service, name, price, expires_at, days_min: 1, days_max: 3, facts }
    }

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn items() -> impl Strategy<Value = Vec<Item>> {
        let item = (any::<u32>(), any::<[u32; 3]>(), 1..1000_u32);
        let item =
            item.prop_map(|(weight_grams, sides_mm, quantity)| Item { weight_grams, sides_mm, quantity });
        prop::collection::vec(item, 1..6)
    }

    proptest! {
        #[test]
        fn a_quote_holds_for_its_facts_until_it_expires(
            list in items(), subtotal in 0..i64::MAX, price in 0..i64::MAX, expires in 1..4_000_000_000_i64, early in 1..10_000_i64
        ) {
            let mine = Facts::of(&home(), &goods(list.clone(), subtotal));
            let opened = seal("k").open(&seal("k").seal(&quote(mine.clone(), expires, price)).unwrap()).unwrap();
            prop_assert_eq!(&opened, &quote(mine.clone(), expires, price));
            prop_assert_eq!(opened.check(&mine, at(expires - early)), Ok(()));
            prop_assert_eq!(opened.check(&mine, at(expires)), Err(Refusal::Expired));
            // The same goods in another order, the same address in another spelling.
            let spelled = Destination { city: " denPASAR ".into(), ..home() };
            let turned = Facts::of(&spelled, &goods(list.iter().rev().copied().collect(), subtotal));
            prop_assert_eq!(opened.check(&turned, at(expires - early)), Ok(()));
        }

        #[test]
        fn another_address_and_other_goods_are_told_apart(
            list in items(), other in items(), subtotal in 0..1_000_000_i64, more in 1..1_000_i64, code in "[0-9]{5}"
        ) {
            let mine = quote(Facts::of(&home(), &goods(list.clone(), subtotal)), 10, 5);
            let moved = Destination { postal_code: code.clone(), ..home() };
            let check = |destination: &Destination, list: &[Item], subtotal| {
                mine.check(&Facts::of(destination, &goods(list.to_vec(), subtotal)), at(0))
            };
            if code != "80111" {
                prop_assert_eq!(check(&moved, &list, subtotal), Err(Refusal::OtherAddress));
            }
            prop_assert_eq!(check(&home(), &list, subtotal + more), Err(Refusal::OtherGoods));
            let (mut a, mut b) = (list.clone(), other.clone());
            a.sort_unstable();
            b.sort_unstable();
            if a != b {
                prop_assert_eq!(check(&home(), &other, subtotal), Err(Refusal::OtherGoods));
            }
        }

        #[test]
        fn a_token_that_differs_by_a_character_is_nobodys(place in any::<prop::sample::Index>(), with in "[A-Za-z0-9._-]") {
            let token = seal("k").seal(&quote(Facts::of(&home(), &goods(vec![], 1)), 10, 5)).unwrap();
            let place = place.index(token.len());
            let changed = format!("{}{with}{}", &token[..place], &token[place + 1..]);
            if changed != token {
                prop_assert_eq!(seal("k").open(&changed), Err(Refusal::Invalid));
            }
            prop_assert_eq!(seal("other").open(&token), Err(Refusal::Invalid));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,200}") {
            prop_assert_eq!(seal("k").open(&text), Err(Refusal::Invalid));
        }
    }
}
