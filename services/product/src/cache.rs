//! Product pages, rendered, for a moment: what makes the detail endpoint fast.
//!
//! Nothing is decided from it. The number of items left may be a second old here; reservations count in the database.

use std::{sync::Arc, time::Duration};

use axum::body::Bytes;
use warung_contracts::id::ProductId;

/// How long a page is kept: the longest that another replica's change stays unseen.
const TTL: Duration = Duration::from_secs(1);
/// Pages kept at most; at about 1 KiB each, 10 MiB.
const PAGES_MAX: u64 = 10_000;

/// One rendered page.
#[derive(Debug)]
pub struct Rendered {
    /// JSON.
    pub body: Bytes,
    /// Its entity tag, quotes included.
    pub etag: String,
}

/// The cache.
#[derive(Debug, Clone)]
pub struct Cache(moka::sync::Cache<ProductId, Arc<Rendered>>);

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(PAGES_MAX).time_to_live(TTL).build())
    }

    /// The page of a product, if it is here.
    pub fn get(&self, id: ProductId) -> Option<Arc<Rendered>> {
        self.0.get(&id)
    }

    /// Keeps a page for a moment.
    pub fn put(&self, id: ProductId, page: Arc<Rendered>) {
        self.0.insert(id, page);
    }

    /// Forgets pages, after a commit that changed them.
    pub fn forget(&self, ids: &[ProductId]) {
        for id in ids {
            self.0.invalidate(id);
        }
    }
}
