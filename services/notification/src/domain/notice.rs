//! The events people are told of.

use uuid::Uuid;
use warung_contracts::{
    event::{
        AccountRestored, AccountSuspended, Contact, EmailChangeRequested, EmailChanged,
        EmailVerificationRequested, Event, NewDeviceLoggedIn, OrderAddressCorrected, OrderCancelled,
        OrderConfirmed, OrderPlaced, PasswordChanged, PasswordResetRequested, PaymentDisputeClosed,
        PaymentDisputed, PaymentFailed, PaymentHeld, PaymentPending, PaymentRefunded, RefundFailed,
        ReturnApproved, ReturnReceived, ReturnRefused, ReturnRequested, ReturnWithdrawn, SecondFactorChanged,
        ShipmentAddressKept, ShipmentDelivered, ShipmentDispatched, ShipmentFailed, ShipmentRecalled,
        ShipmentReturned, ShipmentTrackingCorrected, StockLow, StockOut, UserRegistered,
    },
    id::{OrderId, UserId},
};

/// The shop's staff, who read of what needs a person at an address of the shop's.
pub const STAFF: UserId = UserId(Uuid::nil());

/// The word for who reads a message.
pub fn reader(user_id: UserId) -> &'static str {
    if user_id == STAFF { "staff" } else { "customer" }
}

/// A link in a message, whose secret token auth gives when the message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Page of the shop that takes the token.
    pub page: &'static str,
    /// What the token is of.
    pub request_id: Uuid,
}

/// Who knows the secret token of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Auth, of a request.
    Request(Uuid),
    /// Order, of a guest's order.
    Order(OrderId),
}

impl Secret {
    /// The one of these that there is.
    pub fn of(request: Option<Uuid>, order: Option<Uuid>) -> Option<Self> {
        request.map(Self::Request).or(order.map(|id| Self::Order(OrderId(id))))
    }

    /// The request, where it is one's.
    pub fn request(self) -> Option<Uuid> {
        match self {
            Self::Request(id) => Some(id),
            Self::Order(_) => None,
        }
    }

    /// The order, where it is one's.
    pub fn order(self) -> Option<Uuid> {
        match self {
            Self::Order(id) => Some(id.uuid()),
            Self::Request(_) => None,
        }
    }
}

/// An event, as its messages need it.
#[derive(Debug, Clone)]
pub struct News {
    pub event_type: &'static str,
    /// Who is told.
    pub user_id: UserId,
    /// Of what staff read beside a customer: the customer.
    pub beside: Option<UserId>,
    /// The order it speaks of.
    pub order_id: Option<OrderId>,
    /// The order's number, where the event says it.
    pub number: Option<String>,
    /// How to reach a guest, where the event says it.
    pub contact: Option<Contact>,
    /// The order, where the event says that it is a guest's.
    pub guest_of: Option<OrderId>,
    /// Where the email goes, where that is not the contact's address.
    pub email: Option<String>,
    /// The link in it.
    pub link: Option<Link>,
    /// Whether staff read it beside the customer.
    pub staff_too: bool,
    /// All of it, for templates.
    pub event: minijinja::Value,
}

impl News {
    /// The order and its number, where the event says both.
    pub fn numbered(&self) -> Option<(OrderId, &str)> {
        Some((self.order_id?, self.number.as_deref()?))
    }

    /// The same for staff, where they read it beside the customer.
    pub fn for_staff(&self) -> Option<Self> {
        let (user_id, beside, contact, guest_of) = (STAFF, Some(self.user_id), None, None);
        self.staff_too.then(|| Self { user_id, beside, contact, guest_of, ..self.clone() })
    }
}

impl<N: Notice> From<N> for News {
    fn from(notice: N) -> Self {
        Self {
            event_type: N::TYPE,
            user_id: notice.user_id(),
            beside: None,
            order_id: notice.order_id(),
            number: notice.number().map(str::to_owned),
            contact: notice.contact().cloned(),
            guest_of: notice.guest_of(),
            email: notice.email().map(str::to_owned),
            link: notice.link(),
            staff_too: N::STAFF_TOO,
            event: minijinja::Value::from_serialize(&notice),
        }
    }
}

/// An event that somebody is told of.
pub trait Notice: Event {
    /// Whether staff read it beside the customer.
    const STAFF_TOO: bool = false;

    /// Who is told; [`STAFF`] of what customers can't mend.
    fn user_id(&self) -> UserId;
    /// The order it speaks of.
    fn order_id(&self) -> Option<OrderId> {
        None
    }
    /// The order's number, where the event says it.
    fn number(&self) -> Option<&str> {
        None
    }
    /// How to reach a guest, where the event says it.
    fn contact(&self) -> Option<&Contact> {
        None
    }
    /// The order, where the event says that it is a guest's.
    fn guest_of(&self) -> Option<OrderId> {
        None
    }
    /// Where the email goes, where that is not the contact's address.
    fn email(&self) -> Option<&str> {
        None
    }
    /// The link in it.
    fn link(&self) -> Option<Link> {
        None
    }
}

macro_rules! of_accounts {
    ($($event:ident;)*) => {$(
        impl Notice for $event {
            fn user_id(&self) -> UserId {
                self.user_id
            }
        }
    )*};
}

of_accounts! {
    UserRegistered;
    PasswordChanged;
    SecondFactorChanged;
    NewDeviceLoggedIn;
    AccountSuspended;
    AccountRestored;
}

impl Notice for EmailChangeRequested {
    fn user_id(&self) -> UserId {
        self.user_id
    }

    /// As long as it is the account's.
    fn email(&self) -> Option<&str> {
        Some(&self.email)
    }
}

impl Notice for EmailChanged {
    fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Whoever loses the account must hear of it.
    fn email(&self) -> Option<&str> {
        Some(&self.old_email)
    }
}

/// Who can try again is always told who they are.
impl Notice for PaymentFailed {
    fn user_id(&self) -> UserId {
        self.user_id.unwrap_or(STAFF)
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }
}

/// The customer can do nothing about it and hears once the money is on its way; staff can.
impl Notice for RefundFailed {
    fn user_id(&self) -> UserId {
        STAFF
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }
}

/// The customer has paid, as far as they know; staff have to decide.
impl Notice for PaymentHeld {
    fn user_id(&self) -> UserId {
        STAFF
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }
}

/// The customer knows; staff have to answer at the provider.
impl Notice for PaymentDisputed {
    fn user_id(&self) -> UserId {
        STAFF
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }
}

impl Notice for PaymentDisputeClosed {
    fn user_id(&self) -> UserId {
        STAFF
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }
}

/// The customer knows that the order is cancelled; staff have to see to the goods.
impl Notice for ShipmentRecalled {
    fn user_id(&self) -> UserId {
        STAFF
    }

    fn order_id(&self) -> Option<OrderId> {
        Some(self.order_id)
    }

    fn number(&self) -> Option<&str> {
        Some(&self.number)
    }
}

/// Told by product each time stock falls that far.
impl Notice for StockLow {
    fn user_id(&self) -> UserId {
        STAFF
    }
}

impl Notice for StockOut {
    fn user_id(&self) -> UserId {
        STAFF
    }
}

macro_rules! with_links {
    ($($event:ident: $page:literal;)*) => {$(
        impl Notice for $event {
            fn user_id(&self) -> UserId {
                self.user_id
            }

            fn email(&self) -> Option<&str> {
                Some(&self.email)
            }

            fn link(&self) -> Option<Link> {
                Some(Link { page: $page, request_id: self.request_id })
            }
        }
    )*};
}

with_links! {
    EmailVerificationRequested: "verify-email";
    PasswordResetRequested: "reset-password";
}

macro_rules! of_orders {
    ($($event:ident $($number:ident $($contact:ident)?)? $(+ $staff_too:ident)?;)*) => {$(
        impl Notice for $event {
            $(const $staff_too: bool = true;)?

            fn user_id(&self) -> UserId {
                self.user_id
            }

            fn order_id(&self) -> Option<OrderId> {
                Some(self.order_id)
            }

            $(fn number(&self) -> Option<&str> {
                Some(&self.$number)
            }

            $(fn contact(&self) -> Option<&Contact> {
                self.$contact.as_ref()
            }

            /// Guests alone have a token.
            fn guest_of(&self) -> Option<OrderId> {
                self.order_token_hash.as_ref().map(|_| self.order_id)
            })?)?
        }
    )*};
}

of_orders! {
    OrderPlaced number contact;
    OrderConfirmed number contact;
    OrderAddressCorrected number;
    OrderCancelled number;
    ReturnRequested number + STAFF_TOO;
    ReturnWithdrawn number + STAFF_TOO;
    ReturnApproved number;
    ReturnRefused number;
    ReturnReceived number;
    PaymentPending;
    PaymentRefunded;
    ShipmentDispatched;
    ShipmentTrackingCorrected;
    ShipmentDelivered;
    ShipmentFailed;
    ShipmentReturned;
    ShipmentAddressKept;
}
