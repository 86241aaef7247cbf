//! argon2id (RFC 9106) with parameters of OWASP's (Password Storage Cheat Sheet: 12 MiB, 3 passes, 1 lane, which it holds as
//! strong as 19 MiB and 2 passes; it takes as long, and less memory at once).
//!
//! The 12 MiB are the stack of a thread that lives as long as one hash. Taken from the heap they would stay with the
//! process after the first log-in, because allocators keep what they once got; a stack of this size the C library
//! gives back to the system when its thread ends.

use anyhow::{Context as _, anyhow, ensure};
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, RECOMMENDED_SALT_LEN, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

/// Blocks of a KiB that a hash takes.
const BLOCKS: usize = 12 * 1024;
/// Times that it goes over them.
const PASSES: u32 = 3;
/// Larger than the 40 MiB of stacks that glibc keeps for the next thread, so that it keeps none.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A hash of no password: checked when there is no account, so that the answer takes as long.
pub const NOBODYS: &str =
    "$argon2id$v=19$m=12288,t=3,p=1$bm9ib2R5J3Mgc2FsdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Runs work that hashes on a thread whose stack has room for it.
///
/// # Errors
///
/// When the system gives no thread.
pub fn on_a_thread(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name("argon2id".into()).stack_size(STACK_BYTES).spawn(work).map(drop)
}

/// The PHC string of a password, with a salt of its own.
///
/// # Errors
///
/// When the library refuses.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let (params, salt) = (params()?, rand::random::<[u8; RECOMMENDED_SALT_LEN]>());
    let output = digest(password, &salt, params.clone())?;
    let phc = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(|error| anyhow!("argon2id: {error}"))?,
        salt: Some(Salt::new(&salt).map_err(|error| anyhow!("argon2id: {error}"))?),
        hash: Some(output),
    };
    Ok(phc.to_string())
}

fn params() -> anyhow::Result<Params> {
    Params::new(u32::try_from(BLOCKS)?, PASSES, 1, None).map_err(|error| anyhow!("argon2id: {error}"))
}

/// Whether the password is the one of this hash.
///
/// # Errors
///
/// When the hash is malformed or of another kind.
pub fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    let stored = PasswordHash::new(stored).map_err(|error| anyhow!("a stored hash is malformed: {error}"))?;
    ensure!(stored.algorithm == ARGON2ID_IDENT, "a stored hash is not argon2id");
    let params = Params::try_from(&stored).map_err(|error| anyhow!("a stored hash is malformed: {error}"))?;
    let salt = stored.salt.context("a stored hash has no salt")?;
    let expected = stored.hash.context("a stored hash has no hash")?;
    // Output compares in constant time.
    Ok(digest(password, &salt, params)? == expected)
}

fn digest(password: &str, salt: &[u8], params: Params) -> anyhow::Result<Output> {
    ensure!(params.block_count() <= BLOCKS, "a stored hash wants more memory than hashes get");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut blocks = [Block::new(); BLOCKS];
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut output, blocks.as_mut_slice())
        .map_err(|error| anyhow!("argon2id: {error}"))?;
    Output::new(&output).map_err(|error| anyhow!("argon2id: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = std::sync::mpsc::channel();
        on_a_thread(move || tell.send(work()).unwrap()).unwrap();
        told.recv().unwrap()
    }

    #[test]
    fn a_hash_says_its_parameters_and_knows_its_password() {
        let (one, other) = there(|| (hash("correct horse").unwrap(), hash("correct horse").unwrap()));
        assert!(one.starts_with("$argon2id$v=19$m=12288,t=3,p=1$"), "{one}");
        assert_ne!(one, other, "every hash has a salt of its own");
        assert!(there(
            move || verify("correct horse", &one).unwrap() && !verify("correct hors", &one).unwrap()
        ));
    }

    #[test]
    fn the_library_alone_takes_our_hashes_and_we_take_its() {
        use argon2::{PasswordHasher as _, PasswordVerifier as _};
        let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params().unwrap());
        let ours = there(|| hash("kopi").unwrap());
        library.verify_password(b"kopi", &PasswordHash::new(&ours).unwrap()).unwrap();
        let theirs = library.hash_password(b"kopi").unwrap().to_string();
        assert!(there(move || verify("kopi", &theirs).unwrap()));
    }

    #[test]
    fn what_is_no_hash_is_a_fault() {
        assert!(there(|| verify("x", "plain").is_err() && verify("x", NOBODYS).is_ok_and(|right| !right)));
    }
}
