//! The next list of signing keys, for whoever keeps them.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use time::{Duration, OffsetDateTime};
use warung_contracts::keyring;

/// How long tokens of a key may live after its successor began: the longest that the settings allow, and the leeway.
const TOKENS_LIVE: Duration = Duration::minutes(65);
/// Characters of a line of PEM (RFC 7468, section 2).
const LINE: usize = 64;

/// The list in which a fresh key begins to sign after the overlap, and those that ended are left out.
///
/// # Errors
///
/// When the text is no list of keys.
pub fn keys(list: &str, now: OffsetDateTime) -> anyhow::Result<String> {
    let ring = keyring::parse(&list.replace("\\n", "\n"))?;
    Ok(keyring::render(&keyring::rotate(&ring, fresh()?, now, TOKENS_LIVE)))
}

/// A new P-256 private key, PKCS#8 PEM.
fn fresh() -> anyhow::Result<String> {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("a key could not be made"))?;
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> =
        (0..text.len()).step_by(LINE).map(|at| &text[at..text.len().min(at + LINE)]).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest::SecretKind;

    use super::*;
    use crate::signer::Signer;

    #[test]
    fn the_next_list_signs_with_a_new_key_after_the_overlap() {
        let (first, now) = (SecretKind::Es256PrivateKey.example(), OffsetDateTime::UNIX_EPOCH);
        let list = keys(&first, now).unwrap();
        assert!(list.starts_with(&first), "{list}");
        let signer = Signer::new(&list.into(), "https://kopi.example", Duration::minutes(15)).unwrap();
        assert_eq!(signer.jwks(now).keys.len(), 2);
        assert_eq!(signer.jwks(now + keyring::OVERLAP + Duration::minutes(21)).keys.len(), 1);
        assert!(keys("nothing", now).is_err());
    }
}
