//! Rendered pages, kept for a moment: what makes reading fast. Nothing is decided from it.
//!
//! Product pages are kept until something of the product changes. Each replica hears of changes by itself
//! ([`crate::feed`]) and marks the product's place in a table of stamps; a page counts only while its stamp is that of
//! the moment at which its reading began. So a page can't be kept that was read before a change and rendered after it.
//! When nothing was heard for [`HEARD_MAX`], no page counts: the longest that a change stays unseen.
//!
//! Lists, searches and facets are kept within one second of the clock, and forgotten when this replica indexes anything.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::body::Bytes;
use time::OffsetDateTime;
use warung_contracts::id::ProductId;

use crate::domain::locale::Wanted;

/// Bytes of product pages at most.
const PAGES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes of lists at most.
const LISTS_MAX: u64 = 4 * 1024 * 1024;
/// What a page costs beside its body.
const OVERHEAD: u32 = 256;
/// Pages are kept at most this long, whatever is heard.
const TTL: Duration = Duration::from_secs(300);
/// How old the last news may be.
const HEARD_MAX: Duration = Duration::from_secs(1);
/// Places in the table of stamps; products that share one forget each other's pages.
const STAMPS: usize = 1 << 14;

/// One rendered page.
#[derive(Debug)]
pub struct Rendered {
    /// JSON.
    pub body: Bytes,
    /// Its entity tag, quotes included.
    pub etag: String,
    /// The language of its texts, as `Content-Language` says it.
    pub language: Option<String>,
    /// When its prices change; none when nothing is planned.
    pub until: Option<OffsetDateTime>,
}

/// An answer of a list.
#[derive(Debug, Clone)]
pub struct Kept {
    /// JSON.
    pub body: Bytes,
    /// The languages of its texts, as `Content-Language` says them.
    pub language: Option<String>,
}

/// How a product was when its reading began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u32);

type Pages = moka::sync::Cache<(ProductId, Wanted), (Stamp, Arc<Rendered>)>;

/// What lists are kept by: address with query, language, second.
pub type ListKey = (String, Wanted, i64);

/// The cache.
#[derive(Debug, Clone)]
pub struct Cache {
    pages: Pages,
    lists: moka::sync::Cache<ListKey, Kept>,
    stamps: Arc<[AtomicU32]>,
    hash: RandomState,
    heard: Arc<RwLock<Option<Instant>>>,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        let weight = |body: &Bytes| u32::try_from(body.len()).unwrap_or(u32::MAX).saturating_add(OVERHEAD);
        let pages = moka::sync::Cache::builder()
            .max_capacity(PAGES_MAX)
            .weigher(move |_, (_, page): &(Stamp, Arc<Rendered>)| weight(&page.body))
            .time_to_live(TTL);
        let lists = moka::sync::Cache::builder()
            .max_capacity(LISTS_MAX)
            .weigher(move |_, kept: &Kept| weight(&kept.body))
            .time_to_live(Duration::from_secs(1));
        let stamps = std::iter::repeat_with(AtomicU32::default).take(STAMPS).collect();
        Self {
            pages: pages.build(),
            lists: lists.build(),
            stamps,
            hash: RandomState::new(),
            heard: Arc::default(),
        }
    }

    fn place(&self, id: ProductId) -> &AtomicU32 {
        let hash = self.hash.hash_one(id);
        &self.stamps[usize::try_from(hash % STAMPS as u64).unwrap_or(0)]
    }

    /// How a product is now; to be asked before it is read.
    pub fn stamp(&self, id: ProductId) -> Stamp {
        Stamp(self.place(id).load(Ordering::Acquire))
    }

    /// The page of a product, if it is here and nothing changed since it was read.
    pub fn get(&self, id: ProductId, wanted: &Wanted, now: OffsetDateTime) -> Option<Arc<Rendered>> {
        self.is_fresh().then_some(())?;
        let (stamp, page) = self.pages.get(&(id, wanted.clone()))?;
        (stamp == self.stamp(id) && page.until.is_none_or(|until| now < until)).then_some(page)
    }

    /// Keeps a page that was read at this stamp.
    pub fn put(&self, id: ProductId, wanted: Wanted, stamp: Stamp, page: Arc<Rendered>) {
        self.pages.insert((id, wanted), (stamp, page));
    }

    /// Lets the pages of these products count no more, after a commit that changed them.
    pub fn forget(&self, ids: impl IntoIterator<Item = ProductId>) {
        for id in ids {
            self.place(id).fetch_add(1, Ordering::Release);
        }
    }

    /// Everything that changed before now was heard of.
    pub fn heard(&self) {
        *self.heard.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_fresh(&self) -> bool {
        let heard = *self.heard.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        heard.is_some_and(|at| at.elapsed() < HEARD_MAX)
    }

    /// A list, if it is here.
    pub fn list(&self, key: &ListKey) -> Option<Kept> {
        self.lists.get(key)
    }

    /// Keeps a list for a moment.
    pub fn keep_list(&self, key: ListKey, kept: Kept) {
        self.lists.insert(key, kept);
    }

    /// Forgets all lists, after a commit that changed the documents they are made of.
    pub fn forget_lists(&self) {
        self.lists.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn page(until: Option<OffsetDateTime>) -> Arc<Rendered> {
        Arc::new(Rendered { body: Bytes::from_static(b"{}"), etag: String::new(), language: None, until })
    }

    #[test]
    fn a_page_that_was_read_before_a_change_never_counts() {
        let (cache, id, now) = (Cache::new(), ProductId(Uuid::nil()), OffsetDateTime::UNIX_EPOCH);
        let wanted = Wanted::default();
        cache.heard();
        let stamp = cache.stamp(id);
        cache.forget([id]);
        cache.put(id, wanted.clone(), stamp, page(None));
        assert!(cache.get(id, &wanted, now).is_none(), "the change came between reading and keeping");
        cache.put(id, wanted.clone(), cache.stamp(id), page(None));
        assert!(cache.get(id, &wanted, now).is_some());
        cache.forget([id]);
        assert!(cache.get(id, &wanted, now).is_none());
    }

    #[test]
    fn a_page_counts_until_its_prices_change_and_only_while_changes_are_heard_of() {
        let (cache, id, now) = (Cache::new(), ProductId(Uuid::nil()), OffsetDateTime::UNIX_EPOCH);
        let (wanted, second) = (Wanted::default(), time::Duration::SECOND);
        cache.put(id, wanted.clone(), cache.stamp(id), page(Some(now + second)));
        assert!(cache.get(id, &wanted, now).is_none(), "nothing was heard yet");
        cache.heard();
        assert!(cache.get(id, &wanted, now).is_some());
        assert!(cache.get(id, &wanted, now + second).is_none());
    }
}
