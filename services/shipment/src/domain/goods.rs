//! What is to be sent, and where to.

use warung_contracts::money::Money;

/// Millimetres of a side at most: 100 m. It keeps volumes far within 128 bits.
pub const SIDE_MAX_MM: u32 = 100_000;

/// Goods that are alike; a fact that nobody knows is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub weight_grams: u32,
    /// Length, width and height.
    pub sides_mm: [u32; 3],
    /// 1 or more.
    pub quantity: u32,
}

/// All that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    pub items: Vec<Item>,
    /// What they cost together.
    pub subtotal: Money,
}

impl Goods {
    /// What they weigh, in grams.
    pub fn weight_grams(&self) -> u128 {
        self.items.iter().map(|item| u128::from(item.weight_grams) * u128::from(item.quantity)).sum()
    }

    /// What their bulk counts as, in grams, when `divisor` cubic centimetres count as a kilogram; begun grams count.
    ///
    /// A carrier's divisor in cm³/kg is the same number in mm³/g. IATA's is 6000; couriers take 4000 to 6000.
    pub fn dimensional_grams(&self, divisor: u32) -> u128 {
        let volume = |item: &Item| item.sides_mm.iter().map(|side| u128::from(*side)).product::<u128>();
        let all: u128 = self.items.iter().map(|item| volume(item) * u128::from(item.quantity)).sum();
        all.div_ceil(u128::from(divisor.max(1)))
    }

    /// What a carrier charges for: the greater of weight and bulk, of all goods together.
    pub fn chargeable_grams(&self, divisor: Option<u32>) -> u128 {
        self.weight_grams().max(divisor.map_or(0, |divisor| self.dimensional_grams(divisor)))
    }
}

/// Where goods go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    pub province: String,
    pub postal_code: String,
    pub city: String,
}

/// A name as it is compared: people write `Jawa Barat` and `jawa  barat `.
pub fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
