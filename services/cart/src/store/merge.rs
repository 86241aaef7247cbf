//! A guest's cart becomes part of a user's at log-in.
//!
//! The two may live on different nodes of a cluster, so no script can touch both. Three steps, each atomic, each safe to
//! repeat after a crash: *claim* renames the guest's cart (it is gone for everybody else), *merge* adds the claimed lines
//! and marks the claim in the same script, *release* forgets the claim. A repeat finds the claim and merges nothing twice.
//!
//! The guest may have ordered the cart a moment before. So *claim* notes whose cart it becomes part of, *merge* what came
//! with which state of it, and [`Carts::take_merged`] takes that out again when the order is heard of.

use std::{collections::BTreeMap, sync::LazyLock};

use redis::{AsyncCommands as _, Script};
use warung_contracts::id::{ProductId, UserId, VariantId};

use super::{
    carts::{Carts, Error, parse},
    key::{GuestToken, Owner},
    orders::ORDER_MEMORY_SECONDS,
};
use crate::domain::{line::Line, revision::Revision};

static CLAIM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/claim.lua")));
static MERGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/merge.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/release.lua")));

/// Claims of one call at most: one that a crash left, and the cart that the guest began since.
const CLAIMS_MAX: usize = 2;

impl Carts {
    /// The lines that a merge would bring: of the guest's cart, and of a merge that was cut off.
    ///
    /// # Errors
    ///
    /// When Redis is away.
    pub async fn to_merge(&self, token: &GuestToken, user: UserId) -> Result<Vec<Line>, Error> {
        let guest = Owner::Guest(token.clone());
        let mut fields: Vec<(String, String)> =
            self.redis.clone().hgetall(self.keys.claim(&guest, user)).await?;
        fields.retain(|(field, _)| field != "claim");
        Ok([parse(&fields), self.read(&guest).await?].concat())
    }

    /// Merges a guest's cart into a user's; returns the products of which not all items found a place in it. Quantities add
    /// up to the limit of a line, and to `most` where one order may have fewer of it. Without a guest cart nothing happens.
    ///
    /// # Errors
    ///
    /// When Redis is away; the same call then goes on where this one stopped.
    pub async fn merge(
        &self,
        token: &GuestToken,
        user: UserId,
        most: &BTreeMap<VariantId, u32>,
    ) -> Result<Vec<ProductId>, Error> {
        let mut left_out = Vec::new();
        for _ in 0..CLAIMS_MAX {
            let Some(products) = self.merge_once(token, user, most).await? else { break };
            left_out.extend(products);
        }
        Ok(left_out)
    }

    async fn merge_once(
        &self,
        token: &GuestToken,
        user: UserId,
        most: &BTreeMap<VariantId, u32>,
    ) -> Result<Option<Vec<ProductId>>, Error> {
        let mut redis = self.redis.clone();
        let (guest, owner) = (Owner::Guest(token.clone()), Owner::User(user));
        let (claim, mut fields): (String, Vec<(String, String)>) = CLAIM
            .key(self.keys.cart(&guest))
            .key(self.keys.claim(&guest, user))
            .key(self.keys.heirs(&guest))
            .arg(self.clock.new_uuid().simple().to_string())
            .arg(user.to_string())
            .arg(ORDER_MEMORY_SECONDS)
            .invoke_async(&mut redis)
            .await?;
        if claim.is_empty() {
            return Ok(None);
        }
        fields.retain(|(field, _)| field != "claim");
        let lines = parse(&fields);
        let state = Revision::of(&guest.tag(), &lines).map(|revision| revision.to_string());
        let mut call = MERGE.key(self.keys.cart(&owner));
        call.key(self.keys.merged(&owner, &claim))
            .key(self.keys.gone(&owner))
            .key(self.keys.states(&owner))
            .arg(self.limits.lines_max)
            .arg(self.limits.items_max)
            .arg(self.limits.ttl_seconds)
            .arg(state.unwrap_or_default())
            .arg(ORDER_MEMORY_SECONDS);
        // In the order they were added: what finds no place is what came last.
        for line in lines {
            let quantity_max = self.limits.quantity_max;
            let most = most.get(&line.variant_id).map_or(quantity_max, |&most| most.min(quantity_max));
            call.arg(line.variant_id.to_string()).arg(line.value()).arg(most);
        }
        let left_out: Vec<String> = call.invoke_async(&mut redis).await?;
        let _: u8 = RELEASE.key(self.keys.claim(&guest, user)).arg(claim).invoke_async(&mut redis).await?;
        Ok(Some(left_out.iter().filter_map(|tail| tail.split(':').next()?.parse().ok()).collect()))
    }
}
