//! Where a person pays or refuses: `/` lists what waits, `/_pay/{id}` is one payment.

use std::sync::Arc;

use axum::{
    Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    books::{Act, Company, Customer, Listed},
    world::World,
};

type Shared<C> = State<Arc<World<C>>>;

pub(crate) fn routes<C: Company>() -> Router<Arc<World<C>>> {
    Router::new().route("/", get(list)).route("/_pay/{id}", get(show).post(choose))
}

const HEAD: &str = "<!doctype html><meta charset=utf-8><meta name=viewport content=width=device-width>\
    <style>body{font:16px system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}td{padding:.2rem .8rem .2rem 0}</style>";

async fn list<C: Company>(State(world): Shared<C>) -> Html<String> {
    let payments = world.books().payments();
    let row = |payment: &Listed| {
        let [id, amount, status, method] = [
            &payment.id,
            &payment.amount,
            &payment.status,
            payment.method.as_ref().unwrap_or(&payment.reference),
        ]
        .map(|text| escape(text));
        format!("<tr><td><a href=\"/_pay/{id}\">{amount}</a><td>{status}<td>{method}")
    };
    let rows: String = payments.iter().take(100).map(row).collect();
    let rows = if rows.is_empty() { "<tr><td>None yet.".to_owned() } else { rows };
    Html(format!("{HEAD}<title>{0} simulator</title><h1>{0} simulator</h1><table>{rows}</table>", C::NAME))
}

fn find<C: Company>(world: &World<C>, id: &str) -> Option<Listed> {
    world.books().payments().into_iter().find(|payment| payment.id == id)
}

async fn show<C: Company>(State(world): Shared<C>, Path(id): Path<String>) -> Response {
    let Some(payment) = find(&world, &id) else { return StatusCode::NOT_FOUND.into_response() };
    let choices = match payment.open {
        true => {
            "<form method=post><button name=outcome value=pay>Pay</button> \
             <button name=outcome value=deny>Refuse</button></form>"
        }
        false => "<p>Nothing is left to do here.</p>",
    };
    let back = payment
        .return_url
        .filter(|url| url.starts_with("http"))
        .map(|url| format!("<p><a href=\"{}\">Back to the shop</a>", escape(&url)));
    let (amount, status) = (escape(&payment.amount), escape(&payment.status));
    Html(format!(
        "{HEAD}<title>{0} simulator</title><h1>{0} simulator</h1><p>{amount}: {status}. No money moves here.</p>\
         {choices}{1}",
        C::NAME,
        back.unwrap_or_default()
    ))
    .into_response()
}

#[derive(Debug, Deserialize)]
struct Choice {
    outcome: Act,
}

async fn choose<C: Company>(
    State(world): Shared<C>,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Response {
    if find(&world, &id).is_some_and(|payment| payment.open) {
        // It can have ended since: then the page says how.
        let _ = world.act(&id, &Customer::does(choice.outcome));
    }
    let back = find(&world, &id).filter(|payment| !payment.open).and_then(|payment| payment.return_url);
    Redirect::to(&back.unwrap_or_else(|| format!("/_pay/{id}"))).into_response()
}

/// What a shop wrote, as text of a page.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
