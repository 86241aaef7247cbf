//! Messages that only a browser can read: RFC 8291 on RFC 8188 (`aes128gcm`), one record.
//!
//! The crates of this field bring OpenSSL; the primitives are those that TLS uses here already.

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
    rand,
};

/// Bytes of a record; the one there is.
const RECORD: u32 = 4096;
/// Bytes of a message at most: the record without its tag (16) and delimiter.
pub const PLAIN_MAX: usize = RECORD as usize - 17;

/// A browser's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// A point of P-256, uncompressed.
    pub p256dh: Vec<u8>,
    /// 16 secret bytes.
    pub auth: Vec<u8>,
}

/// The body of a request that carries `plain` to the browser of these keys.
///
/// # Errors
///
/// When the keys are no keys, or the message is longer than [`PLAIN_MAX`].
pub fn seal(keys: &Keys, plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut salt = [0; 16];
    rand::fill(&mut salt)?;
    seal_with(keys, plain, &PrivateKey::generate(&ECDH_P256)?, salt)
}

fn seal_with(keys: &Keys, plain: &[u8], own: &PrivateKey, salt: [u8; 16]) -> Result<Vec<u8>, Unspecified> {
    if plain.len() > PLAIN_MAX || keys.auth.len() != 16 {
        return Err(Unspecified);
    }
    let public = own.compute_public_key()?;
    let public = public.as_ref();
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &keys.p256dh);
    let secret = agree(own, theirs, Unspecified, |shared| {
        let info = [b"WebPush: info\0".as_slice(), &keys.p256dh, public];
        derive(&keys.auth, shared, &info, 32)
    })?;
    let key = derive(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"], 16)?;
    let nonce = derive(&salt, &secret, &[b"Content-Encoding: nonce\0"], 12)?;
    let mut record = Vec::new();
    // Nothing is no record.
    if !plain.is_empty() {
        // RFC 8188, section 2: 2 marks the last record.
        record = [plain, &[2]].concat();
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce)?;
        cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    }
    let length = u8::try_from(public.len()).map_err(|_| Unspecified)?;
    Ok([salt.as_slice(), &RECORD.to_be_bytes(), &[length], public, &record].concat())
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF (RFC 5869) with SHA-256.
fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Result<Vec<u8>, Unspecified> {
    let mut out = vec![0; length];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Length(length))?.fill(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use warung_testbed::outside::contract;

    #[test]
    fn the_vectors_of_rfc_8291_come_out_to_the_byte() {
        let Some(file) = contract("fcm/webpush_vectors.json") else { return };
        let vectors = file["encryption"].as_array().unwrap();
        assert!(vectors.len() >= 4);
        for vector in vectors {
            let bytes = |field: &str| URL_SAFE_NO_PAD.decode(vector[field].as_str().unwrap()).unwrap();
            let keys = Keys { p256dh: bytes("p256dh"), auth: bytes("auth") };
            let own = PrivateKey::from_private_key(&ECDH_P256, &bytes("as_private")).unwrap();
            let plain = vector["plaintext"].as_str().unwrap();
            let body = seal_with(&keys, plain.as_bytes(), &own, bytes("salt").try_into().unwrap()).unwrap();
            assert_eq!(
                URL_SAFE_NO_PAD.encode(body),
                vector["body_base64url"].as_str().unwrap(),
                "{}",
                vector["name"]
            );
        }
    }

    #[test]
    fn what_is_no_key_or_too_long_is_refused() {
        let own = PrivateKey::generate(&ECDH_P256).unwrap();
        let p256dh = own.compute_public_key().unwrap().as_ref().to_vec();
        let keys = Keys { p256dh, auth: vec![1; 16] };
        assert_eq!(seal(&keys, &[0; PLAIN_MAX]).unwrap().len(), 86 + 4096);
        assert!(seal(&keys, &[0; PLAIN_MAX + 1]).is_err());
        assert!(seal(&Keys { auth: vec![1; 15], ..keys.clone() }, b"x").is_err());
        assert!(seal(&Keys { p256dh: vec![4; 65], ..keys }, b"x").is_err());
    }
}
