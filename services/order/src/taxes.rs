//! The shop's rates of tax, kept for a moment: a checkout does not ask the store for what changes once a year.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use sqlx::PgPool;

use crate::{domain::tax::TaxTable, store::tax_rates};

/// How long rates are kept: after a change, other replicas compute with the old ones for at most so long.
const KEPT: Duration = Duration::from_secs(5);

type Slot = Option<(Instant, Arc<TaxTable>)>;

/// The rates.
#[derive(Debug, Clone, Default)]
pub struct Taxes(Arc<RwLock<Slot>>);

impl Taxes {
    /// The rates as they are now, or were a moment ago.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn table(&self, pool: &PgPool) -> Result<Arc<TaxTable>, sqlx::Error> {
        if let Some((at, table)) = &*self.0.read().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < KEPT
        {
            return Ok(table.clone());
        }
        let asked = Instant::now();
        let kept = tax_rates::list(pool).await?;
        let table = Arc::new(TaxTable::new(kept.into_iter().map(|kept| kept.rate)));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((asked, table.clone()));
        Ok(table)
    }

    /// Forgets them: they changed.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
