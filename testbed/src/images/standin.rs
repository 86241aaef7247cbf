//! Stand-ins under the names of official images. They share with those what pods may rely on: the programs on the
//! PATH, the users, a shell where the official one has a shell. They have no entrypoint script.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::archive::{self, Config};
use super::rootfs::Rootfs;
use crate::tools;

/// Changes when what is put into the archives changes: old ones are then made again.
const FORMAT: &str = "1";
/// PostgreSQL's programs, in the official image as in Debian.
const POSTGRES_BIN: &str = "/usr/lib/postgresql/15/bin";
pub(super) const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) struct StandIn {
    pub(super) file: &'static str,
    pub(super) image: &'static str,
    /// Programs that decide whether an archive is still good.
    pub(super) programs: &'static [&'static str],
    pub(super) fill: fn(&mut Rootfs) -> Result<Config>,
}

const NODE: [StandIn; 5] = [
    StandIn {
        file: "busybox",
        image: "localhost/warung-testbed/busybox:1",
        programs: &["busybox"],
        fill: busybox,
    },
    StandIn {
        file: "postgres",
        image: "docker.io/library/postgres:15",
        programs: &["postgres", "busybox"],
        fill: postgres,
    },
    StandIn {
        file: "redis",
        image: "docker.io/library/redis:7.0",
        programs: &["redis-server", "busybox"],
        fill: redis,
    },
    StandIn { file: "nats", image: "docker.io/library/nats:2.15", programs: &["nats-server"], fill: nats },
    StandIn { file: "envoy", image: "docker.io/envoyproxy/envoy:v1.40.0", programs: &["envoy"], fill: envoy },
];

/// The archives of what a node needs; those that are missing or older than their programs are made (`made` hears which).
///
/// # Errors
///
/// A program is not installed, or the cache can't be written.
pub fn archives(made: impl FnMut(&str)) -> Result<Vec<PathBuf>> {
    up_to_date(&NODE, made)
}

/// Likewise the archives of what a mesh needs.
///
/// # Errors
///
/// As above.
pub fn mesh_archives(made: impl FnMut(&str)) -> Result<Vec<PathBuf>> {
    up_to_date(&super::mesh::ALL, made)
}

fn up_to_date(standins: &[StandIn], mut made: impl FnMut(&str)) -> Result<Vec<PathBuf>> {
    let folder = super::folder()?;
    let mut archives = Vec::with_capacity(standins.len());
    for standin in standins {
        let archive = folder.join(format!("{}-{}.tar", standin.file, key(standin)?));
        if !archive.exists() {
            made(standin.image);
            let mut root = Rootfs::new()?;
            let config = (standin.fill)(&mut root).with_context(|| format!("make {}", standin.image))?;
            archive::write(root.path(), standin.image, &config, &archive)?;
        }
        archives.push(archive);
    }
    Ok(archives)
}

/// Says which versions of the programs are inside: their sizes and times.
fn key(standin: &StandIn) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(FORMAT);
    for program in standin.programs {
        let path = tools::find(program, "node")?;
        let data = path.metadata().with_context(|| format!("look at {}", path.display()))?;
        hash.update(format!("{} {} {:?}", path.display(), data.len(), data.modified().ok()));
    }
    Ok(hex::encode(hash.finalize())[..12].to_owned())
}

fn busybox(root: &mut Rootfs) -> Result<Config> {
    shell(root)?;
    // As a pod's pause container it sleeps for ever; as the volume helper it runs scripts.
    Ok(Config {
        env: path(SYSTEM_PATH),
        command: words("/bin/busybox sleep 2147483647"),
        ..Config::default()
    })
}

fn postgres(root: &mut Rootfs) -> Result<Config> {
    shell(root)?;
    users(root, "postgres")?;
    let heavy = |path: &str| path.contains("llvmjit") || path.contains("bitcode") || path.contains("/pgxs");
    root.tree(Path::new(POSTGRES_BIN), true, &heavy)?;
    root.tree(Path::new("/usr/lib/postgresql/15/lib"), true, &heavy)?;
    root.tree(Path::new("/usr/share/postgresql/15"), false, &|path| path.contains("/man"))?;
    root.tree(Path::new("/usr/lib/locale/C.utf8"), false, &|_| false)?;
    // Debian's PostgreSQL reads the system's time zones.
    root.tree(Path::new("/usr/share/zoneinfo"), false, &|path| {
        path.contains("/right") || path.contains("/posix")
    })?;
    root.folder("var/run/postgresql", 0o777)?;
    root.folder("var/lib/postgresql/data", 0o777)?;
    let env = vec![format!("PATH={SYSTEM_PATH}:{POSTGRES_BIN}"), "LANG=C.UTF-8".to_owned()];
    Ok(Config { env, command: words("postgres"), ..Config::default() })
}

fn redis(root: &mut Rootfs) -> Result<Config> {
    shell(root)?;
    users(root, "redis")?;
    for program in ["redis-server", "redis-cli"] {
        root.program(&tools::find(program, "stores")?, &format!("usr/local/bin/{program}"))?;
    }
    root.folder("data", 0o777)?;
    Ok(Config { env: path(SYSTEM_PATH), command: words("redis-server"), ..Config::default() })
}

fn nats(root: &mut Rootfs) -> Result<Config> {
    root.program(&tools::find("nats-server", "stores")?, "nats-server")?;
    Ok(Config { env: path("/"), command: words("/nats-server"), ..Config::default() })
}

fn envoy(root: &mut Rootfs) -> Result<Config> {
    root.program(&tools::find("envoy", "node")?, "usr/local/bin/envoy")?;
    root.folder("etc/envoy", 0o755)?;
    Ok(Config { env: path(SYSTEM_PATH), command: words("envoy"), ..Config::default() })
}

/// A static shell and its tools.
fn shell(root: &mut Rootfs) -> Result<()> {
    let busybox = tools::find("busybox", "node")?;
    root.program(&busybox, "bin/busybox")?;
    let output = Command::new(&busybox).arg("--list").output().context("run busybox")?;
    let applets = String::from_utf8_lossy(&output.stdout).into_owned();
    applets
        .lines()
        .filter(|name| *name != "busybox")
        .try_for_each(|name| root.link(&format!("bin/{name}"), "busybox"))
}

/// The official images' user has id 999; initdb wants it to have a name.
fn users(root: &Rootfs, name: &str) -> Result<()> {
    root.text("etc/passwd", &format!("root:x:0:0:root:/:/bin/sh\n{name}:x:999:999:{name}:/tmp:/bin/sh\n"))?;
    root.text("etc/group", &format!("root:x:0:\n{name}:x:999:\n"))
}

pub(super) fn path(value: &str) -> Vec<String> {
    vec![format!("PATH={value}")]
}

pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
