//! A root file system of copies: programs, the libraries they are linked with, and folders.

use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

pub(super) struct Rootfs {
    folder: tempfile::TempDir,
    libraries: BTreeSet<PathBuf>,
}

impl Rootfs {
    /// Empty, but for `/tmp`.
    pub(super) fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("warung-image-").tempdir().context("make a folder")?;
        let root = Self { folder, libraries: BTreeSet::new() };
        root.folder("tmp", 0o1777)?;
        Ok(root)
    }

    /// As it lies on the disk.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn folder(&self, name: &str, mode: u32) -> Result<()> {
        let path = self.path().join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("make {name}"))?;
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode))
            .with_context(|| format!("set who may use {name}"))
    }

    pub(super) fn text(&self, name: &str, text: &str) -> Result<()> {
        let path = self.place(Path::new(name))?;
        std::fs::write(path, text).with_context(|| format!("write {name}"))
    }

    /// A program of this machine at `to`, with the libraries it needs.
    pub(super) fn program(&mut self, from: &Path, to: &str) -> Result<()> {
        self.copy(from, Path::new(to))?;
        self.libraries_of(from)
    }

    /// A folder of this machine with all below (symbolic links as what they point to), but for names that `skip`
    /// turns down. Libraries that its files need come along when `linked`.
    pub(super) fn tree(&mut self, from: &Path, linked: bool, skip: &dyn Fn(&str) -> bool) -> Result<()> {
        let entries = std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("read {}", from.display()))?.path();
            if skip(&path.to_string_lossy()) {
                continue;
            }
            if path.is_dir() {
                self.tree(&path, linked, skip)?;
            } else {
                self.copy(&path, &path)?;
                if linked {
                    self.libraries_of(&path)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn link(&self, name: &str, target: &str) -> Result<()> {
        symlink(target, self.place(Path::new(name))?).with_context(|| format!("link {name}"))
    }

    pub(super) fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let to = self.place(to)?;
        std::fs::copy(from, &to).map(drop).with_context(|| format!("copy {}", from.display()))
    }

    /// The path inside this root, its folder made.
    fn place(&self, path: &Path) -> Result<PathBuf> {
        let place = self.path().join(path.strip_prefix("/").unwrap_or(path));
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        Ok(place)
    }

    fn libraries_of(&mut self, file: &Path) -> Result<()> {
        for library in linked(file)? {
            if self.libraries.insert(library.clone()) {
                self.copy(&library, &library)?;
            }
        }
        Ok(())
    }
}

/// Absolute paths on the lines of `ldd`; a static program has none.
fn linked(file: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(file).output().context("run ldd")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if let Some(missing) = text.lines().find(|line| line.contains("=> not found")) {
        bail!("{} lacks a library: {}", file.display(), missing.trim());
    }
    let paths = text.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    Ok(paths.filter(|path| !path.ends_with(':')).map(PathBuf::from).collect())
}
