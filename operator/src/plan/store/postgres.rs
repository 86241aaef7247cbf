//! PostgreSQL.

use serde_json::json;

use super::workload::Workload;
use crate::objects::labels::Component;
use crate::objects::{Object, kinds, names};
use crate::plan::{digest, object, secret};
use crate::validate::{EmbeddedStore, ValidShop};

/// User of the official image.
const UID: i64 = 999;
/// A folder below the mount: a fresh volume may hold lost+found, which initdb refuses.
const DATA: &str = "/var/lib/postgresql/data/pgdata";

/// Who may connect to what: the superuser to everything, a role to the database of its own name, both by password.
const HBA: &str = "\
# TYPE  DATABASE  USER      ADDRESS  METHOD
local   all       all                scram-sha-256
host    all       postgres  all      scram-sha-256
host    sameuser  all       all      scram-sha-256
";

/// Made in a folder aside and moved, so that a pod killed halfway starts over.
const INITDB: &str = r#"set -eu
[ -s "$PGDATA/PG_VERSION" ] && exit 0
rm -rf "$PGDATA.new"
initdb --pgdata="$PGDATA.new" --username=postgres --pwfile=/credentials/password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
rm -rf "$PGDATA"
mv "$PGDATA.new" "$PGDATA"
"#;

/// What a shop's many short transactions want of the server. A commit is on the disk when it is answered: nothing here
/// trades that away.
const TUNING: [&str; 8] = [
    // Compiling a query takes longer than any of ours runs.
    "-cjit=off",
    // Solid state: a random page costs little more than the next one.
    "-crandom_page_cost=1.1",
    // A catalogue that was imported a moment ago is known to the planner in seconds.
    "-cautovacuum_naptime=10s",
    // Fewer checkpoints write fewer whole pages to the log, and those compressed.
    "-ccheckpoint_timeout=15min",
    "-cwal_compression=lz4",
    // Who waits for a lock, for how long; parameters may be personal and stay out of the log.
    "-clog_lock_waits=on",
    "-clog_parameter_max_length_on_error=0",
    // A transaction whose process is stuck holds no row for longer.
    "-cidle_in_transaction_session_timeout=60s",
];

pub fn objects(shop: &ValidShop, store: &EmbeddedStore) -> Vec<Object> {
    let config = names::config(names::POSTGRES);
    let data = json!({ "data": { "pg_hba.conf": HBA } });
    let config_map = object(shop, kinds::CONFIG_MAP, &config, (names::POSTGRES, Component::Store), data);
    let ready = json!({
        "exec": { "command": ["pg_isready", "--host=127.0.0.1", "--port=5432", "--username=postgres"] },
        "periodSeconds": 2,
        "timeoutSeconds": 2,
    });
    let workload = Workload {
        name: names::POSTGRES,
        store,
        uid: UID,
        port: 5432,
        port_name: "tcp-postgres",
        data: "/var/lib/postgresql/data",
        init: vec![json!({
            "name": "initdb",
            "command": ["sh", "-c", INITDB],
            "env": [{ "name": "PGDATA", "value": DATA }],
            "volumeMounts": [{ "name": "credentials", "mountPath": "/credentials", "readOnly": true }],
        })],
        container: json!({
            "command": ["postgres"],
            "args": arguments(),
            "readinessProbe": ready,
            "livenessProbe": { "tcpSocket": { "port": 5432 }, "periodSeconds": 10, "failureThreshold": 6 },
            // SIGTERM would wait for every client to leave; SIGINT is PostgreSQL's fast shutdown.
            "lifecycle": { "preStop": { "exec": { "command": ["sh", "-c", "kill -INT 1"] } } },
            "volumeMounts": [{ "name": "config", "mountPath": "/config", "readOnly": true }],
        }),
        volumes: vec![
            json!({ "name": "config", "configMap": { "name": config } }),
            json!({
                "name": "credentials",
                "secret": {
                    "secretName": names::credentials(names::POSTGRES),
                    "items": [{ "key": secret::PASSWORD, "path": "password" }],
                    "defaultMode": 0o440,
                },
            }),
        ],
        checksum: digest(&json!(HBA)),
        stop_seconds: 60,
        clients: super::clients(shop, |manifest| manifest.database.is_some()),
    };
    let mut all = vec![config_map];
    all.extend(workload.objects(shop, &shop.operator_namespace));
    all
}

fn arguments() -> Vec<String> {
    let fixed = [
        "-clisten_addresses=*",
        "-cunix_socket_directories=/tmp",
        "-chba_file=/config/pg_hba.conf",
        "-cmax_connections=200",
        "-cpassword_encryption=scram-sha-256",
    ];
    let settings = fixed.into_iter().chain(TUNING).map(str::to_owned);
    std::iter::once(format!("-D{DATA}")).chain(settings).collect()
}
