//! The last words of `up`: where the shop is, what to try, where to look.

use anyhow::Result;

use super::install::Shop;
use super::{Cluster, run};

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
        "  curl -H 'content-type: application/json' -d '{{\"email\":\"ani@example.com\",\"password\":\"correct horse battery\",\"name\":\"Ani\"}}' {url}/api/v1/register"
    );
    println!("  make demo        buys something, step by step");
    println!("\nLook around:");
    println!("  {kubectl} -n {} get shop,pods", shop.namespace);
    println!(
        "  {kubectl} -n {} get configmaps -l grafana_dashboard=1     dashboards, for a Grafana with the dashboard sidecar",
        shop.namespace
    );
    println!("  make down        removes everything");
    Ok(())
}

/// Services' addresses of the node are reachable from the machine.
fn own_url(cluster: &Cluster, shop: &Shop) -> Result<String> {
    let mut command = cluster.kubectl()?;
    command.args([
        "get",
        "service",
        "gateway",
        "-n",
        &shop.namespace,
        "-o=jsonpath={.spec.clusterIP}:{.spec.ports[0].port}",
    ]);
    let address = run::text(&mut command)?;
    Ok(format!("http://{}", address.trim_end_matches(":80")))
}
