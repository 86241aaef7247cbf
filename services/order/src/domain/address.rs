//! Where an order goes, and when that can be corrected.

use warung_contracts::event::{ParcelState, ShippedParcel, ShippingAddress};

use super::{Order, State, tax::region_key};

/// Why an order does not go to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    #[error("an order that is {0} goes where it goes")]
    Ended(State),
    #[error("a parcel of it has left")]
    Left,
    /// Tax and shipping were computed for another place; this field says which.
    #[error("its {0} is another")]
    Elsewhere(&'static str),
}

impl Order {
    /// Whether its address can be corrected: until something of it left, as far as is known.
    pub fn takes_address(&self, parcels: &[ShippedParcel]) -> bool {
        self.check_still_here(parcels).is_ok()
    }

    fn check_still_here(&self, parcels: &[ShippedParcel]) -> Result<(), NoAddress> {
        let stayed =
            |parcel: &ShippedParcel| matches!(parcel.state, ParcelState::Created | ParcelState::Cancelled);
        match self.state.is_cancellable() {
            false => Err(NoAddress::Ended(self.state)),
            true if parcels.iter().all(stayed) => Ok(()),
            true => Err(NoAddress::Left),
        }
    }

    /// Corrects where it goes; says which fields are others now, none where it is right already. Tax and shipping depend on
    /// country and province ([`super::tax::TaxTable::rate`], and the places of shipment's rates), so these stay.
    ///
    /// # Errors
    ///
    /// As [`NoAddress`] says; nothing has changed then.
    pub fn correct_address(
        &mut self,
        to: ShippingAddress,
        parcels: &[ShippedParcel],
    ) -> Result<Vec<&'static str>, NoAddress> {
        self.check_still_here(parcels)?;
        let was = &self.shipping_address;
        let province =
            |address: &ShippingAddress| region_key(address.province.as_deref().unwrap_or_default());
        if to.country != was.country {
            return Err(NoAddress::Elsewhere("country"));
        }
        if province(&to) != province(was) {
            return Err(NoAddress::Elsewhere("province"));
        }
        let changed = changed(was, &to);
        if !changed.is_empty() {
            self.goes_to(to);
        }
        Ok(changed)
    }

    /// Hears that the correction of this version came too late, and where its parcels go. Whether that is news: a later
    /// correction is answered by itself.
    pub fn keep_address(&mut self, corrected: i64, goes: ShippingAddress) -> bool {
        let current = self.address_version == corrected;
        if current {
            self.goes_to(goes);
        }
        current
    }

    fn goes_to(&mut self, address: ShippingAddress) {
        self.shipping_address = address;
        self.address_version += 1;
    }
}

/// The fields in which two addresses differ.
fn changed(was: &ShippingAddress, is: &ShippingAddress) -> Vec<&'static str> {
    let fields = [
        ("recipient", was.recipient != is.recipient),
        ("phone", was.phone != is.phone),
        ("line1", was.line1 != is.line1),
        ("line2", was.line2 != is.line2),
        ("city", was.city != is.city),
        ("province", was.province != is.province),
        ("postal_code", was.postal_code != is.postal_code),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_and_nothing_of_what_it_says() {
        let was = ShippingAddress {
            recipient: "Sari".into(),
            phone: None,
            line1: "Jl. Kopi 1".into(),
            line2: None,
            city: "Bandung".into(),
            province: Some("Jawa Barat".into()),
            postal_code: "40111".into(),
            country: "ID".into(),
        };
        assert!(changed(&was, &was).is_empty());
        let is = ShippingAddress { line1: "Jl. Kopi 11".into(), phone: Some("+62 1".into()), ..was.clone() };
        assert_eq!(changed(&was, &is), ["phone", "line1"]);
        let is = ShippingAddress { province: Some("JAWA BARAT".into()), ..was.clone() };
        assert_eq!(changed(&was, &is), ["province"]);
    }
}
