//! The shop's rates of tax, kept for a moment.

use std::sync::Arc;

use sqlx::PgPool;

use crate::{domain::tax::TaxTable, recent::Recent, store::tax_rates};

/// The rates.
#[derive(Debug, Clone, Default)]
pub struct Taxes(Recent<TaxTable>);

impl Taxes {
    /// The rates as they are now, or were a moment ago.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn table(&self, pool: &PgPool) -> Result<Arc<TaxTable>, sqlx::Error> {
        let read = async {
            let kept = tax_rates::list(pool).await?;
            Ok(TaxTable::new(kept.into_iter().map(|kept| kept.rate)))
        };
        self.0.get(read).await
    }

    /// Forgets them: they changed.
    pub fn forget(&self) {
        self.0.forget();
    }
}
