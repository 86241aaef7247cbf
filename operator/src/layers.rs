//! Dependencies between this crate's modules point one way, and this test holds them to it.

use std::collections::BTreeSet;
use std::path::Path;

/// The modules, each knowing only those above it in this list.
const ORDER: [&str; 17] = [
    "api",
    "objects",
    "detect",
    "observe",
    "validate",
    "readiness",
    "plan",
    "lease",
    "metrics",
    "apply",
    "finalizer",
    "status",
    "trigger",
    "controller",
    "admin",
    "operator",
    "cli",
];

fn place(module: &str) -> usize {
    ORDER.iter().position(|m| *m == module).unwrap_or_else(|| panic!("module {module} has no place in ORDER"))
}

/// Modules that this source names behind `crate::`.
fn named(source: &str) -> BTreeSet<&str> {
    let word = |text: &str| text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1)).map(|rest| &rest[..word(rest)]).collect()
}

/// Every source file below `folder`, by the module it belongs to.
fn sources(folder: &Path, module: Option<&str>, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("the crate's sources are there") {
        let path = entry.expect("a folder's entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8").to_owned();
        let own = module.unwrap_or(&stem);
        if path.is_dir() {
            sources(&path, Some(own), found);
        } else if !matches!(own, "lib" | "main" | "layers") {
            found.push((own.into(), std::fs::read_to_string(&path).expect("a source file")));
        }
    }
}

#[test]
fn no_module_knows_one_that_stands_on_it() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut all);
    assert!(all.len() > ORDER.len(), "the sources are not where they are looked for");
    for (module, source) in &all {
        for other in named(source).into_iter().filter(|other| other != module) {
            assert!(
                !other.is_empty(),
                "{module}: write one path after crate:: so that this test can read it"
            );
            assert!(place(other) < place(module), "{module} knows {other}, which stands on it");
        }
    }
}
