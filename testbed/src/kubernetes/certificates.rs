//! One certificate authority, and a certificate for each who serves or calls.

use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use super::Layout;

/// How long certificates are good for: a cluster of this kind lives for minutes or days.
const VALID: Duration = Duration::days(365);
/// Clocks may differ a little.
const SINCE: Duration = Duration::hours(1);

/// A client: the name it goes by and the group that gives it rights.
struct Client {
    file: &'static str,
    name: &'static str,
    group: Option<&'static str>,
}

/// Everybody who calls the API server (the last two: whom the API server itself is when it calls).
const CLIENTS: [Client; 6] = [
    Client { file: "admin", name: "warung-testbed-admin", group: Some("system:masters") },
    Client { file: "controller-manager", name: "system:kube-controller-manager", group: None },
    Client { file: "scheduler", name: "system:kube-scheduler", group: None },
    Client { file: "proxy", name: "system:kube-proxy", group: None },
    Client {
        file: "apiserver-kubelet",
        name: "kube-apiserver-kubelet-client",
        group: Some("system:masters"),
    },
    Client { file: "front-proxy", name: "front-proxy", group: None },
];

/// Writes the authority, the API server's certificate, the clients' and the service accounts' key. With a `node`
/// name, also the kubelet's, which both serves and calls.
pub(crate) fn write_all(layout: &Layout, node: Option<&str>) -> Result<()> {
    std::fs::create_dir_all(layout.certificates()).context("make the folder for certificates")?;
    let authority = authority(layout)?;
    let mut api = parameters("kube-apiserver", None);
    api.subject_alt_names = api_names(layout)?;
    api.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue(layout, &authority, "apiserver", api)?;
    for client in &CLIENTS {
        let mut call = parameters(client.name, client.group);
        call.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        issue(layout, &authority, client.file, call)?;
    }
    if let Some(node) = node {
        let mut kubelet = parameters(&format!("system:node:{node}"), Some("system:nodes"));
        kubelet.subject_alt_names = vec![dns(node)?, rcgen::SanType::IpAddress(IpAddr::V4(layout.address))];
        kubelet.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        issue(layout, &authority, "kubelet", kubelet)?;
    }
    let tokens = KeyPair::generate().context("make a key")?;
    write_private(&layout.key("service-accounts"), &tokens.serialize_pem())?;
    write_private(&layout.certificates().join("service-accounts.pub"), &tokens.public_key_pem())
}

fn authority(layout: &Layout) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut itself = parameters("warung-testbed", None);
    itself.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    itself.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate().context("make a key")?;
    let authority = CertifiedIssuer::self_signed(itself, key).context("sign the authority")?;
    write_private(&layout.certificate("ca"), &authority.pem())?;
    write_private(&layout.key("ca"), &authority.key().serialize_pem())?;
    Ok(authority)
}

fn issue(
    layout: &Layout,
    authority: &CertifiedIssuer<'static, KeyPair>,
    file: &str,
    parameters: CertificateParams,
) -> Result<()> {
    let key = KeyPair::generate().context("make a key")?;
    let certificate =
        parameters.signed_by(&key, authority).with_context(|| format!("sign the certificate {file}"))?;
    write_private(&layout.certificate(file), &certificate.pem())?;
    write_private(&layout.key(file), &key.serialize_pem())
}

fn parameters(name: &str, group: Option<&str>) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    if let Some(group) = group {
        parameters.distinguished_name.push(DnType::OrganizationName, group);
    }
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - SINCE;
    parameters.not_after = now + VALID;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters
}

fn api_names(layout: &Layout) -> Result<Vec<rcgen::SanType>> {
    let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];
    let mut all = names.into_iter().map(dns).collect::<Result<Vec<_>>>()?;
    all.push(dns("kubernetes.default.svc.cluster.local")?);
    for address in [std::net::Ipv4Addr::LOCALHOST, layout.address, layout.services.first()] {
        all.push(rcgen::SanType::IpAddress(IpAddr::V4(address)));
    }
    Ok(all)
}

fn dns(name: &str) -> Result<rcgen::SanType> {
    Ok(rcgen::SanType::DnsName(name.try_into().with_context(|| format!("{name} is not a DNS name"))?))
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("write {}", path.display()))
}
