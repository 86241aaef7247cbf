//! The stock of one variant at one place. A [`Stock`] that breaks `0 <= reserved <= on_hand + backorder` can't be made.

/// How many items there are, how many of them are spoken for, and how many may be promised that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stock {
    on_hand: i64,
    reserved: i64,
    backorder: i64,
}

/// Items at most, which keeps `available` within the 32 bits of the gRPC contract.
pub const ON_HAND_MAX: i64 = 4_000_000_000;
/// Items that may be promised before they are there, at most.
pub const BACKORDER_MAX: i64 = 1_000_000;

/// A change that the stock does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only {left} items are free")]
pub struct Short {
    /// Items that can still be promised.
    pub left: i64,
}

impl Stock {
    /// Stock of these numbers; none when they can't be true together. `on_hand` is below zero while sold items are owed.
    pub fn new(on_hand: i64, reserved: i64, backorder: i64) -> Option<Self> {
        let sound = on_hand <= ON_HAND_MAX
            && (0..=BACKORDER_MAX).contains(&backorder)
            && reserved >= 0
            && on_hand.checked_add(backorder).is_some_and(|most| reserved <= most);
        sound.then_some(Self { on_hand, reserved, backorder })
    }

    /// Items at the place; below zero when more were sold than were there.
    pub fn on_hand(self) -> i64 {
        self.on_hand
    }

    /// Items set aside.
    pub fn reserved(self) -> i64 {
        self.reserved
    }

    /// Items that may be promised before they are there; 0 unless somebody allows it.
    pub fn backorder(self) -> i64 {
        self.backorder
    }

    /// Items that can be promised now.
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved + self.backorder
    }

    /// Items that are there and free; 0 when items are owed.
    pub fn free(self) -> i64 {
        (self.on_hand - self.reserved).max(0)
    }

    /// Items that can be carried away or written off: they are there, and nobody waits for them but whom backorder lets wait.
    pub fn removable(self) -> i64 {
        self.on_hand.min(self.available()).max(0)
    }

    /// The stock after these changes.
    ///
    /// # Errors
    ///
    /// When there are not enough items for it.
    pub fn moved(self, on_hand_delta: i64, reserved_delta: i64) -> Result<Self, Short> {
        let sum = |a: i64, b: i64| a.checked_add(b);
        let both = sum(self.on_hand, on_hand_delta).zip(sum(self.reserved, reserved_delta));
        both.and_then(|(on_hand, reserved)| Self::new(on_hand, reserved, self.backorder))
            .ok_or(Short { left: self.available() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_promised_that_is_not_there_unless_allowed() {
        assert_eq!(Stock::new(2, 3, 0), None);
        assert_eq!(Stock::new(-1, 0, 0), None);
        let owed = Stock::new(2, 3, 1).unwrap();
        assert_eq!((owed.available(), owed.free(), owed.removable()), (0, 0, 0));
        let allowed = Stock::new(3, 1, 5).unwrap();
        assert_eq!((allowed.available(), allowed.free(), allowed.removable()), (7, 2, 3));
        assert_eq!(Stock::new(-2, 0, 5).unwrap().removable(), 0);
        assert_eq!(owed.moved(0, 1), Err(Short { left: 0 }));
        assert_eq!(owed.moved(-3, -3), Ok(Stock::new(-1, 0, 1).unwrap()));
        assert_eq!(Stock::default().moved(i64::MAX, 1), Err(Short { left: 0 }));
    }
}
