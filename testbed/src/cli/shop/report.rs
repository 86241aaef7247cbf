//! The last words of `up`: where the shop is, what to try, where to look.

use anyhow::{Context, Result};
use warung_testbed::node::places;

use super::install::Shop;
use super::{Cluster, program};

/// Secret of the auth service, and its key for the first password of the admin account.
const ADMIN_SECRET: &str = "auth-credentials";
pub const ADMIN_PASSWORD: &str = "WARUNG_ADMIN_PASSWORD";

/// Prints them.
pub fn print(cluster: &Cluster, shop: &Shop) -> Result<()> {
    let kubectl = cluster.typed_kubectl();
    let url = match cluster {
        Cluster::Node => own_url(cluster, shop)?,
        _ => {
            println!("\nOpen a way to the shop, and leave it open:");
            println!("  {kubectl} -n {} port-forward service/gateway 8080:80", shop.namespace);
            "http://127.0.0.1:8080".to_owned()
        }
    };
    println!("\nThe shop is at {url}. Try:");
    println!("  curl {url}/api/v1/products");
    println!(
        "  curl -H 'content-type: application/json' -d '{{\"email\":\"ani@example.com\",\"password\":\"kopi gayo setiap pagi\",\"name\":\"Ani\",\"locale\":\"en\"}}' {url}/api/v1/register"
    );
    println!(
        "  {kubectl} -n {} get secret {ADMIN_SECRET} -o go-template='{{{{.data.{ADMIN_PASSWORD} | base64decode}}}}'     the password of admin@warung.local",
        shop.namespace
    );
    let make = make(cluster);
    println!("  {make} demo        buys something, step by step");
    println!("\nLook around:");
    println!("  {kubectl} -n {} get shop,pods", shop.namespace);
    println!(
        "  {kubectl} -n {} get configmaps -l grafana_dashboard=1     dashboards, for a Grafana with the dashboard sidecar",
        shop.namespace
    );
    println!("  {make} down        removes everything");
    Ok(())
}

/// make's words for a person to type: without its name, a context's cluster would not be found again.
fn make(cluster: &Cluster) -> String {
    match cluster {
        Cluster::Context(name) => format!("KUBE_CONTEXT={name} make"),
        _ => "make".to_owned(),
    }
}

/// The gateway's NodePort where it has one, else its Service's address: the machine reaches both on its own node.
pub fn own_url(cluster: &Cluster, shop: &Shop) -> Result<String> {
    let mut command = cluster.kubectl()?;
    command.args(["get", "service", "gateway", "-n", &shop.namespace, "-o=json"]);
    let service = program::json(&mut command)?;
    let port = &service["spec"]["ports"][0];
    if let Some(port) = port["nodePort"].as_u64() {
        return Ok(format!("http://{}:{port}", places::NODE_ADDRESS));
    }
    let address = service["spec"]["clusterIP"].as_str().context("the gateway's Service has no address")?;
    Ok(format!("http://{address}:{}", port["port"].as_u64().context("the gateway's Service has no port")?))
}

/// The administrator's password: the operator generated it.
pub fn admin_password(cluster: &Cluster, shop: &Shop) -> Result<String> {
    let mut command = cluster.kubectl()?;
    command.args(["get", "secret", ADMIN_SECRET, "-n", &shop.namespace]);
    command.arg(format!("--output=go-template={{{{.data.{ADMIN_PASSWORD} | base64decode}}}}"));
    program::text(&mut command)
}
