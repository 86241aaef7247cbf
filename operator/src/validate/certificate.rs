//! The certificate of the gateway: a proxy that can't read it serves nobody, so it is read here first.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::SecretFault;
use crate::api::ShopSpec;
use crate::observe::{Observed, SecretData};

/// Key of the chain in a Secret of type kubernetes.io/tls.
pub const CERTIFICATE: &str = "tls.crt";
/// Key of the private key there.
pub const KEY: &str = "tls.key";

/// What keeps the gateway from serving with the Secret that was seen; nothing when it isn't there, which is a fault of
/// its own.
pub fn fault(spec: &ShopSpec, observed: &Observed) -> Option<SecretFault> {
    let name = spec.gateway.tls.as_ref().map(|tls| tls.secret_ref.name.clone())?;
    let data = observed.referenced.get(&name).filter(|_| !observed.placeholders)?;
    let (key, cause) = check(data).err()?;
    Some(SecretFault::Certificate { field: "gateway.tls.secretRef".into(), name, key, cause })
}

/// Whether chain and key can be read and belong together; if not, which key of the Secret is wrong, and how.
fn check(data: &SecretData) -> Result<(), (&'static str, String)> {
    let (Some(chain), Some(key)) = (data.get(CERTIFICATE), data.get(KEY)) else { return Ok(()) };
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or((CERTIFICATE, "holds no certificate".to_owned()))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| (KEY, "holds no private key".to_owned()))?;
    match CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()) {
        Ok(_) => Ok(()),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err((KEY, format!("is not that of the certificate in {CERTIFICATE}")))
        }
        Err(error @ Error::InvalidCertificate(_)) => Err((CERTIFICATE, format!("can't be used: {error}"))),
        Err(error) => Err((KEY, format!("can't be used: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(certificate: &str, key: &str) -> Result<(), (&'static str, String)> {
        let entry = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        check(&[entry(CERTIFICATE, certificate), entry(KEY, key)].into())
    }

    #[test]
    fn a_chain_and_its_key_are_taken_and_nothing_else() {
        let made = || rcgen::generate_simple_self_signed(vec!["kopi.example.com".into()]).unwrap();
        let (one, other) = (made(), made());
        let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
        assert_eq!(told(&certificate, &key), Ok(()));
        assert_eq!(told(&format!("{certificate}{}", other.cert.pem()), &key), Ok(()), "a chain");
        assert_eq!(told("x", &key).unwrap_err().0, CERTIFICATE);
        assert_eq!(told(&key, &key).unwrap_err().0, CERTIFICATE);
        assert_eq!(told(&certificate, &certificate).unwrap_err().0, KEY);
        assert_eq!(told(&certificate, &other.signing_key.serialize_pem()).unwrap_err().0, KEY);
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(told(broken, &key).unwrap_err().0, CERTIFICATE);
    }
}
