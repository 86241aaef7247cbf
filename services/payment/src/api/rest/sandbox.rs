//! The page to which the sandbox sends customers: pay, or be refused. A real provider has its own.

use std::sync::Arc;

use axum::{
    extract,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::http::{Path, Problem, problem::ProblemBody};
use warung_contracts::id::PaymentId;

use super::{Shared, webhooks};
use crate::{
    domain::dispute::State,
    providers::{
        About, Notice,
        sandbox::{self, Page, Sandbox, Verdict},
    },
};

/// What the customer chose.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Choice {
    outcome: Verdict,
}

/// The payment, and what the sandbox knows of it; 404 when there is none or no sandbox.
async fn find(shared: &Shared, id: PaymentId) -> Result<(&Sandbox, Page), Problem> {
    let missing = || Problem::not_found("payment at the sandbox");
    let sandbox = shared.sandbox.as_deref().ok_or_else(missing)?;
    let page = sandbox.page(id).await?.ok_or_else(missing)?;
    Ok((sandbox, page))
}

/// What can be chosen on the page now, and what the button says.
fn choices(page: &Page) -> &'static [(&'static str, &'static str)] {
    match page.dispute {
        _ if page.open => &[("succeeded", "Pay"), ("failed", "Refuse")],
        None if page.status == "succeeded" => &[("disputed", "Ask the bank for the money back")],
        Some(State::Opened) => {
            &[("dispute_won", "The shop is right"), ("dispute_lost", "The customer is right")]
        }
        _ => &[],
    }
}

/// Show the sandbox's page of a payment
#[utoipa::path(
    get, path = "/sandbox/pay/{payment_id}", operation_id = "show_sandbox_payment", tag = "payments",
    params(("payment_id" = PaymentId, Path)),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 404, description = "No such payment, or the sandbox is switched off", body = ProblemBody),
    ),
)]
pub async fn show_sandbox_payment(
    extract::State(shared): extract::State<Arc<Shared>>,
    Path(id): Path<PaymentId>,
) -> Result<Html<String>, Problem> {
    let (_, page) = find(&shared, id).await?;
    let choices: Vec<String> = choices(&page)
        .iter()
        .map(|(outcome, label)| format!("<button name=outcome value={outcome}>{label}</button>"))
        .collect();
    let choices = match choices.is_empty() {
        true => "<p>Nothing is left to do here.</p>".to_owned(),
        false => format!("<form method=post>{}</form>", choices.join(" ")),
    };
    // Both values are ours: an amount and a word. Nothing a customer wrote is on the page.
    let (amount, status) = (page.amount, page.status);
    Ok(Html(format!(
        "<!doctype html><meta charset=utf-8><meta name=viewport content=width=device-width>\
         <title>Sandbox payment</title><h1>Sandbox</h1><p>{amount}: {status}. No money moves here.</p>{choices}"
    )))
}

/// Pay or refuse at the sandbox
#[utoipa::path(
    post, path = "/sandbox/pay/{payment_id}", operation_id = "settle_sandbox_payment", tag = "payments",
    params(("payment_id" = PaymentId, Path)),
    request_body(content = Choice, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Noted; the page says so"),
        (status = 400, description = "outcome is missing or unknown", body = ProblemBody),
        (status = 404, description = "No such payment, or the sandbox is switched off", body = ProblemBody),
    ),
)]
pub async fn settle_sandbox_payment(
    extract::State(shared): extract::State<Arc<Shared>>,
    Path(id): Path<PaymentId>,
    form: Result<axum::Form<Choice>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Problem> {
    let (sandbox, page) = find(&shared, id).await?;
    let axum::Form(Choice { outcome }) = form.map_err(|_| {
        Problem::field("outcome", "must be succeeded, failed, disputed, dispute_won or dispute_lost")
    })?;
    if choices(&page).iter().any(|(word, _)| *word == outcome.as_str()) {
        sandbox.settle(id, outcome).await?;
        // As the company would by a webhook: told, and then asked.
        let event_id = format!("page-{}-{id}", outcome.as_str());
        let notice = Notice { event_id, about: About::Payment(id), reported: None, dispute: None };
        webhooks::keep(&shared, sandbox::NAME, &notice, b"{}").await?;
    }
    Ok(Redirect::to(&format!("/sandbox/pay/{id}")).into_response())
}
