//! The events people are told of.

use warung_contracts::{
    event::{
        Event, OrderCancelled, OrderConfirmed, OrderPlaced, PaymentPending, PaymentRefunded,
        ShipmentDelivered, ShipmentDispatched, UserRegistered,
    },
    id::{OrderId, UserId},
};

/// An event that somebody is told of.
pub trait Notice: Event {
    /// Who is told.
    fn user_id(&self) -> UserId;
    /// The order it speaks of.
    fn order_id(&self) -> Option<OrderId>;
    /// The order's number, where the event says it.
    fn number(&self) -> Option<&str> {
        None
    }
}

impl Notice for UserRegistered {
    fn user_id(&self) -> UserId {
        self.user_id
    }

    fn order_id(&self) -> Option<OrderId> {
        None
    }
}

macro_rules! of_orders {
    ($($event:ident $($number:ident)?;)*) => {$(
        impl Notice for $event {
            fn user_id(&self) -> UserId {
                self.user_id
            }

            fn order_id(&self) -> Option<OrderId> {
                Some(self.order_id)
            }

            $(fn number(&self) -> Option<&str> {
                Some(&self.$number)
            })?
        }
    )*};
}

of_orders! {
    OrderPlaced number;
    OrderConfirmed number;
    OrderCancelled number;
    PaymentPending;
    PaymentRefunded;
    ShipmentDispatched;
    ShipmentDelivered;
}
