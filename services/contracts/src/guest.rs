//! What people without an account show to read what is theirs.
//!
//! Checkout answers a guest with a token of the order. Whoever keeps a part of the order hears the SHA-256 of it in an
//! event (`order_token_hash`, hexadecimal), and lets those read that part who show the token itself: the token has 256
//! random bits, so its hash opens nothing.

/// The header that carries the token of a guest's order.
pub const ORDER_TOKEN: &str = "order-token";
