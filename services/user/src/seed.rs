//! Profiles for a shop to try things in: the same again by the same ids.

use warung_chassis::db::{Db, analyze};
use warung_contracts::id::{AddressId, UserId};

use crate::{
    domain::{
        address::{Address, Details},
        profile::Profile,
    },
    store,
};

/// Profiles written in one transaction.
const BATCH: usize = 200;

/// What somebody says of themselves.
#[derive(Debug, Clone)]
pub struct Person {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// E.164.
    pub phone: Option<String>,
    pub home: Option<Home>,
}

/// Where somebody lives.
#[derive(Debug, Clone)]
pub struct Home {
    pub address_id: AddressId,
    pub line1: String,
    pub city: String,
    pub province: String,
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// Makes profiles, each with its home as the default address; what is there is written as it is given here. The event of
/// the registration that comes later changes nothing.
///
/// # Errors
///
/// When an address is none, or the store is away.
pub async fn profiles(db: &Db, people: &[Person]) -> anyhow::Result<()> {
    for batch in people.chunks(BATCH) {
        let mut tx = db.begin().await?;
        for person in batch {
            let Person { user_id, email, name, locale, phone, home } = person.clone();
            let (created_at, version) = (tx.now(), 1);
            let profile = Profile { user_id, email, name: name.clone(), locale, phone, version, created_at };
            store::profiles::insert(tx.conn(), &profile).await?;
            if let Some(home) = home {
                let address = address(home, name)?;
                store::addresses::unprefer(tx.conn(), user_id, created_at).await?;
                store::addresses::save(tx.conn(), user_id, &address, created_at).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(analyze(db.pool(), &["profiles", "addresses"]).await?)
}

fn address(home: Home, recipient: String) -> anyhow::Result<Address> {
    let Home { address_id, line1, city, province, postal_code, country } = home;
    let province = Some(province);
    let details = Details {
        label: None,
        recipient,
        phone: None,
        line1,
        line2: None,
        city,
        province,
        postal_code,
        country,
    };
    let details =
        Details::parse(details).map_err(|wrong| anyhow::anyhow!("an address can't be kept: {wrong:?}"))?;
    Ok(Address { address_id, details, preferred: true, version: 1 })
}
