//! Work on what is due, one by one.

use std::fmt::Display;

use anyhow::Context as _;

/// Works on each of what is due, and says of how many something came. One that fails holds up none of the others; it is
/// told when all have had their turn.
///
/// # Errors
///
/// The first failure, with its place in line, and of how many.
pub async fn each<T, Fut>(due: Vec<T>, mut work: impl FnMut(T) -> Fut) -> anyhow::Result<u64>
where
    T: Copy + Display,
    Fut: Future<Output = anyhow::Result<bool>>,
{
    let (all, mut moved, mut failed) = (due.len(), 0, Vec::new());
    for one in due {
        match work(one).await {
            Ok(true) => moved += 1,
            Ok(false) => {}
            Err(error) => failed.push((one, error)),
        }
    }
    let failures = failed.len();
    match failed.into_iter().next() {
        None => Ok(moved),
        Some((one, error)) => Err(error).with_context(|| format!("{one}, and {failures} of {all} in all")),
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
        let error = each(vec![1, 2, 3], work).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "1, and 1 of 3 in all: it can't be read");
        assert_eq!(done, [2, 3]);
        assert_eq!(each(vec![1, 2, 3], |n| async move { Ok(n > 1) }).await.unwrap(), 2);
    }
}
