//! The words about the node and its images.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use warung_testbed::images::standin;
use warung_testbed::node::{self, Progress, State};

/// What `status` answers with when the node is not ready (the code of a stopped service, by the LSB).
const NOT_READY: u8 = 3;

pub fn up() -> Result<()> {
    let progress = Progress::default();
    let archives = standin::archives(|image| progress.say(&format!("make the image {image}")))?;
    node::up(&archives, &progress)?;
    println!("\nexport KUBECONFIG={}", node::kubeconfig().display());
    Ok(())
}

pub fn mesh() -> Result<()> {
    warung_testbed::mesh::install(&Progress::default())
}

pub fn down() -> Result<()> {
    let progress = Progress::default();
    node::down(&progress)?;
    progress.say("nothing of the node is left");
    Ok(())
}

pub fn status() -> Result<ExitCode> {
    let state = node::state();
    let (text, code) = match state {
        State::Down => ("down", NOT_READY),
        State::Starting => ("not ready", NOT_READY),
        State::Ready => ("ready", 0),
    };
    println!("node: {text}");
    if state != State::Down {
        println!("kubeconfig: {}\nlogs: {}/log", node::kubeconfig().display(), node::places::STATE);
    }
    Ok(ExitCode::from(code))
}

pub fn load(files: &[PathBuf]) -> Result<()> {
    let progress = Progress::default();
    for file in files {
        progress.say(&format!("load {}", file.display()));
        node::load_image(file)?;
    }
    Ok(())
}

pub fn images() -> Result<()> {
    let progress = Progress::default();
    let archives = standin::archives(|image| progress.say(&format!("make the image {image}")))?;
    archives.iter().for_each(|archive| println!("{}", archive.display()));
    Ok(())
}
