//! The books taken out: in pages and as files, whole, of one moment, and to the minor unit what the trial balance says.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use futures::StreamExt as _;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use warung_chassis::testing;
use warung_contracts::{
    event::{StockReserved, Totals},
    id::OrderId,
    money::Money,
};

use crate::bank::Bank;

/// What happens to a payment after it was captured, in hundredths of it; what can't be is refused.
#[derive(Debug, Clone)]
enum Step {
    Refund(i64),
    Offline(i64),
    Dispute(i64),
    Win,
    Lose,
}

#[derive(Debug, Clone)]
struct Life {
    total: Money,
    /// Of it shipping and tax, in hundredths.
    parts: Option<(i64, i64)>,
    steps: Vec<Step>,
}

fn life() -> impl Strategy<Value = Life> {
    let step = prop_oneof![
        4 => (1..70_i64).prop_map(Step::Refund),
        2 => (1..40_i64).prop_map(Step::Offline),
        2 => (1..=100_i64).prop_map(Step::Dispute),
        1 => Just(Step::Win),
        1 => Just(Step::Lose),
    ];
    let total = (1..500_i64, prop::sample::select(vec!["IDR", "JPY", "KWD"]));
    // An amount that ends in 13 is declined.
    let total = total.prop_map(|(n, code)| Money::new(1000 * n + 57, code.parse().unwrap()));
    (total, prop::option::of((0..30_i64, 0..30_i64)), prop::collection::vec(step, 0..5))
        .prop_map(|(total, parts, steps)| Life { total, parts, steps })
}

/// The same lives each time.
fn lives(count: usize) -> Vec<Life> {
    let all = prop::collection::vec(life(), count);
    all.new_tree(&mut TestRunner::deterministic()).unwrap().current()
}

impl Bank {
    async fn live(&self, life: &Life) -> OrderId {
        let of =
            |hundredths: i64| Money::new(life.total.amount_minor * hundredths / 100, life.total.currency);
        let totals = |(shipping, tax)| Totals {
            subtotal: of(0),
            discount: of(0),
            shipping: of(shipping),
            shipping_discount: None,
            shipping_tax: of(0),
            tax: of(tax),
            prices_include_tax: false,
            total: life.total,
        };
        let reserved = StockReserved {
            total: life.total,
            totals: life.parts.map(totals),
            ..self.reserved("tok_success")
        };
        self.app.deliver(&reserved).await.unwrap();
        self.calls().await;
        let order = reserved.order_id;
        for (n, step) in life.steps.iter().enumerate() {
            self.app.clock.advance(Duration::MINUTE);
            let key = format!("{order}-{n}");
            match *step {
                Step::Refund(part) => {
                    self.refund(order, &key, json!({"amount": of(part), "reason": "a part"})).await;
                }
                Step::Offline(part) => {
                    let outside = json!({"reference": "=till,7"});
                    let body = json!({"amount": of(part), "reason": "a part", "offline": outside});
                    self.refund(order, &key, body).await;
                }
                Step::Dispute(part) => {
                    self.contest(order, &key, "disputed", Some(of(part).amount_minor)).await;
                }
                Step::Win => self.contest(order, &key, "dispute_won", None).await,
                Step::Lose => self.contest(order, &key, "dispute_lost", None).await,
            }
            self.calls().await;
        }
        order
    }

    /// All pages of the list.
    async fn pages(&self, query: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.read(&format!("/api/v1/ledger/entries?limit=7{query}{cursor}")).await;
            all.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// The objects of a file.
    async fn lines(&self, query: &str) -> Vec<Value> {
        match self.read(&format!("/api/v1/ledger/export?format=jsonl{query}")).await {
            Value::String(lines) => lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            Value::Null => vec![],
            one => vec![one],
        }
    }

    /// The rows of a file, by their columns.
    async fn rows(&self, query: &str) -> Vec<BTreeMap<String, String>> {
        let file = self.read(&format!("/api/v1/ledger/export?format=csv{query}")).await;
        let mut rows = file.as_str().unwrap().split_terminator("\r\n").map(cells);
        let header = rows.next().unwrap();
        rows.map(|row| {
            assert_eq!(row.len(), header.len(), "{row:?}");
            header.iter().cloned().zip(row).collect()
        })
        .collect()
    }

    /// What the trial balance says of a period: debits, credits, by account and currency.
    async fn trial(&self, query: &str) -> BTreeMap<(String, String), (i64, i64)> {
        let ledger = self.read(&format!("/api/v1/ledger?{query}")).await;
        let moved = |account: &Value| {
            let [debits, credits] = ["debits", "credits"].map(|side| account[side]["amount_minor"].as_i64());
            let key = (text(&account["account"]), text(&account["debits"]["currency"]));
            (key, (debits.unwrap(), credits.unwrap()))
        };
        let accounts = ledger["accounts"].as_array().unwrap().iter().map(moved);
        accounts.filter(|(_, moved)| *moved != (0, 0)).collect()
    }
}

/// The cells of a row, of which a quoted one holds no quotes.
fn cells(row: &str) -> Vec<String> {
    let (mut all, mut quoted) = (vec![String::new()], false);
    for c in row.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            _ => all.last_mut().unwrap().push(c),
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn amount(entry: &Value) -> i64 {
    entry["amount"]["amount_minor"].as_i64().unwrap()
}

/// Debits and credits of entries, by account and currency.
fn sums(entries: &[Value]) -> BTreeMap<(String, String), (i64, i64)> {
    let mut sums = BTreeMap::<_, (i64, i64)>::new();
    for entry in entries {
        let of = sums.entry((text(&entry["account"]), text(&entry["amount"]["currency"]))).or_default();
        match amount(entry) {
            debit @ 0.. => of.0 += debit,
            credit => of.1 -= credit,
        }
    }
    sums
}

#[tokio::test]
async fn pages_and_files_say_what_the_trial_balance_says() {
    let bank = Bank::start().await;
    let mut orders = Vec::new();
    let mut middle = None;
    for (n, life) in lives(24).iter().enumerate() {
        orders.push(bank.live(life).await);
        bank.app.clock.advance(Duration::MINUTE);
        if n == 12 {
            middle = Some(bank.app.clock.now().format(&Rfc3339).unwrap());
        }
    }
    let all = bank.pages("").await;
    for kind in ["capture", "refund", "chargeback", "reinstatement"] {
        assert!(all.iter().any(|entry| entry["kind"] == kind), "no {kind} among {} entries", all.len());
    }
    let mut transactions = BTreeMap::<String, i64>::new();
    for entry in &all {
        *transactions.entry(text(&entry["transaction_id"])).or_default() += amount(entry);
        let (kind, refund, dispute) = (text(&entry["kind"]), &entry["refund_id"], &entry["dispute_id"]);
        assert_eq!(refund.is_string(), kind == "refund", "{entry}");
        assert_eq!(dispute.is_string(), kind == "chargeback" || kind == "reinstatement", "{entry}");
        assert_eq!((&entry["order_number"], &entry["attempt"]), (&json!("KOPI-000001"), &json!(1)));
    }
    assert!(transactions.values().all(|sum| *sum == 0), "each transaction sums to zero");
    let times: Vec<OffsetDateTime> =
        all.iter().map(|entry| OffsetDateTime::parse(&text(&entry["at"]), &Rfc3339).unwrap()).collect();
    assert!(times.is_sorted(), "oldest first");

    let middle = middle.unwrap();
    let some = |query: &str, is: &dyn Fn(&Value) -> bool| {
        let wanted: Vec<Value> = all.iter().filter(|entry| is(entry)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < all.len(), "{query}");
        (query.to_owned(), wanted)
    };
    let at = |entry: &Value| OffsetDateTime::parse(&text(&entry["at"]), &Rfc3339).unwrap();
    let cut = OffsetDateTime::parse(&middle, &Rfc3339).unwrap();
    let periods = [
        (String::new(), all.clone()),
        some(&format!("&from={middle}"), &|entry| at(entry) >= cut),
        some(&format!("&to={middle}"), &|entry| at(entry) < cut),
        some("&account=sales", &|entry| entry["account"] == "sales"),
    ];
    for (query, wanted) in &periods {
        assert_eq!(sums(wanted), bank.trial(query.trim_start_matches('&')).await, "{query}");
    }
    let order = orders[12];
    let others = [
        some("&currency=KWD", &|entry| entry["amount"]["currency"] == "KWD"),
        some(&format!("&order_id={order}"), &|entry| entry["order_id"] == json!(order)),
        (format!("&to={}", testing::epoch().format(&Rfc3339).unwrap()), vec![]),
    ];
    for (query, wanted) in periods.iter().chain(&others) {
        assert_eq!(&bank.pages(query).await, wanted, "{query}");
        assert_eq!(&bank.lines(query).await, wanted, "{query}");
        let rows = bank.rows(query).await;
        assert_eq!(rows.len(), wanted.len(), "{query}");
        for (row, entry) in rows.iter().zip(wanted) {
            check_row(row, entry);
        }
    }
    bank.app.stop().await;
}

/// That a row of a table says what an object says.
fn check_row(row: &BTreeMap<String, String>, entry: &Value) {
    let currency = &row["currency"];
    let decimals = match currency.as_str() {
        "JPY" => 0,
        "IDR" => 2,
        _ => 3,
    };
    let (_, part) = row["amount"].split_once('.').unwrap_or((&row["amount"], ""));
    assert_eq!(part.len(), decimals, "{row:?}");
    let minor: i64 = row["amount"].replace('.', "").parse().unwrap();
    assert_eq!((minor, minor.to_string()), (amount(entry), row["amount_minor"].clone()));
    assert_eq!(currency, &text(&entry["amount"]["currency"]));
    assert_eq!(row["attempt"], entry["attempt"].to_string());
    for column in ["transaction_id", "at", "kind", "account", "order_number", "order_id", "payment_id"]
        .into_iter()
        .chain(["provider", "payment_reference", "refund_id", "dispute_id"])
    {
        assert_eq!(row[column], text(&entry[column]), "{column}");
    }
    let reference = text(&entry["reference"]);
    let guarded = if reference.starts_with('=') { format!("'{reference}") } else { reference };
    assert_eq!(row["reference"], guarded, "no cell is a formula");
}

/// Transactions that a file takes several parts for.
const MANY: i64 = 1500;

#[tokio::test]
async fn an_export_is_of_one_moment_while_the_books_go_on() {
    let bank = Bank::start().await;
    let order = bank.open("tok_success").await;
    bank.contest(order, "d", "disputed", None).await;
    let booked = sqlx::query(
        "WITH booked AS (INSERT INTO ledger_transactions (transaction_id, payment_id, kind, at, dispute_id) \
           SELECT gen_random_uuid(), payment_id, 'chargeback', $2 + n / 3 * interval '1 second', dispute_id \
           FROM disputes, generate_series(1, $1) AS n RETURNING transaction_id) \
         INSERT INTO ledger_entries (transaction_id, position, account, amount_minor, currency) \
         SELECT transaction_id, side, CASE side WHEN 0 THEN 'chargebacks:sandbox' ELSE 'receivable:sandbox' END, 1 - 2 * side, \
         'IDR' FROM booked, generate_series(0, 1) AS side",
    );
    let pool = bank.app.db.as_ref().unwrap().pool();
    booked.bind(MANY).bind(bank.app.clock.now()).execute(pool).await.unwrap();
    let before = bank.trial("").await;

    let request = Request::get("/api/v1/ledger/export?format=jsonl")
        .header("authorization", format!("Bearer {}", testing::admin()));
    let answer = bank.app.answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 200);
    let mut parts = answer.into_body().into_data_stream();
    let mut file = parts.next().await.unwrap().unwrap().to_vec();
    // One that stands before what was read, and one that stands at the end.
    bank.open("tok_success").await;
    bank.app.clock.advance(Duration::DAY);
    bank.open("tok_success").await;
    let mut more = 0;
    while let Some(part) = parts.next().await {
        file.extend_from_slice(&part.unwrap());
        more += 1;
    }
    assert!(more > 1, "it comes in parts");
    let file = String::from_utf8(file).unwrap();
    let lines: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(sums(&lines), before);
    let now = bank.lines("").await;
    assert_eq!((now.len(), sums(&now)), (lines.len() + 4, bank.trial("").await));
    bank.app.stop().await;
}

#[tokio::test]
async fn only_who_may_read_the_ledger_takes_it_out() {
    let bank = Bank::start().await;
    for path in ["/api/v1/ledger/entries", "/api/v1/ledger/export?format=csv"] {
        assert_eq!(bank.app.send("GET", path, None, None).await.status, 401);
        assert_eq!(bank.app.send("GET", path, Some(&bank.token), None).await.status, 403);
    }
    for path in [
        "/api/v1/ledger/export",
        "/api/v1/ledger/export?format=xml",
        "/api/v1/ledger/export?format=csv&currency=idr",
        "/api/v1/ledger/entries?cursor=x",
        "/api/v1/ledger/entries?order_id=1",
    ] {
        assert_eq!(bank.app.send("GET", path, Some(&testing::admin()), None).await.status, 400, "{path}");
    }
    assert_eq!(bank.lines("").await, [Value::Null; 0]);
    assert_eq!(bank.rows("").await.len(), 0, "a header alone");
    bank.app.stop().await;
}
