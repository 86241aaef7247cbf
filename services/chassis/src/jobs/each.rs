//! Work on what is due, one by one.

use std::fmt::Display;

use crate::error::is_unreachable;

/// Works on all that is due, each by itself, page by page: `page` reads what follows on the last of the page before, with its
/// place; `work` says whether something came of one. What fails holds up nothing after it, and is told at the end. Returns of
/// how many something came.
///
/// # Errors
///
/// The first failure, and how many there were; at once when the database can't be reached, where the others would wait in
/// vain.
pub async fn all_due<At, T, Rows, Done>(
    mut page: impl FnMut(Option<(At, T)>) -> Rows,
    mut work: impl FnMut(T) -> Done,
) -> anyhow::Result<u64>
where
    At: Copy,
    T: Copy + Display,
    Rows: Future<Output = Result<Vec<(At, T)>, sqlx::Error>>,
    Done: Future<Output = anyhow::Result<bool>>,
{
    let (mut turn, mut last) = (Turn::default(), None);
    loop {
        let due = page(last).await?;
        let Some(end) = due.last() else { return turn.end() };
        last = Some(*end);
        turn.each(due.into_iter().map(|(_, one)| one), &mut work).await?;
    }
}

/// What came of the work so far.
#[derive(Debug, Default)]
struct Turn {
    moved: u64,
    failed: u64,
    first: Option<(String, anyhow::Error)>,
}

impl Turn {
    async fn each<T, Done>(
        &mut self,
        due: impl Iterator<Item = T>,
        mut work: impl FnMut(T) -> Done,
    ) -> anyhow::Result<()>
    where
        T: Copy + Display,
        Done: Future<Output = anyhow::Result<bool>>,
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

    fn end(self) -> anyhow::Result<u64> {
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

    /// A page of two of what is numbered 1 to 5.
    async fn page(after: Option<(i32, i32)>) -> Result<Vec<(i32, i32)>, sqlx::Error> {
        let first = after.map_or(1, |(at, _)| at + 1);
        Ok((first..=5).take(2).map(|one| (one, one)).collect())
    }

    #[tokio::test]
    async fn a_page_of_what_fails_holds_up_nothing_and_is_told() {
        let mut done = Vec::new();
        let work = |n: i32| {
            if n > 2 {
                done.push(n);
            }
            async move { if n <= 2 { Err(anyhow::anyhow!("it can't be read")) } else { Ok(n > 3) } }
        };
        let error = all_due(page, work).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "2 failed, the first of them 1; 2 were done: it can't be read");
        assert_eq!(done, [3, 4, 5]);
        assert_eq!(all_due(page, |n| async move { Ok(n > 1) }).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn nobody_waits_in_vain_for_a_database_that_is_away() {
        let mut asked = 0;
        let work = |_: i32| {
            asked += 1;
            async { Err(anyhow::Error::from(sqlx::Error::PoolTimedOut).context("begin")) }
        };
        assert!(all_due(page, work).await.is_err());
        assert_eq!(asked, 1);
    }
}
