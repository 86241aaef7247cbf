//! People for a shop to try things in: made up, believable, and the same again by the same number.

use uuid::{Builder, Uuid};
use warung_auth::seed::Account;
use warung_contracts::id::{AddressId, UserId};
use warung_user::seed::{Home, Person};

/// The time in the ids of the first of them: 2025-01-01T00:00:00Z, so that they sort before whoever registers.
const FIRST_MS: u64 = 1_735_689_600_000;
/// One in this many reads English.
const ENGLISH: u64 = 5;

const GIVEN: &str = "Adi Agus Ayu Bayu Budi Citra Dewi Dian Eka Fajar Fitri Gita Hendra Indah Joko Kartika Lestari Made \
    Nur Putri Rahma Siti Wahyu Yoga";
const FAMILY: &str = "Anggraini Gunawan Halim Handayani Hidayat Kurniawan Kusuma Lubis Maharani Nugroho Permata Pratama \
    Purnama Saputra Sari Setiawan Simanjuntak Susanto Wibowo Wijaya";
const STREETS: [&str; 10] = [
    "Jl. Ahmad Yani",
    "Jl. Braga",
    "Jl. Diponegoro",
    "Jl. Gajah Mada",
    "Jl. Imam Bonjol",
    "Jl. Kartini",
    "Jl. Malioboro",
    "Jl. Merdeka",
    "Jl. Pemuda",
    "Jl. Sudirman",
];
/// City, province, and the first two digits of its postal codes.
const CITIES: [(&str, &str, u64); 10] = [
    ("Jakarta Pusat", "DKI Jakarta", 10),
    ("Bandung", "Jawa Barat", 40),
    ("Semarang", "Jawa Tengah", 50),
    ("Yogyakarta", "DI Yogyakarta", 55),
    ("Surabaya", "Jawa Timur", 60),
    ("Denpasar", "Bali", 80),
    ("Medan", "Sumatera Utara", 20),
    ("Palembang", "Sumatera Selatan", 30),
    ("Balikpapan", "Kalimantan Timur", 76),
    ("Makassar", "Sulawesi Selatan", 90),
];

/// Somebody, as auth and as user know them.
pub fn person(seed: u64, number: u64) -> (Account, Person) {
    let mut dice = Dice::of(seed, number);
    let (given, family) = (dice.word(GIVEN), dice.word(FAMILY));
    let name = format!("{given} {family}");
    // The number keeps addresses apart, the domain is nobody's (RFC 2606).
    let email = format!("{}.{}.{number}@example.com", given.to_lowercase(), family.to_lowercase());
    let locale = if dice.below(ENGLISH) == 0 { "en" } else { "id" }.to_owned();
    let user_id = UserId(dice.id(number));
    let phone = format!("+628{:010}", 1_000_000_000 + dice.below(1_000_000_000));
    let home = home(&mut dice, number);
    let account = Account { user_id, email: email.clone(), name: name.clone(), locale: locale.clone() };
    (account, Person { user_id, email, name, locale, phone: Some(phone), home: Some(home) })
}

fn home(dice: &mut Dice, number: u64) -> Home {
    let (city, province, prefix) = dice.pick(&CITIES);
    Home {
        address_id: AddressId(dice.id(number)),
        line1: format!("{} No. {}", dice.pick(&STREETS), 1 + dice.below(199)),
        city: city.to_owned(),
        province: province.to_owned(),
        postal_code: format!("{prefix}{:03}", 100 + dice.below(900)),
        country: "ID".into(),
    }
}

/// Numbers that follow from where they begin: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators). Nothing secret is made of them.
struct Dice(u64);

impl Dice {
    fn of(seed: u64, number: u64) -> Self {
        let mut first = Self(seed);
        Self(first.roll() ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        let index = self.below(all.len() as u64);
        all[usize::try_from(index).unwrap_or_default()]
    }

    fn word(&mut self, all: &'static str) -> &'static str {
        self.pick(&all.split_whitespace().collect::<Vec<_>>())
    }

    /// A UUIDv7 of the moment that belongs to this number.
    fn id(&mut self, number: u64) -> Uuid {
        let bytes = [self.roll().to_be_bytes(), self.roll().to_be_bytes()].concat();
        let random = std::array::from_fn(|at| bytes[at]);
        Builder::from_unix_timestamp_millis(FIRST_MS + number, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn text(seed: u64, number: u64) -> String {
        format!("{:?}", person(seed, number))
    }

    #[test]
    fn people_are_the_same_again_by_the_same_number_and_others_by_another() {
        assert_eq!(text(1, 7), text(1, 7));
        assert_ne!(text(1, 7), text(2, 7));
        assert_ne!(text(1, 7), text(1, 8));
    }

    #[test]
    fn a_thousand_people_share_no_id_and_no_address() {
        let people: Vec<_> = (0..1000).map(|number| person(1, number)).collect();
        let ids: BTreeSet<_> = people.iter().map(|(account, _)| account.user_id).collect();
        let emails: BTreeSet<_> = people.iter().map(|(account, _)| account.email.clone()).collect();
        assert_eq!((ids.len(), emails.len()), (1000, 1000));
        assert!(people.iter().all(|(account, person)| account.user_id == person.user_id));
        let english = people.iter().filter(|(account, _)| account.locale == "en").count();
        assert!((100..300).contains(&english), "{english} of 1000 read English");
    }
}
