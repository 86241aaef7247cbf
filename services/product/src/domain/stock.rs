//! The stock of one product. A [`Stock`] that breaks `0 <= reserved <= on_hand` can't be made.

/// How many items there are and how many of them are spoken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stock {
    on_hand: i64,
    reserved: i64,
}

/// Items at most, which keeps `available` within the 32 bits of the gRPC contract.
pub const ON_HAND_MAX: i64 = 4_000_000_000;

/// A change that the stock does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only {left} items are free")]
pub struct Short {
    /// Items that are neither sold nor reserved.
    pub left: i64,
}

impl Stock {
    /// Stock of these numbers; none when they can't be true together.
    pub fn new(on_hand: i64, reserved: i64) -> Option<Self> {
        let sound = (0..=ON_HAND_MAX).contains(&on_hand) && (0..=on_hand).contains(&reserved);
        sound.then_some(Self { on_hand, reserved })
    }

    /// Items in the warehouse.
    pub fn on_hand(self) -> i64 {
        self.on_hand
    }

    /// Items set aside.
    pub fn reserved(self) -> i64 {
        self.reserved
    }

    /// Items that can be sold now.
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// The stock after these changes.
    ///
    /// # Errors
    ///
    /// When there are not enough items for it.
    pub fn moved(self, on_hand_delta: i64, reserved_delta: i64) -> Result<Self, Short> {
        let sum = |a: i64, b: i64| a.checked_add(b);
        let both = sum(self.on_hand, on_hand_delta).zip(sum(self.reserved, reserved_delta));
        both.and_then(|(on_hand, reserved)| Self::new(on_hand, reserved))
            .ok_or(Short { left: self.available() })
    }
}
