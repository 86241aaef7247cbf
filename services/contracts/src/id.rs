//! Ids as types: a UUIDv7 (RFC 9562) inside, a prefixed text outside, so that a wrong id fails where it is read.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id of this kind looks like {prefix}_0192… (the prefix, then 32 hexadecimal digits)")]
pub struct BadId {
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = concat!("^", $prefix, "_[0-9a-f]{32}$")))]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the text begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The UUID inside, as stored in databases.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { prefix: $prefix };
                let digits = text.strip_prefix(concat!($prefix, "_")).ok_or(bad.clone())?;
                if digits.len() != 32 || digits.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(bad);
                }
                Uuid::try_parse(digits).map(Self).map_err(|_| bad)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .examples([concat!($prefix, "_01920000000070008000000000000001")])
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A registered person.
    UserId = "usr";
    /// A log-in of a user on a device.
    SessionId = "ses";
    /// A postal address of a user.
    AddressId = "adr";
    /// A category of products.
    CategoryId = "cat";
    /// A product.
    ProductId = "prd";
    /// A kind of a product that is bought as such; a product's default variant has the same UUID as the product.
    VariantId = "var";
    /// A place where stock is kept.
    LocationId = "loc";
    /// A list of prices that hold for a time.
    PriceListId = "prl";
    /// An order.
    OrderId = "ord";
    /// A coupon.
    CouponId = "cpn";
    /// A rate of tax.
    TaxRateId = "txr";
    /// A customer's sending back of what was delivered.
    ReturnId = "ret";
    /// Money that is to go back.
    RefundId = "rfd";
    /// A dispute of a payment.
    DisputeId = "dsp";
    /// A payment of an order.
    PaymentId = "pay";
    /// A parcel of an order.
    ShipmentId = "shp";
    /// A parcel of a shipment.
    ParcelId = "pcl";
    /// What a way of shipping costs, by place and weight.
    RateId = "rat";
    /// An offer to ship certain goods to a certain place.
    QuoteId = "quo";
    /// A device or browser for push messages.
    DeviceId = "dev";
    /// A message to a person.
    NotificationId = "ntf";
    /// An event; also its `Nats-Msg-Id` and CloudEvents id.
    EventId = "evt";
}

impl ProductId {
    /// The variant that a product id means where nobody names another.
    pub fn default_variant(self) -> VariantId {
        VariantId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = OrderId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "ord_01920000000070008000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let user = UserId(Uuid::nil()).to_string();
        assert_eq!(user.parse::<OrderId>(), Err(BadId { prefix: "ord" }));
        assert_eq!("ord_1".parse::<OrderId>(), Err(BadId { prefix: "ord" }));
        assert_eq!("ord_0192000000007000800000000000000G".parse::<OrderId>(), Err(BadId { prefix: "ord" }));
    }
}
