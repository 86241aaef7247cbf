//! Writing a root file system and its configuration as a `docker save` archive of one layer.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What a container of the image gets when its pod doesn't say otherwise.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// `NAME=value`.
    pub(super) env: Vec<String>,
    /// What `command`, or a container's `args`, are arguments of; none where the image has no such program.
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
    /// `uid` or `uid:gid`; empty is root.
    pub(super) user: String,
    pub(super) labels: Vec<(String, String)>,
}

/// Writes `to`, complete or not at all: readers never see half of it. Gives the image's id, which is made of its content.
pub(super) fn write(root: &Path, name: &str, config: &Config, to: &Path) -> Result<String> {
    let folder = to.parent().context("an archive needs a folder")?;
    let layer = tempfile::NamedTempFile::new_in(folder).context("make a layer")?;
    let digest = write_layer(root, layer.as_file()).with_context(|| format!("pack {}", root.display()))?;
    let image = serde_json::to_vec(&describe(config, &digest))?;
    let id = hex::encode(Sha256::digest(&image));
    let config_name = format!("{id}.json");
    let layer_name = format!("{digest}.tar");
    let manifest = json!([{"Config": config_name, "RepoTags": [name], "Layers": [layer_name]}]);

    let mut whole = tempfile::NamedTempFile::new_in(folder).context("make an archive")?;
    let mut tar = tar::Builder::new(BufWriter::new(whole.as_file_mut()));
    append(&mut tar, &config_name, &image)?;
    let mut layer_file = layer.reopen().context("read a layer")?;
    tar.append_file(&layer_name, &mut layer_file).context("add the layer")?;
    append(&mut tar, "manifest.json", &serde_json::to_vec(&manifest)?)?;
    tar.into_inner().context("finish the archive")?.flush().context("write the archive")?;
    whole.persist(to).with_context(|| format!("write {}", to.display()))?;
    Ok(id)
}

/// The layer's SHA-256 in hex. Owners are root and times zero, so that the same files give the same layer.
fn write_layer(root: &Path, file: &File) -> Result<String> {
    let mut tar = tar::Builder::new(BufWriter::new(file));
    tar.follow_symlinks(false);
    tar.mode(tar::HeaderMode::Complete);
    append_tree(&mut tar, root, Path::new(""))?;
    tar.into_inner()?.flush()?;
    let mut hash = Sha256::new();
    std::io::copy(
        &mut BufReader::new(File::open(format!("/proc/self/fd/{}", descriptor(file)))?),
        &mut hash,
    )?;
    Ok(hex::encode(hash.finalize()))
}

fn descriptor(file: &File) -> i32 {
    use std::os::fd::AsRawFd;
    file.as_raw_fd()
}

fn append_tree<W: Write>(tar: &mut tar::Builder<W>, root: &Path, below: &Path) -> Result<()> {
    let mut entries = std::fs::read_dir(root.join(below))?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = below.join(entry.file_name());
        let data = entry.metadata()?;
        let mut header = tar::Header::new_gnu();
        header.set_metadata(&data);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        if data.is_symlink() {
            tar.append_link(&mut header, &path, std::fs::read_link(entry.path())?)?;
        } else if data.is_dir() {
            tar.append_data(&mut header, &path, std::io::empty())?;
            append_tree(tar, root, &path)?;
        } else {
            tar.append_data(&mut header, &path, File::open(entry.path())?)?;
        }
    }
    Ok(())
}

fn append<W: Write>(tar: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(bytes.len())?);
    header.set_mode(0o644);
    tar.append_data(&mut header, name, bytes).with_context(|| format!("add {name}"))
}

/// The image's configuration (OCI image specification, "config").
fn describe(config: &Config, layer: &str) -> Value {
    let labels: Map<String, Value> =
        config.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({
        "architecture": architecture(),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "Env": config.env,
            "Entrypoint": config.entrypoint,
            "Cmd": config.command,
            "User": config.user,
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{layer}")]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "warung testbed"}],
    })
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
