//! Work on what is due, one by one.

use std::fmt::Display;

use crate::error::is_unreachable;

/// A turn of a job that works on each thing by itself: one that fails holds up none of the others, and is told at the end.
#[derive(Debug, Default)]
pub struct Turn {
    moved: u64,
    failed: u64,
    first: Option<(String, anyhow::Error)>,
}

impl Turn {
    /// Works on each of these; the work says whether something came of it.
    ///
    /// # Errors
    ///
    /// When the database can't be reached: the others would wait for it in vain.
    pub async fn each<T, Fut>(&mut self, due: Vec<T>, mut work: impl FnMut(T) -> Fut) -> anyhow::Result<()>
    where
        T: Copy + Display,
        Fut: Future<Output = anyhow::Result<bool>>,
    {
        for one in due {
            match work(one).await {
                Ok(moved) => self.moved += u64::from(moved),
                Err(error) if error.chain().filter_map(|cause| cause.downcast_ref()).any(is_unreachable) => {
                    return Err(error);
                }
                Err(error) => self.note(one, error),
            }
        }
        Ok(())
    }

    fn note(&mut self, one: impl Display, error: anyhow::Error) {
        let text = format!("{error:#}");
        tracing::error!(due = %one, error = text, "what is due can't be done, and waits until it is mended");
        self.failed += 1;
        self.first.get_or_insert((one.to_string(), error));
    }

    /// Of how many something came.
    ///
    /// # Errors
    ///
    /// The first failure, and how many there were.
    pub fn end(self) -> anyhow::Result<u64> {
        let Self { moved, failed, first } = self;
        match first {
            None => Ok(moved),
            Some((one, error)) => {
                Err(error.context(format!("{failed} failed, the first of them {one}; {moved} were done")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_that_fails_holds_up_no_other_and_is_told() {
        let mut done = Vec::new();
        let work = |n: i32| {
            if n != 1 {
                done.push(n);
            }
            async move { if n == 1 { Err(anyhow::anyhow!("it can't be read")) } else { Ok(n > 2) } }
        };
        let mut turn = Turn::default();
        turn.each(vec![1, 2, 3], work).await.unwrap();
        let error = turn.end().unwrap_err();
        assert_eq!(format!("{error:#}"), "1 failed, the first of them 1; 1 were done: it can't be read");
        assert_eq!(done, [2, 3]);
        let mut turn = Turn::default();
        turn.each(vec![1, 2, 3], |n| async move { Ok(n > 1) }).await.unwrap();
        assert_eq!(turn.end().unwrap(), 2);
    }

    #[tokio::test]
    async fn nobody_waits_in_vain_for_a_database_that_is_away() {
        let mut asked = 0;
        let work = |_: i32| {
            asked += 1;
            async { Err(anyhow::Error::from(sqlx::Error::PoolTimedOut).context("begin")) }
        };
        assert!(Turn::default().each(vec![1, 2, 3], work).await.is_err());
        assert_eq!(asked, 1);
    }
}
