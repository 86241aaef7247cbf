use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use warung_testbed::stores::Stores;
use warung_testbed::{tools, wait};

use crate::support::{GONE_WITHIN, address, listens};

fn sql(url: &str, statement: &str) -> String {
    let psql = tools::find("psql", "stores").expect("psql");
    let output = Command::new(psql).args(["-tAc", statement, url]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn ask(address: &str, question: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connect");
    stream.write_all(question.as_bytes()).expect("write");
    stream.shutdown(std::net::Shutdown::Write).expect("half close");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read");
    answer
}

#[test]
fn stores_answer_and_leave_nothing_behind() {
    let stores = Stores::start().expect("stores");
    assert_eq!(sql(stores.postgres_url(), "show max_connections"), "500");
    assert_eq!(sql(stores.postgres_url(), "select usesuper from pg_user"), "t");
    let redis = address(stores.redis_url());
    assert_eq!(ask(&redis, "SET cup full\r\nGET cup\r\n"), "+OK\r\n$4\r\nfull\r\n");
    let nats = address(stores.nats_url());
    let greeting = ask(&nats, "CONNECT {\"verbose\":false}\r\nPING\r\n");
    assert!(greeting.contains("\"jetstream\":true"), "{greeting}");
    assert!(greeting.contains("PONG"), "{greeting}");

    let postgres = address(stores.postgres_url());
    let folder = stores.folder().to_owned();
    assert!(folder.exists());
    drop(stores);
    for address in [postgres, redis, nats] {
        assert!(!listens(&address), "{address} still listens");
    }
    assert!(!folder.exists());
}

#[test]
fn with_stores_returns_the_exit_code_of_its_command() {
    let status = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["with-stores", "--", "sh", "-c", "test -n \"$WARUNG_TEST_NATS_URL\" && exit 7"])
        .status()
        .expect("testbed");
    assert_eq!(status.code(), Some(7));
}

#[test]
fn stores_do_not_outlive_a_killed_parent() {
    let script = "echo $WARUNG_TEST_POSTGRES_URL; echo $WARUNG_TEST_REDIS_URL; echo $WARUNG_TEST_NATS_URL; \
                  echo $WARUNG_TEST_FOLDER; cat";
    let mut testbed = Command::new(env!("CARGO_BIN_EXE_testbed"))
        .args(["with-stores", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("testbed");
    let lines = BufReader::new(testbed.stdout.take().expect("stdout")).lines();
    let lines: Vec<String> = lines.take(4).map(|line| line.expect("line")).collect();
    let addresses: Vec<String> = lines[..3].iter().map(|url| address(url)).collect();
    assert!(addresses.iter().all(|address| listens(address)));
    assert!(std::path::Path::new(&lines[3]).exists());

    testbed.kill().expect("kill");
    testbed.wait().expect("wait");
    wait::until("the end of the stores", GONE_WITHIN, || {
        Ok(!addresses.iter().any(|address| listens(address)) && !std::path::Path::new(&lines[3]).exists())
    })
    .expect("nothing is left");
}
