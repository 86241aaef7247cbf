//! What a checkout and a quote are sent.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::http::rules::{is_country, is_line, is_page, is_phone, is_said, is_text, without_breaks};
use warung_contracts::{
    event::{Contact as Known, PaymentChoice, ShippingAddress},
    id::AddressId,
    money::Money,
};

use crate::domain::coupon::Code;

/// Coupons of an order at most.
pub const COUPONS_MAX: usize = 5;
/// Characters of a quote's token at most.
const TOKEN_MAX: usize = 2048;

/// How to pay, where to, for whom.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    /// May be left out where there is nothing to pay.
    #[serde(default)]
    #[garde(dive)]
    pub payment: Option<Payment>,
    /// Where parcels go; this or `shipping_address_id`.
    #[serde(default)]
    #[garde(dive)]
    pub shipping_address: Option<Address>,
    /// An address of the account's, `GET /api/v1/me/addresses`, in place of `shipping_address`. The order keeps it as it is
    /// now. Not for guests.
    // Not written when absent: a request from before there was this field is repeated as the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub shipping_address_id: Option<AddressId>,
    /// At most 5 codes.
    #[serde(default)]
    #[garde(length(max = COUPONS_MAX), custom(codes))]
    #[schema(value_type = Vec<String>, max_items = 5)]
    pub coupons: Vec<String>,
    /// Token of a way to send it, from `POST /api/v1/checkout/quote`; the cheapest when left out.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = TOKEN_MAX)))]
    pub shipping_quote: Option<String>,
    /// Whom to tell; guests must say it. Of an account's order it is kept for staff, and by its address coupons are counted:
    /// messages go to the account's own address.
    #[serde(default)]
    #[garde(dive)]
    pub contact: Option<Contact>,
    /// A word to the shop.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 500)), inner(custom(is_said)))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
    /// What the customer was shown as the total; another one is refused. Left out, whatever it comes to is ordered.
    // Not written when absent: a request from before there was this field is repeated as the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub expected_total: Option<Money>,
}

/// What a price is asked for.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// At most 5 codes.
    #[serde(default)]
    #[garde(length(max = COUPONS_MAX), custom(codes))]
    #[schema(value_type = Vec<String>, max_items = 5)]
    pub coupons: Vec<String>,
    /// Whether coupons that are not taken are left out of the price and named in `refused_coupons`, as for a customer who
    /// tries a code at the cart; else the quote is refused as the checkout would be.
    #[serde(default)]
    #[garde(skip)]
    pub skip_refused: bool,
    /// Where it would go; without it shipping is not known, and tax is that of rates which name no country.
    #[serde(default)]
    #[garde(dive)]
    pub shipping_address: Option<Address>,
    /// An address of the account's in place of `shipping_address`. Not for guests.
    #[serde(default)]
    #[garde(skip)]
    pub shipping_address_id: Option<AddressId>,
    /// Token of a way to send it, from an earlier quote; the cheapest when left out.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = TOKEN_MAX)))]
    pub shipping_quote: Option<String>,
    /// How it would be paid; checked, and nothing more.
    #[serde(default)]
    #[garde(dive)]
    pub payment: Option<Payment>,
}

/// Whom to tell about an order.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckoutContact)]
pub struct Contact {
    #[garde(email, length(max = 254))]
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    #[garde(length(chars, min = 1, max = 200), custom(is_line))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 40)), inner(custom(is_phone)))]
    #[schema(min_length = 1, max_length = 40, example = "+62 812 3456 7890")]
    pub phone: Option<String>,
    /// BCP 47 language tag, such as `id` or `en`; `id` when left out.
    #[serde(default)]
    #[garde(inner(length(chars, min = 2, max = 35)), inner(custom(language)))]
    #[schema(min_length = 2, max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
    pub locale: Option<String>,
}

/// How to pay.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckoutPayment)]
pub struct Payment {
    /// A provider that the shop has switched on, such as `sandbox`.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(example = "sandbox")]
    pub provider: String,
    /// The provider's token for the customer's means of payment, where it uses one.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 255)), inner(custom(is_text)))]
    #[schema(example = "tok_success")]
    pub token: Option<String>,
    /// How, where the provider has several ways, such as `qris` or `bank_transfer`.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 40)), inner(custom(is_text)))]
    #[schema(example = "card")]
    pub method: Option<String>,
    /// Where the customer goes after a page of the provider; http or https.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 2000)), inner(custom(is_page)))]
    pub return_url: Option<String>,
}

/// Where parcels go.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckoutAddress)]
pub struct Address {
    #[garde(length(chars, min = 1, max = 200), custom(is_line))]
    pub recipient: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 40)), inner(custom(is_phone)))]
    #[schema(example = "+62 812 3456 7890")]
    pub phone: Option<String>,
    #[garde(length(chars, min = 1, max = 200), custom(is_line))]
    pub line1: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)), inner(custom(without_breaks)))]
    pub line2: Option<String>,
    #[garde(length(chars, min = 1, max = 100), custom(is_line))]
    pub city: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)), inner(custom(without_breaks)))]
    pub province: Option<String>,
    #[garde(length(chars, min = 1, max = 20), custom(is_line))]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2, two capital letters.
    #[garde(custom(is_country))]
    #[schema(example = "ID")]
    pub country: String,
}

fn language(tag: &str, (): &()) -> garde::Result {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or("");
    let head = (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    match head && parts.all(part) {
        true => Ok(()),
        false => Err(garde::Error::new("must be a language tag (BCP 47), such as id or en")),
    }
}

fn codes(codes: &[String], (): &()) -> garde::Result {
    let parsed: Vec<Code> = codes
        .iter()
        .map(|code| code.parse())
        .collect::<Result<_, _>>()
        .map_err(|error: crate::domain::coupon::NoCode| garde::Error::new(format!("each {error}")))?;
    let twice = (1..parsed.len()).any(|place| parsed[..place].contains(&parsed[place]));
    if twice { Err(garde::Error::new("name a coupon once")) } else { Ok(()) }
}

/// The codes of a body whose rules were checked.
pub fn parsed(codes: &[String]) -> Vec<Code> {
    codes.iter().filter_map(|code| code.parse().ok()).collect()
}

impl From<Payment> for PaymentChoice {
    fn from(Payment { provider, token, method, return_url }: Payment) -> Self {
        Self { provider, token, method, return_url }
    }
}

impl From<Contact> for Known {
    fn from(Contact { email, name, phone, locale }: Contact) -> Self {
        Self { email: email.to_lowercase(), name, phone, locale: locale.unwrap_or_else(|| "id".to_owned()) }
    }
}

impl From<Address> for ShippingAddress {
    fn from(address: Address) -> Self {
        let Address { recipient, phone, line1, line2, city, province, postal_code, country } = address;
        Self { recipient, phone, line1, line2, city, province, postal_code, country }
    }
}
