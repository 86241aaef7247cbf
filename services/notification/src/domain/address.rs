//! An address as it stands on a parcel.

use warung_contracts::event::ShippingAddress;

use super::{country, language::Language};

/// The address in lines: all that was given, and the country by its name.
pub fn lines(address: &ShippingAddress, language: Language) -> String {
    let ShippingAddress { recipient, phone, line1, line2, city, province, postal_code, country } = address;
    let place =
        [Some(city.as_str()), province.as_deref()].into_iter().flatten().filter(|part| !part.is_empty());
    let place = place.collect::<Vec<_>>().join(", ");
    let lines = [
        recipient.as_str(),
        line1,
        line2.as_deref().unwrap_or_default(),
        &format!("{place} {postal_code}"),
        country::name(country, language),
        phone.as_deref().unwrap_or_default(),
    ]
    .map(|line| line.trim().to_owned());
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_address_is_left_out() {
        let mut address = ShippingAddress {
            recipient: "Siti".into(),
            phone: Some("+62811111111".into()),
            line1: "Jl. Braga 1".into(),
            line2: Some("RT 2".into()),
            city: "Bandung".into(),
            province: Some("Jawa Barat".into()),
            postal_code: "40111".into(),
            country: "DE".into(),
        };
        let all = lines(&address, Language::Indonesian);
        assert_eq!(all, "Siti\nJl. Braga 1\nRT 2\nBandung, Jawa Barat 40111\nJerman\n+62811111111");
        (address.phone, address.line2, address.province) = (None, None, None);
        assert_eq!(lines(&address, Language::English), "Siti\nJl. Braga 1\nBandung 40111\nGermany");
    }
}
