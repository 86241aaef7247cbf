//! The events of the shop: facts, published by the service that owns them.
//!
//! A payload changes by adding optional fields; anything else is a new version beside the old one. Each released
//! version has a sample in `golden/<type>.json` that must parse for ever, and its schemas in `released/<version>`, which
//! today's are held against.

mod auth;
mod order;
mod payment;
mod product;
mod returns;
mod shipment;
mod user;

#[cfg(test)]
mod fits;
#[cfg(test)]
mod released;

pub use auth::*;
pub use order::*;
pub use payment::*;
pub use product::*;
pub use returns::*;
pub use shipment::*;
pub use user::*;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};

/// The data of one type of event.
pub trait Event: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// CloudEvents type and NATS subject: `warung.<owner>.<what>.v<N>`.
    const TYPE: &'static str;
    /// The aggregate it speaks of; events of one aggregate keep their order.
    fn aggregate(&self) -> String;
}

macro_rules! events {
    ($($name:ident: $type:literal by $key:ident;)*) => {
        $(impl Event for $name {
            const TYPE: &'static str = $type;

            fn aggregate(&self) -> String {
                self.$key.to_string()
            }
        })*

        /// Every type of event there is.
        pub const TYPES: &[&str] = &[$($type),*];

        /// JSON Schema of an event's data as it is read, by its type.
        pub fn schema(event: &str) -> Option<Schema> {
            with_settings(event, SchemaSettings::default())
        }

        /// JSON Schema by these settings, which say whether it is of what is read or of what is written.
        fn with_settings(event: &str, settings: SchemaSettings) -> Option<Schema> {
            match event {
                $($type => Some(settings.into_generator().into_root_schema_for::<$name>()),)*
                _ => None,
            }
        }

        /// A reference to the schema of each type's data; the schemas are with the generator.
        pub fn payloads(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
            vec![$(($type, generator.subschema_for::<$name>())),*]
        }

        #[cfg(test)]
        fn parses(event: &str, json: &str) -> Result<serde_json::Value, serde_json::Error> {
            match event {
                $($type => serde_json::from_str::<$name>(json).and_then(serde_json::to_value),)*
                _ => Err(serde::de::Error::custom("no such event")),
            }
        }
    };
}

events! {
    UserRegistered: "warung.auth.user_registered.v1" by user_id;
    EmailVerificationRequested: "warung.auth.email_verification_requested.v1" by user_id;
    PasswordResetRequested: "warung.auth.password_reset_requested.v1" by user_id;
    PasswordChanged: "warung.auth.password_changed.v1" by user_id;
    EmailChangeRequested: "warung.auth.email_change_requested.v1" by user_id;
    EmailChanged: "warung.auth.email_changed.v1" by user_id;
    SecondFactorChanged: "warung.auth.second_factor_changed.v1" by user_id;
    NewDeviceLoggedIn: "warung.auth.new_device_logged_in.v1" by user_id;
    AccountSuspended: "warung.auth.account_suspended.v1" by user_id;
    AccountRestored: "warung.auth.account_restored.v1" by user_id;
    UserDeleted: "warung.auth.user_deleted.v1" by user_id;
    ProfileChanged: "warung.user.profile_changed.v1" by user_id;
    StockReserved: "warung.product.stock_reserved.v1" by order_id;
    StockRejected: "warung.product.stock_rejected.v1" by order_id;
    ProductChanged: "warung.product.changed.v1" by product_id;
    StockLow: "warung.product.stock_low.v1" by product_id;
    StockOut: "warung.product.stock_out.v1" by product_id;
    OrderPlaced: "warung.order.placed.v1" by order_id;
    OrderConfirmed: "warung.order.confirmed.v1" by order_id;
    OrderAddressCorrected: "warung.order.address_corrected.v1" by order_id;
    OrderCancelled: "warung.order.cancelled.v1" by order_id;
    OrderCompleted: "warung.order.completed.v1" by order_id;
    OrderClaimed: "warung.order.claimed.v1" by order_id;
    GuestForgotten: "warung.order.guest_forgotten.v1" by order_id;
    RefundRequested: "warung.order.refund_requested.v1" by order_id;
    ItemsReturned: "warung.order.items_returned.v1" by order_id;
    ReturnRequested: "warung.order.return_requested.v1" by order_id;
    ReturnWithdrawn: "warung.order.return_withdrawn.v1" by order_id;
    ReturnApproved: "warung.order.return_approved.v1" by order_id;
    ReturnRefused: "warung.order.return_refused.v1" by order_id;
    ReturnReceived: "warung.order.return_received.v1" by order_id;
    TaxClassChanged: "warung.order.tax_class_changed.v1" by tax_class;
    PaymentPending: "warung.payment.pending.v1" by order_id;
    PaymentSucceeded: "warung.payment.succeeded.v1" by order_id;
    PaymentFailed: "warung.payment.failed.v1" by order_id;
    PaymentExpired: "warung.payment.expired.v1" by order_id;
    PaymentRefunded: "warung.payment.refunded.v1" by order_id;
    PaymentAuthorized: "warung.payment.authorized.v1" by order_id;
    RefundFailed: "warung.payment.refund_failed.v1" by order_id;
    PaymentDecided: "warung.payment.decided.v1" by order_id;
    PaymentHeld: "warung.payment.held.v1" by order_id;
    PaymentHoldEnded: "warung.payment.hold_ended.v1" by order_id;
    PaymentDisputed: "warung.payment.disputed.v1" by order_id;
    PaymentDisputeClosed: "warung.payment.dispute_closed.v1" by order_id;
    ShipmentCreated: "warung.shipment.created.v1" by order_id;
    ShipmentDispatched: "warung.shipment.dispatched.v1" by order_id;
    ShipmentTrackingCorrected: "warung.shipment.tracking_corrected.v1" by order_id;
    ShipmentDelivered: "warung.shipment.delivered.v1" by order_id;
    ShipmentFailed: "warung.shipment.failed.v1" by order_id;
    ShipmentReturned: "warung.shipment.returned.v1" by order_id;
    ShipmentRecalled: "warung.shipment.recalled.v1" by order_id;
    ShipmentChanged: "warung.shipment.changed.v1" by order_id;
    ShipmentAddressKept: "warung.shipment.address_kept.v1" by order_id;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(event: &str) -> std::path::PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "golden", &format!("{event}.json")].iter().collect()
    }

    #[test]
    fn every_released_event_still_parses_and_fits_its_schema() {
        for event in TYPES {
            let text =
                std::fs::read_to_string(golden(event)).unwrap_or_else(|e| panic!("{event}: no golden: {e}"));
            let back = parses(event, &text).unwrap_or_else(|e| panic!("{event}: {e}"));
            let schema = serde_json::to_value(schema(event)).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            let sample: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(
                validator.is_valid(&sample),
                "{event}: {:?}",
                validator.iter_errors(&sample).collect::<Vec<_>>()
            );
            assert!(validator.is_valid(&back), "{event}: what is written does not fit the schema");
        }
    }

    #[test]
    fn no_golden_is_without_its_event() {
        let folder = golden("x");
        for entry in std::fs::read_dir(folder.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(TYPES.contains(&stem.as_str()), "{stem} was released once and must stay readable");
        }
    }

    #[test]
    fn every_event_has_one_publisher() {
        for event in TYPES {
            let publishers: Vec<_> = crate::manifest::all()
                .iter()
                .filter(|m| m.publishes.iter().any(|p| p.event == *event))
                .map(|m| &m.name)
                .collect();
            assert_eq!(publishers.len(), 1, "{event}: {publishers:?}");
        }
    }
}
