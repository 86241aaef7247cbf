//! `psp-sim`: the simulators on ports of loopback, until a signal.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use warung_psp_sim::{
    Company, Options, Sim,
    midtrans::{self, Midtrans},
    paypal::{self, PayPal},
    start,
    xendit::{self, Xendit},
};

/// Stateful simulators of payment companies. Each lists its payments at `/` and obeys `/_sim/…`.
#[derive(Debug, Parser)]
#[command(name = "psp-sim", version)]
struct Arguments {
    /// Port of 127.0.0.1 for PayPal; 0 takes any
    #[arg(long, default_value_t = 8471)]
    paypal: u16,
    /// Port for Xendit
    #[arg(long, default_value_t = 8472)]
    xendit: u16,
    /// Port for Midtrans
    #[arg(long, default_value_t = 8473)]
    midtrans: u16,
    /// The shop: webhooks go to <SHOP>/api/v1/webhooks/<company>
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_parser = warung_command_line::base_url)]
    shop: String,
    /// Ids and luck come out the same for the same seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only print the settings with which payment uses these simulators, a line each
    #[arg(long)]
    settings: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match warung_command_line::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.settings {
        print!("{}", settings(&arguments));
        return ExitCode::SUCCESS;
    }
    match simulate(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("psp-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Until a signal.
async fn simulate(arguments: &Arguments) -> Result<()> {
    let _paypal: Sim<PayPal> = company(arguments, arguments.paypal).await?;
    let _xendit: Sim<Xendit> = company(arguments, arguments.xendit).await?;
    let _midtrans: Sim<Midtrans> = company(arguments, arguments.midtrans).await?;
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
    Ok(())
}

async fn company<C: Company>(arguments: &Arguments, port: u16) -> Result<Sim<C>> {
    let webhook_url = format!("{}/api/v1/webhooks/{}", arguments.shop, C::NAME);
    let options =
        Options { port, seed: arguments.seed, webhook_url: Some(webhook_url), ..Options::default() };
    let sim = start::<C>(options).await.with_context(|| format!("start {} on port {port}", C::NAME))?;
    println!("{:<9} {}", C::NAME, sim.desk.url);
    Ok(sim)
}

fn settings(arguments: &Arguments) -> String {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let settings = [
        ("PAYMENT_PROVIDERS", "sandbox,midtrans,xendit,paypal".to_owned()),
        ("PAYPAL_URL", url(arguments.paypal)),
        ("PAYPAL_CLIENT_ID", paypal::CLIENT_ID.to_owned()),
        ("PAYPAL_CLIENT_SECRET", paypal::CLIENT_SECRET.to_owned()),
        ("PAYPAL_WEBHOOK_ID", paypal::WEBHOOK_ID.to_owned()),
        ("XENDIT_URL", url(arguments.xendit)),
        ("XENDIT_SECRET_KEY", xendit::SECRET_KEY.to_owned()),
        ("XENDIT_CALLBACK_TOKEN", xendit::CALLBACK_TOKEN.to_owned()),
        ("MIDTRANS_URL", url(arguments.midtrans)),
        ("MIDTRANS_SNAP_URL", url(arguments.midtrans)),
        ("MIDTRANS_SERVER_KEY", midtrans::SERVER_KEY.to_owned()),
    ];
    settings.iter().map(|(name, value)| format!("WARUNG_{name}={value}\n")).collect()
}
