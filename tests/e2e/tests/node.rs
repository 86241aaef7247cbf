//! A whole node, the charts, a Shop, orders through the gateway: everything as a user has it, through the programs a
//! user has. One test, because there is one node; its steps build on each other.
//!
//! Run by `make test-e2e`, which builds the programs first. `WARUNG_E2E_KEEP=1` leaves the shop up.

mod support;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use warung_e2e::{Shop, Shopper, until};

use crate::support::{Up, kubectl, kubectl_json, said, shop, testbed};

/// For a workload that was taken away to be back and ready.
const BACK_WITHIN: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_comes_up_sells_heals_and_goes() -> Result<()> {
    let up = Up::now()?;
    a_shop_is_ready()?;
    demo_sells_and_refuses()?;
    let shop = shop()?;
    the_gateway_lets_through_what_it_should(&shop).await?;
    a_wrong_change_is_refused_with_a_reason()?;
    the_operator_puts_back_what_was_taken().await?;
    an_order_survives_the_pods_it_goes_through(&shop).await?;
    drop(up);
    Ok(())
}

fn a_shop_is_ready() -> Result<()> {
    let object = kubectl_json(&["get", "shop", "kopi"])?;
    let status = &object["status"];
    ensure!(
        status["observedGeneration"] == object["metadata"]["generation"],
        "status is of this generation: {status}"
    );
    let conditions = status["conditions"].as_array().context("a Shop has conditions")?;
    for wanted in ["Ready", "StoresReady", "MigrationsComplete", "ServicesReady", "GatewayReady"] {
        let found = conditions.iter().find(|condition| condition["type"] == wanted);
        ensure!(found.is_some_and(|condition| condition["status"] == "True"), "{wanted}: {found:?}");
    }
    let pods = kubectl_json(&["get", "pods"])?;
    for pod in pods["items"].as_array().context("a list of pods")? {
        let name = &pod["metadata"]["name"];
        let context = &pod["spec"]["securityContext"];
        ensure!(context["runAsNonRoot"] == true, "{name} does not run as root: {context}");
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            let own = &container["securityContext"];
            ensure!(own["readOnlyRootFilesystem"] == true, "{name} has a read-only root: {own}");
            ensure!(own["allowPrivilegeEscalation"] == false, "{name} can't gain privileges: {own}");
        }
    }
    Ok(())
}

fn demo_sells_and_refuses() -> Result<()> {
    let demo = env!("CARGO_BIN_EXE_demo");
    let told = said(testbed(&["shop", "run", "--", demo]).output()?)?;
    print!("{told}");
    for words in [
        "registered and logged in",
        "the same order, replayed",
        "ended as completed",
        "payment        succeeded",
    ] {
        ensure!(told.contains(words), "the demo says {words:?}:\n{told}");
    }
    let told = said(testbed(&["shop", "run", "--", demo, "--payment", "tok_decline"]).output()?)?;
    ensure!(told.contains("failed (card_declined)"), "a declined card is told:\n{told}");
    ensure!(told.contains("ended as completed"), "and another one pays the order:\n{told}");
    Ok(())
}

async fn the_gateway_lets_through_what_it_should(shop: &Shop) -> Result<()> {
    let get = |path: &'static str, token: Option<&'static str>| {
        let shop = shop.clone();
        async move { shop.send(reqwest::Method::GET, path, token, &[], None).await }
    };
    ensure!(get("/api/v1/products", None).await?.status == 200, "products are public");
    let refused = get("/api/v1/orders", None).await?;
    ensure!(refused.status == 401, "orders want a token: {}", refused.status);
    ensure!(get("/api/v1/orders", Some("e30.e30.e30")).await?.status == 401, "and a real one");
    let nowhere = get("/metrics", None).await?;
    ensure!(nowhere.status == 404, "what is no route is not there: {}", nowhere.status);
    ensure!(
        nowhere.headers.contains_key("x-request-id"),
        "every answer has a request id: {:?}",
        nowhere.headers
    );
    Ok(())
}

fn a_wrong_change_is_refused_with_a_reason() -> Result<()> {
    let patch = r#"{"spec":{"currency":"USD"}}"#;
    let output = kubectl(&["patch", "shop", "kopi", "--type=merge", "-p", patch])?.output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success() && words.contains("currency"), "the currency stays: {words}");
    Ok(())
}

async fn the_operator_puts_back_what_was_taken() -> Result<()> {
    let before = kubectl_json(&["get", "deployment", "cart"])?["metadata"]["uid"].clone();
    said(kubectl(&["delete", "deployment", "cart"])?.output()?)?;
    until("the deployment of cart, made again", BACK_WITHIN, || async {
        let now = kubectl_json(&["get", "deployment", "cart"])?;
        let back = now["metadata"]["uid"] != before && now["status"]["readyReplicas"].as_u64() >= Some(1);
        Ok(back.then_some(()))
    })
    .await?;
    let generation = |object: &Value| object["metadata"]["generation"].as_u64().unwrap_or_default();
    let before = generation(&kubectl_json(&["get", "deployment", "user"])?);
    said(kubectl(&["scale", "deployment", "user", "--replicas=0"])?.output()?)?;
    until("the replicas of user, set back", BACK_WITHIN, || async {
        let now = kubectl_json(&["get", "deployment", "user"])?;
        // One generation is ours, the next the operator's.
        let back = generation(&now) >= before + 2
            && now["spec"]["replicas"] == 1
            && now["status"]["observedGeneration"] == now["metadata"]["generation"]
            && now["status"]["readyReplicas"].as_u64() >= Some(1);
        Ok(back.then_some(()))
    })
    .await
}

async fn an_order_survives_the_pods_it_goes_through(shop: &Shop) -> Result<()> {
    let products =
        shop.send(reqwest::Method::GET, "/api/v1/products?in_stock=true", None, &[], None).await?.ok()?;
    let product = products["items"][0]["id"].as_str().context("there is a product in stock")?.to_owned();
    let siti = Shopper::register(shop, "Budi").await?;
    siti.add(&product, 1).await?;
    let order = siti.check_out(&uuid::Uuid::now_v7().to_string(), "tok_success").await?.ok()?;
    for service in ["order", "product", "payment", "shipment", "notification"] {
        let select = format!("app.kubernetes.io/name={service}");
        said(
            kubectl(&["delete", "pod", "-l", &select, "--grace-period=0", "--force", "--wait=false"])?
                .output()?,
        )?;
    }
    let id = order["id"].as_str().context("an order has an id")?;
    until("the order's completion", BACK_WITHIN * 2, || async {
        Ok((siti.order(id).await?["state"] == "completed").then_some(()))
    })
    .await
}
