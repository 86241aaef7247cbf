//! Today's events against those of every release. In an upgrade and after a rollback both versions run beside each other,
//! and a replayed dead letter is older still: what a released service wrote must be read today, and what is written today
//! must be read by a released service.
//!
//! `released/<version>/<type>.json` holds two JSON Schemas, of what a service of that version writes and of what it reads:
//! they differ in fields that are always written and need not be there. `make freeze` adds a version.

use std::{
    fs,
    path::{Path, PathBuf},
};

use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{TYPES, fits::fits, with_settings};

/// An event as the services of one version know it.
#[derive(Debug, Serialize, Deserialize)]
struct Frozen {
    writes: Value,
    reads: Value,
}

impl Frozen {
    /// As it is today; none when there is no such event.
    fn today(event: &str) -> Option<Self> {
        let schema = |settings| with_settings(event, settings).map(Value::from);
        let settings = SchemaSettings::draft2020_12;
        Some(Self { writes: schema(settings().for_serialize())?, reads: schema(settings())? })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("released")
}

/// What is in a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Every event of every release: the version, the event's type, its schemas.
fn released() -> Vec<(String, String, Frozen)> {
    let of_version = |version: PathBuf| {
        let read = |path: &PathBuf| {
            let frozen = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let name = |part: Option<&std::ffi::OsStr>| part.unwrap().to_string_lossy().into_owned();
            (name(version.file_name()), name(path.file_stem()), frozen)
        };
        entries(&version).iter().map(read).collect::<Vec<_>>()
    };
    entries(&folder()).into_iter().flat_map(of_version).collect()
}

#[test]
fn releases_and_today_understand_each_other() {
    let all = released();
    assert!(!all.is_empty(), "no release is kept");
    for (version, event, then) in all {
        let Some(now) = Frozen::today(&event) else {
            panic!("{event} was released in {version}: somebody may wait for it, or have it to tell")
        };
        fits(&then.writes, &now.reads)
            .unwrap_or_else(|why| panic!("{event}: what {version} writes can't be read today: {why}"));
        fits(&now.writes, &then.reads)
            .unwrap_or_else(|why| panic!("{event}: what is written today can't be read by {version}: {why}"));
    }
}

/// Writes this version's schemas when it is told to (`make freeze`), and else holds the ones it finds to their form.
#[test]
fn a_release_keeps_every_event() {
    let version = folder().join(env!("CARGO_PKG_VERSION"));
    if std::env::var_os("FREEZE").is_some() {
        let _ = fs::remove_dir_all(&version);
        fs::create_dir_all(&version).unwrap();
        for event in TYPES {
            let text = serde_json::to_string_pretty(&Frozen::today(event)).unwrap() + "\n";
            fs::write(version.join(format!("{event}.json")), text).unwrap();
        }
    }
    for (version, event, Frozen { writes, reads }) in released() {
        assert_eq!(writes["title"], reads["title"], "{version} {event}");
        fits(&writes, &reads).unwrap_or_else(|why| panic!("{version} {event}: {why}"));
    }
}

/// The rules of CONTRIBUTING.md, each seen to be kept by the judge.
#[test]
fn only_optional_fields_may_come() {
    let schema = |properties: Value, required: Value| json!({ "type": "object", "properties": properties, "required": required });
    let was = schema(json!({ "id": { "type": "string" }, "reason": { "enum": ["a", "b"] } }), json!(["id"]));
    let with = |name: &str, field: Value| {
        let mut changed = was.clone();
        changed["properties"][name] = field;
        changed
    };
    let both = |now: &Value| (fits(&was, now).is_ok(), fits(now, &was).is_ok());

    assert_eq!(both(&was), (true, true));
    assert_eq!(both(&with("note", json!({ "type": "string" }))), (true, true), "an optional field");
    let mut needed = with("note", json!({ "type": "string" }));
    needed["required"] = json!(["id", "note"]);
    assert_eq!(both(&needed), (false, true), "a field that must be there");
    let mut loose = was.clone();
    loose["required"] = json!([]);
    assert_eq!(both(&loose), (true, false), "a field that need not be there any more");
    assert_eq!(both(&with("id", json!({ "type": "integer" }))), (false, false), "another type");
    assert_eq!(both(&with("reason", json!({ "enum": ["a", "b", "c"] }))), (true, false), "one more word");
    assert_eq!(both(&with("reason", json!({ "enum": ["a"] }))), (false, true), "one word less");
}
