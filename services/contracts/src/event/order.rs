//! Events of order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::StockPart;
use crate::{
    id::{OrderId, ProductId, RefundId, ReturnId, UserId, VariantId},
    money::Money,
};

/// One product of an order, with the price it had when the order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderLine {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    /// 1 or more.
    pub quantity: u32,
    pub unit_price: Money,
    /// Which kind of the product; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    /// Such as "Red / L".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_name: Option<String>,
    /// The line's share of the order's discount, 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// The line's tax, of the price after the discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
    /// Rate of that tax in parts per million: 11 % is 110000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate_ppm: Option<u32>,
    /// What is paid for the line, discount and tax considered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// Such as `standard`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_class: Option<String>,
    /// Grams of one item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_grams: Option<u32>,
}

impl OrderLine {
    /// The variant that is sold; a line that names none means the product's default one.
    #[must_use]
    pub fn variant(&self) -> VariantId {
        self.variant_id.unwrap_or_else(|| self.product_id.default_variant())
    }

    /// A line that says no more than what is bought and its price.
    pub fn new(product_id: ProductId, quantity: u32, unit_price: Money) -> Self {
        Self {
            product_id,
            sku: String::new(),
            name: String::new(),
            quantity,
            unit_price,
            variant_id: None,
            variant_name: None,
            discount: None,
            tax: None,
            tax_rate_ppm: None,
            total: None,
            tax_class: None,
            weight_grams: None,
        }
    }
}

/// What an order comes to. `total` = `subtotal` - `discount` + `shipping`, and + `tax` where prices are without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Totals {
    /// Prices times quantities.
    pub subtotal: Money,
    /// What coupons take off the goods, 0 or more.
    pub discount: Money,
    /// What shipping costs, after a coupon that makes it free.
    pub shipping: Money,
    /// What coupons take off shipping, 0 or more: before them it costs `shipping` + this. Absent in what was written before
    /// it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_discount: Option<Money>,
    /// Of `tax`, what is on shipping.
    pub shipping_tax: Money,
    /// All tax, that on shipping included.
    pub tax: Money,
    /// Whether prices, and so `subtotal` and `shipping`, hold their tax already.
    pub prices_include_tax: bool,
    /// What is to be paid.
    pub total: Money,
}

/// A coupon or promotion of an order. All of them together take off `discount` + `shipping_discount` of its totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedCoupon {
    /// As customers type it.
    pub code: String,
    /// What it took off, 0 or more.
    pub amount: Money,
}

/// Whom to tell about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Lower-cased address.
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
    /// BCP 47 language tag, such as `id` or `en`.
    pub locale: String,
}

/// How an order is shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShippingChoice {
    /// A service of the shop, such as `regular`.
    pub service: String,
    /// As it was quoted.
    pub price: Money,
    /// The quote that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<String>,
}

/// How the customer wants to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentChoice {
    /// Name of a provider that is switched on, such as `sandbox`; `none` where there is nothing to pay.
    pub provider: String,
    /// The provider's token for the customer's means of payment, where it uses one.
    pub token: Option<String>,
    /// How, in a word such as `card`, `gopay`, `qris` or `bank_transfer`; the provider lets the customer choose when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Where the provider sends the customer back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
}

impl PaymentChoice {
    /// The provider of orders that cost nothing: nobody is asked for money.
    pub const NOBODY: &str = "none";

    /// This provider, and all else as it likes.
    pub fn of(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), token: None, method: None, return_url: None }
    }
}

/// Where parcels go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShippingAddress {
    pub recipient: String,
    pub phone: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub province: Option<String>,
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// A customer checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderPlaced {
    pub order_id: OrderId,
    /// The number people read, such as `KOPI-000042`.
    pub number: String,
    pub user_id: UserId,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    pub payment: PaymentChoice,
    /// How the total comes about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Whom to tell; absent when the customer's account says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// SHA-256 (hex) of the token of the guest's cart that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_token_hash: Option<String>,
    /// SHA-256 (hex) of the order's token, with which a guest reads the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_token_hash: Option<String>,
    /// Which state of the cart was ordered, as cart named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_revision: Option<String>,
    /// What took something off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<AppliedCoupon>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<ShippingAddress>,
}

/// The order is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    pub shipping_address: ShippingAddress,
    /// How the total comes about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Whom to tell; absent when the customer's account says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// How it is shipped, where the shop has rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingChoice>,
    /// SHA-256 (hex) of the token of the guest's cart that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_token_hash: Option<String>,
    /// SHA-256 (hex) of the order's token, with which a guest reads the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_token_hash: Option<String>,
    /// What took something off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<AppliedCoupon>,
    /// From where its items are served, as product said when it set them aside; empty where that was not heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served_from: Vec<StockPart>,
    /// Grows with each correction of the address; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_version: Option<i64>,
}

/// Somebody corrected where an order goes, before anything of it had left as far as order knew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderAddressCorrected {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
    /// All of it, as it is now; country and province are those of before.
    pub shipping_address: ShippingAddress,
    /// Grows with each correction: what is older than what a reader knows changes nothing.
    pub version: i64,
    /// Whether the order had been confirmed, and so told with an older address; else it will be told with this one, or a later.
    pub confirmed: bool,
}

/// The order will not be served; whatever was taken for it goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
    pub total: Money,
    pub reason: CancelReason,
    /// SHA-256 (hex) of the token of the guest's cart that was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_token_hash: Option<String>,
}

/// Why an order was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    OutOfStock,
    PaymentFailed,
    PaymentExpired,
    ByCustomer,
    ByAdmin,
    /// Nothing was heard of the order until its deadline.
    Deadline,
    /// No carrier could deliver it, and all of it came back.
    Undeliverable,
}

crate::words!(
    CancelReason,
    "reason of an order's end",
    OutOfStock = "out_of_stock",
    PaymentFailed = "payment_failed",
    PaymentExpired = "payment_expired",
    ByCustomer = "by_customer",
    ByAdmin = "by_admin",
    Deadline = "deadline",
    Undeliverable = "undeliverable",
);

/// Everything was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderCompleted {
    pub order_id: OrderId,
    pub number: String,
    pub user_id: UserId,
}

/// A guest's order became an account's. The order's token opens nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderClaimed {
    pub order_id: OrderId,
    pub number: String,
    /// Whose it is now.
    pub user_id: UserId,
    /// As whom events spoke of the guest; no other order has it, and late events may still say it.
    pub guest_id: UserId,
}

/// What is personal of a guest's order is to be forgotten: as of an account that is deleted, whose id is the guest's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuestForgotten {
    pub order_id: OrderId,
    /// Stands for the guest of this one order.
    pub user_id: UserId,
}

/// Money of an order is to go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundRequested {
    pub order_id: OrderId,
    pub refund_id: RefundId,
    pub user_id: UserId,
    /// Above 0.
    pub amount: Money,
    pub reason: String,
    /// Refunds for the same goods that failed before: it takes their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<RefundId>,
    /// The tax in the amount, of the lines that came back, and the rest is for goods; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Money>,
}

/// A class of tax can be told from a name that nobody defined: it has a rate now, or has none any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxClassChanged {
    /// As products name it.
    pub tax_class: String,
    /// Whether it has a rate somewhere, be it 0.
    pub defined: bool,
    /// Grows with each news of any class: what has a lower one is older. Absent in events of before it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Goods of an order came back to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemsReturned {
    pub order_id: OrderId,
    pub return_id: ReturnId,
    pub lines: Vec<ReturnedLine>,
}

/// Goods that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReturnedLine {
    pub product_id: ProductId,
    /// Which kind of the product; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    /// 1 or more.
    pub quantity: u32,
    /// Whether they can be sold again.
    pub restock: bool,
}
