//! Wakes the relay when events were committed.
//!
//! Not by NOTIFY inside the transactions that write them: at commit, PostgreSQL makes each transaction that notifies take
//! one lock for the whole cluster and keep it until its commit record is flushed (`PreCommit_Notify` in async.c), so the
//! commits of all databases of the server would stand in one queue.

use std::sync::Arc;

use tokio::sync::Notify;

/// Rung after each commit with events, heard by this process's relay. Rings that nobody heard yet count as one.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Events were committed.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until events were committed since it was last waited for.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}
