//! Every task is joined: one that ends before its time ends the process, so that nothing dies unseen.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long tasks have to finish after they were asked to stop.
pub const GRACE: Duration = Duration::from_secs(20);

/// The tasks of a process.
#[derive(Debug, Default)]
pub struct Tasks {
    set: JoinSet<(String, anyhow::Result<()>)>,
}

impl Tasks {
    /// No tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let name = name.into();
        self.set.spawn(async move { (name, task.await) });
    }

    /// Waits until `stop`, or until a task ends on its own, which stops the others; then until all have ended.
    ///
    /// # Errors
    ///
    /// The failure of the task that ended first.
    pub async fn join(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let first = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.set.join_next() => match ended {
                Some(ended) => Self::failure(ended).and_then(|name| match stop.is_cancelled() {
                    true => Ok(()),
                    false => Err(anyhow::anyhow!("the task {name} ended before it was asked to")),
                }),
                None => Ok(()),
            },
        };
        stop.cancel();
        let rest = async {
            let mut result = Ok(());
            while let Some(ended) = self.set.join_next().await {
                result = result.and(Self::failure(ended).map(drop));
            }
            result
        };
        match tokio::time::timeout(GRACE, rest).await {
            Ok(rest) => first.and(rest),
            Err(_) => {
                first.and(Err(anyhow::anyhow!("some tasks did not end within {GRACE:?} and were cut off")))
            }
        }
    }

    fn failure(
        ended: Result<(String, anyhow::Result<()>), tokio::task::JoinError>,
    ) -> anyhow::Result<String> {
        match ended {
            Ok((name, Ok(()))) => Ok(name),
            Ok((name, Err(error))) => Err(error.context(format!("the task {name} failed"))),
            Err(error) => Err(anyhow::anyhow!("a task panicked: {error}")),
        }
    }
}

/// Cancelled at SIGTERM or SIGINT.
///
/// # Errors
///
/// When signals can't be listened to.
pub fn stop_signal() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = token.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {} _ = int.recv() => {} }
        tracing::info!("asked to stop; finishing what is under way");
        stop.cancel();
    });
    Ok(token)
}
