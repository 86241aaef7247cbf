//! The documents against the sources: every problem type and every condition reason has a page, every event, every
//! permission and every field of a Shop is in its table, every link leads somewhere. Reads files alone: no shop, no store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use warung_contracts::{manifest, permission::Permission};

/// Folders that hold nothing of ours.
const FOREIGN: [&str; 4] = [".git", "target", "node_modules", ".warung"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root of the project")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !FOREIGN.contains(&name.as_str()) {
            all.extend(files(&path, ending));
        } else if path.is_file() && name.ends_with(ending) {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// Rust sources of a part, without its tests.
fn sources(part: &str) -> Vec<(PathBuf, String)> {
    let all = files(&root().join(part), ".rs").into_iter();
    all.filter(|path| path.components().any(|c| c.as_os_str() == "src"))
        .map(|p| (p.clone(), read(&p)))
        .collect()
}

/// The string literals of a text, in order; escapes are not needed for slugs.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn is_slug(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(letters)
}

/// `ImagePullFailed` as `image-pull-failed`.
fn kebab(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !slug.is_empty() {
            slug.push('-');
        }
        slug.push(c.to_ascii_lowercase());
    }
    slug
}

/// `pull_policy` as `pullPolicy`.
fn camel(name: &str) -> String {
    let mut words = name.trim_end_matches('_').split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_uppercase() + tail
    })
}

/// Slug and place of every problem type: the rows of `Kind`, and each call that names a type of its own.
fn problems() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let table = read(&root().join("services/chassis/src/error.rs"));
    let rows = table.split_once("fn row(self)").expect("Kind has a table").1;
    let rows = rows.split("\n    }\n").next().unwrap_or_default();
    // The first literal of each row; the other is a title, which is no slug.
    all.extend(literals(rows).filter(|text| is_slug(text)).map(|slug| (slug.to_owned(), "Kind".to_owned())));
    assert!(all.len() >= 14, "the table of Kind was not understood: {all:?}");
    for (path, text) in sources("services") {
        let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        for call in ["Problem::typed(", "Self::typed("] {
            for after in text.split(call).skip(1) {
                let slug = literals(after).next().unwrap_or_default();
                assert!(is_slug(slug), "{place}: write the slug of a problem as a literal, not {slug:?}");
                all.insert(slug.to_owned(), place.clone());
            }
        }
    }
    all
}

/// Slug and place of every reason of a condition or of a warning.
fn reasons() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let text = read(&root().join("operator/src/api/condition.rs"));
    let names = text.split_once("impl Reason").expect("reasons have names").1;
    let names = names.split("#[cfg(test)]").next().unwrap_or_default();
    all.extend(literals(names).map(|name| (kebab(name), "operator/src/api/condition.rs".to_owned())));
    assert!(all.len() >= 10, "the reasons were not understood: {all:?}");
    for (path, text) in sources("operator") {
        let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        for after in text.split(" warning(\"").skip(1).chain(text.split("&warning(\"").skip(1)) {
            let name = after.split('"').next().unwrap_or_default();
            all.insert(kebab(name), place.clone());
        }
    }
    all
}

fn pages() -> BTreeSet<String> {
    let all = files(&root().join("docs/errors"), ".md").into_iter();
    let stem = |path: PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    all.map(stem).filter(|stem| stem != "README").collect()
}

#[test]
fn every_problem_type_and_every_reason_has_a_page_and_no_page_is_left_over() {
    let (problems, reasons, pages) = (problems(), reasons(), pages());
    let missing: Vec<String> = (problems.iter().chain(&reasons))
        .filter(|(slug, _)| !pages.contains(*slug))
        .map(|(slug, place)| format!("docs/errors/{slug}.md, answered in {place}"))
        .collect();
    assert!(missing.is_empty(), "write these pages:\n{}", missing.join("\n"));
    let both: Vec<&String> = problems.keys().filter(|slug| reasons.contains_key(*slug)).collect();
    assert!(both.is_empty(), "a problem and a reason share the page of {both:?}");
    let left: Vec<&String> =
        pages.iter().filter(|page| !problems.contains_key(*page) && !reasons.contains_key(*page)).collect();
    assert!(left.is_empty(), "nothing answers {left:?} any more: remove these pages of docs/errors");
}

#[test]
fn every_page_says_its_name_the_cause_and_what_to_do_and_is_in_the_index() {
    let folder = root().join("docs/errors");
    let index = read(&folder.join("README.md"));
    for slug in pages() {
        let page = read(&folder.join(format!("{slug}.md")));
        let title =
            page.lines().next().unwrap_or_default().trim_start_matches("# ").trim_matches('`').to_owned();
        assert!(title == slug || kebab(&title) == slug, "{slug}.md is titled {title}");
        for part in ["## Cause", "## What to do"] {
            let text = page.split_once(part).map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default());
            assert!(text.is_some_and(|text| text.trim().len() > 20), "{slug}.md lacks {part}");
        }
        assert!(index.contains(&format!("({slug}.md)")), "docs/errors/README.md lacks {slug}");
    }
}

#[test]
fn the_gateways_answer_with_problem_types_that_have_a_page() {
    let pages = pages();
    let mut seen = 0;
    for file in ["envoy/base.yaml", "kong/base.yaml"] {
        for after in read(&root().join(file)).split("warung.dev/problems/").skip(1) {
            let slug: String = after.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            // Kong fills some of them in.
            assert!(slug.is_empty() || pages.contains(&slug), "{file} answers {slug}, which has no page");
            seen += usize::from(!slug.is_empty());
        }
    }
    assert!(seen > 0, "the gateways answer no problem types");
}

/// Publishers and consumers of each event, as the manifests say.
fn events() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let mut all: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for path in files(&root().join("services/contracts/manifests"), ".toml") {
        let service = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut section = String::new();
        for line in read(&path).lines() {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']).to_owned();
            }
            let Some(event) = line.strip_prefix("event = ") else { continue };
            let entry = all.entry(event.trim().trim_matches('"').to_owned()).or_default();
            let side = if section == "publishes" { &mut entry.0 } else { &mut entry.1 };
            side.insert(service.clone());
        }
    }
    assert!(all.len() >= 15, "the manifests were not understood: {all:?}");
    all
}

#[test]
fn the_table_of_events_is_that_of_the_manifests() {
    let page = read(&root().join("docs/events.md"));
    let rows = page.lines().filter(|line| line.starts_with("| `warung."));
    let cells =
        |row: &str| row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let told: BTreeMap<String, Vec<String>> = rows.map(|row| (cells(row)[1].clone(), cells(row))).collect();
    let events = events();
    for (event, (publishers, consumers)) in &events {
        let row = told.get(event).unwrap_or_else(|| panic!("docs/events.md lacks {event}"));
        let names = |all: &BTreeSet<String>| match all.is_empty() {
            true => "nobody yet".to_owned(),
            false => all.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        assert_eq!((&row[2], &row[3]), (&names(publishers), &names(consumers)), "{event} in docs/events.md");
    }
    let left: Vec<&String> = told.keys().filter(|event| !events.contains_key(*event)).collect();
    assert!(left.is_empty(), "docs/events.md has {left:?}, which no manifest has");
}

#[test]
fn every_field_and_condition_of_a_shop_is_in_the_reference() {
    let page = read(&root().join("docs/operating.md"));
    // The words of what stands between backticks.
    let code = page.split('`').skip(1).step_by(2);
    let told: BTreeSet<&str> = code.flat_map(|code| code.split(|c: char| !c.is_alphanumeric())).collect();
    let mut sections = files(&root().join("operator/src/api/spec"), ".rs");
    sections.push(root().join("operator/src/api/shop.rs"));
    for path in sections {
        let fields = read(&path);
        let fields = fields.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'));
        for (field, _) in fields.filter(|(field, _)| {
            field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        }) {
            let name = camel(field);
            assert!(
                told.contains(name.as_str()),
                "docs/operating.md says nothing of the field {name} ({})",
                path.display()
            );
        }
    }
    let conditions = read(&root().join("operator/src/api/condition.rs"));
    let types = conditions.split("impl Type").nth(1).and_then(|text| text.split("impl Reason").next());
    for name in literals(types.expect("conditions have names")) {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/operating.md says nothing of the condition {name}"
        );
    }
}

#[test]
fn every_permission_is_in_the_table_with_its_role_and_the_routes_that_ask_for_it() {
    let page = read(&root().join("docs/permissions.md"));
    for permission in Permission::ALL {
        let (word, role, what) = (permission.as_str(), permission.least_role().as_str(), permission.what());
        let row = format!("| `{word}` | {role} | {what} | ");
        let found = page.lines().find_map(|line| line.strip_prefix(&row));
        let found =
            found.unwrap_or_else(|| panic!("docs/permissions.md has no row that begins with:\n{row}"));
        let routes = manifest::all().iter().flat_map(|service| &service.routes);
        for route in routes.filter(|route| route.access.permission() == Some(*permission)) {
            let route = format!("`{} {}`", route.method.as_str(), route.path);
            assert!(found.contains(&route), "docs/permissions.md: the row of {word} lacks {route}");
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, Permission::ALL.len(), "docs/permissions.md has rows of permissions that are gone");
}

/// The text of a page without its code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if !fenced && !fence {
            // Of a line every other piece between backticks is code.
            lines.push(line.split('`').step_by(2).collect::<Vec<_>>().join(" "));
        }
    }
    lines.join("\n")
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut all = BTreeSet::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced || !line.starts_with('#') {
            continue;
        }
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        all.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
    }
    all
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for page in files(&root(), ".md") {
        let text = prose(&read(&page));
        let links = text.split("](").skip(1).filter_map(|after| after.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.clone() } else { page.with_file_name("").join(path) };
            let found = target.exists()
                && (anchor.is_empty() || target.is_dir() || anchors(&read(&target)).contains(anchor));
            if !found {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap_or(&page).display()));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
    assert!(seen > 50, "only {seen} links were found: links were not understood");
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let docs = root().join("docs");
    let page = read(&docs.join("testing.md"));
    let named: Vec<(&str, &str)> = page
        .split("[`")
        .skip(1)
        .filter_map(|rest| {
            rest.split_once("`](").and_then(|(name, rest)| Some((name, rest.split_once(')')?.0)))
        })
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for (name, path) in named {
        let source = read(&docs.join(path));
        assert!(
            source.contains(&format!("fn {name}(")),
            "{path} has no test {name}, which docs/testing.md names"
        );
    }
}
