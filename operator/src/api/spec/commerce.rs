//! How the shop sells.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// How the shop sells. A field that is left out is as the service that reads it has it by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commerce {
    /// Whether the prices of the catalogue hold their tax (true), or tax comes on top (false). Kept with each order: orders
    /// that were placed stay as they are. True when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices_include_tax: Option<bool>,
    /// How long a customer has to pay, in seconds. The order waits 900 seconds longer, and its goods are held 1800 seconds
    /// longer, so that the narrowest cause acts first. 1800 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 600_000))]
    pub payment_deadline_seconds: Option<i32>,
    /// For how many days after an order is complete its goods can be sent back; 0 takes none. 14 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 365))]
    pub return_days: Option<i32>,
    /// How many days the bodies of payment providers' webhooks are kept. 90 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 3650))]
    pub webhook_retention_days: Option<i32>,
    /// The language of the catalogue and of messages to staff, as a tag such as id or en; id when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z]{2}(-[A-Z]{2})?$')").message("commerce.locale must be a language tag, such as id or en-GB"))]
    pub locale: Option<String>,
    /// The time zone of times in messages, by its IANA name, such as Asia/Jakarta; UTC when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$')").message("commerce.timeZone must be the IANA name of a time zone, such as Asia/Jakarta"))]
    pub time_zone: Option<String>,
    /// Where links in messages lead, such as the storefront; the shop's own host when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    #[x_kube(validation = Rule::new("isURL(self) && url(self).getScheme() in ['http', 'https']").message("commerce.storefrontUrl must be an http or https URL, such as https://kopi.example.com"))]
    pub storefront_url: Option<String>,
    /// Limits of carts.
    #[serde(default)]
    pub cart: CartLimits,
    /// How goods are sent.
    #[serde(default)]
    pub shipping: Shipping,
}

/// Limits of carts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CartLimits {
    /// How long a cart that nobody touches is kept, in seconds; 1209600 (14 days) when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 31_622_400))]
    pub retention_seconds: Option<i32>,
    /// Different products of a cart at most; 100 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 500))]
    pub max_lines: Option<i32>,
    /// Items of one kind at most; 999 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 999))]
    pub max_quantity_per_line: Option<i32>,
    /// Items of a cart at most; 5000 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_items: Option<i32>,
}

/// How goods are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shipping {
    /// How long a quoted price for shipping holds, in seconds; 1800 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 86_400))]
    pub quote_seconds: Option<i32>,
    /// Orders are packed into parcels of at most so many grams; 0 packs each into one. 30000 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub max_parcel_grams: Option<i32>,
}
