//! Istio's two images: its control plane, and the proxy beside each pod, with stock Envoy inside.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::archive::Config;
use super::rootfs::Rootfs;
use super::standin::{SYSTEM_PATH, StandIn, path, words};
use crate::tools;

/// The user that Istio's charts run both as; packets of the proxy are told from the application's by it.
const USER: &str = "1337:1337";
/// What the proxy's init container calls to send a pod's packets through the proxy: all one program.
const IPTABLES: [&str; 6] =
    ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"];
/// iptables(8) looks up what `-p` names.
const PROTOCOLS: &str = "ip 0 IP\ntcp 6 TCP\nudp 17 UDP\n";
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

pub(super) const ALL: [StandIn; 2] = [
    StandIn {
        file: "istio-pilot",
        image: "localhost/warung-testbed/pilot:1",
        programs: &["pilot-discovery"],
        fill: pilot,
    },
    StandIn {
        file: "istio-proxy",
        image: "localhost/warung-testbed/proxyv2:1",
        programs: &["pilot-agent", "envoy", "xtables-nft-multi"],
        fill: proxy,
    },
];

fn pilot(root: &mut Rootfs) -> Result<Config> {
    root.program(&tools::find("pilot-discovery", "mesh")?, "usr/local/bin/pilot-discovery")?;
    user(root)?;
    Ok(Config {
        env: path(SYSTEM_PATH),
        entrypoint: words("/usr/local/bin/pilot-discovery"),
        // As a number, or the kubelet can't tell that it isn't root.
        user: USER.to_owned(),
        ..Config::default()
    })
}

fn proxy(root: &mut Rootfs) -> Result<Config> {
    for program in ["pilot-agent", "envoy"] {
        root.program(&tools::find(program, "mesh")?, &format!("usr/local/bin/{program}"))?;
    }
    for program in ["xtables-nft-multi", "nft"] {
        root.program(&tools::find(program, "node")?, &format!("usr/sbin/{program}"))?;
    }
    for name in IPTABLES {
        root.link(&format!("usr/sbin/{name}"), "xtables-nft-multi")?;
    }
    let extensions = PathBuf::from(format!("/usr/lib/{}-linux-gnu/xtables", std::env::consts::ARCH));
    root.tree(&extensions, true, &|_| false)?;
    root.text("etc/protocols", PROTOCOLS)?;
    root.copy(Path::new(CERTIFICATES), Path::new(CERTIFICATES))?;
    let bootstrap = tools::mesh()?.join("envoy_bootstrap.json");
    root.copy(&bootstrap, Path::new("var/lib/istio/envoy/envoy_bootstrap_tmpl.json"))?;
    user(root)?;
    Ok(Config {
        env: path(SYSTEM_PATH),
        entrypoint: words("/usr/local/bin/pilot-agent"),
        ..Config::default()
    })
}

fn user(root: &Rootfs) -> Result<()> {
    root.text("etc/passwd", "root:x:0:0:root:/:/\nistio-proxy:x:1337:1337:istio-proxy:/:/\n")?;
    root.text("etc/group", "root:x:0:\nistio-proxy:x:1337:\n")
}
