//! Each simulator is driven by the company's own official client, in Python, at the versions of
//! `testbed/tools/requirements.txt`. What these clients accept and refuse nobody here wrote.

use std::process::Command;

use warung_psp_sim::{
    Company, Options,
    courier::Policy,
    midtrans::{self, Midtrans},
    paypal::{self, PayPal},
    start,
    xendit::{self, Xendit},
};
use warung_testbed::tools;

/// Runs a script against a company; its assertions decide.
async fn drive<C: Company>(script: &'static str, variables: &[(&str, &str)]) {
    let held = Policy { hold: true, ..Policy::default() };
    let sim = start::<C>(Options { seed: 7, policy: held, ..Options::default() }).await.unwrap();
    let python = tools::cache().unwrap().join("venv/bin/python3");
    assert!(python.is_file(), "the official clients are missing: run testbed/tools/install clients");
    let mut command = Command::new(python);
    command.arg(format!("{}/tests/clients/{script}", env!("CARGO_MANIFEST_DIR")));
    command.env("SIM_URL", &sim.desk.url).envs(variables.iter().copied()).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{said}");
    assert!(sim.journal.all().len() >= 10, "{script} hardly spoke to the simulator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_of_midtrans_is_served() {
    drive::<Midtrans>("midtrans.py", &[("SIM_KEY", midtrans::SERVER_KEY)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_of_xendit_is_served() {
    drive::<Xendit>("xendit_client.py", &[("SIM_KEY", xendit::SECRET_KEY)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_client_of_paypal_is_served() {
    let variables = [("SIM_KEY", paypal::CLIENT_ID), ("SIM_SECRET", paypal::CLIENT_SECRET)];
    drive::<PayPal>("paypal.py", &variables).await;
}
