//! Which cart is ordered.

/// A state of somebody's cart. Each is ordered once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CartState {
    /// As cart names it; none of a cart without lines.
    pub revision: Option<String>,
    /// Those of guests' carts that live on in it: ordered with it, or before by the guest.
    pub merged: Vec<String>,
}
