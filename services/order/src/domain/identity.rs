//! Who asks for an order: an account, the holder of an order's token, or nobody.

use warung_contracts::id::UserId;

use super::{Actor, Order, Viewer};

/// What a request says of its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub user: Option<UserId>,
    /// Whether orders of others may be seen, cancelled, and sent to another address.
    pub sees_all: bool,
    pub cancels_all: bool,
    pub corrects_all: bool,
    /// SHA-256 of the order token that was sent.
    pub token_hash: Option<Vec<u8>>,
}

impl Identity {
    /// As whom the sender sees an order; none when it is not theirs to see.
    pub fn viewer(&self, order: &Order) -> Option<Viewer> {
        let owns = self.user == Some(order.user_id)
            || self.token_hash.as_deref().is_some_and(|hash| order.access_hash() == Some(hash));
        match () {
            () if owns => Some(Viewer::Customer),
            () if self.cancels_all => Some(Viewer::Admin),
            () if self.sees_all => Some(Viewer::Staff),
            () => None,
        }
    }
}

impl Viewer {
    /// The word for what this viewer does.
    pub fn actor(self) -> Actor {
        match self {
            Self::Customer => Actor::Customer,
            Self::Staff => Actor::Staff,
            Self::Admin => Actor::Admin,
        }
    }
}
