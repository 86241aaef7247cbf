//! Files in.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use warung_chassis::{
    db::{Db, Tx, analyze},
    http::json::overlap,
};
use warung_contracts::{currency::Currency, id::CategoryId};

use super::{
    Format, RowFault, place,
    units::{Unit, Units},
};
use crate::{
    commands::{
        Error,
        import_product::{self, Outcome},
    },
    domain::draft::{Fault, is_sku},
    store::{CATALOGUE, categories, import_counts, import_skus},
};

/// Faults of a file that are told; the others are counted. They are held until the file has ended.
const FAULTS_TOLD: u64 = 1000;
/// Characters of a reason, and of a field's name: they may quote a cell, which may be as long as a record.
const TOLD_MAX: usize = 500;
/// Products from which on what a file wrote changes how tables are best read.
const ANALYZE_FROM: u64 = 500;

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Summary {
    pub created: u64,
    pub updated: u64,
    /// Products that were so already.
    pub unchanged: u64,
    /// Products with faults; nothing of them was written.
    pub failed: u64,
    /// Rows of the file that were not written: those of products with faults, and all of them where the header has one.
    pub failed_rows: u64,
    /// Faults beyond the first 1,000, which alone are told.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_faults: u64,
    /// Whether nothing was written at all, because that was asked for.
    pub dry_run: bool,
}

/// How to import.
#[derive(Debug, Clone)]
pub struct Options {
    pub format: Format,
    /// Check everything and write nothing.
    pub dry_run: bool,
    /// Who does it.
    pub actor: String,
    /// What the file is called: sent again under the same name, it counts no stock a second time.
    pub name: Option<Uuid>,
    pub currency: Currency,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    db: Db,
    options: Options,
    units: Units,
    summary: Summary,
    /// What its SKUs are noted by.
    id: Uuid,
    /// Faults told so far.
    told: u64,
}

impl Import {
    /// Begins one.
    pub fn new(db: Db, options: Options) -> Self {
        let units = Units::new(options.format);
        let summary = Summary { dry_run: options.dry_run, ..Summary::default() };
        let id = db.clock().new_uuid();
        Self { db, options, units, summary, id, told: 0 }
    }

    /// Writes the products that end within this chunk; returns what is wrong with those that were not written, as long as
    /// that is not too much to be told. An empty chunk is the end of the file.
    ///
    /// # Errors
    ///
    /// When the store is away: what was written until then stays, and the same file may be imported again.
    pub async fn push(&mut self, chunk: &[u8]) -> Result<Vec<RowFault>, sqlx::Error> {
        let mut faults = Vec::new();
        for unit in self.units.push(chunk) {
            let found = self.write(unit).await?;
            faults.extend(found.into_iter().filter_map(|fault| self.tell(fault)));
        }
        if !chunk.is_empty() {
            return Ok(faults);
        }
        self.summary.failed_rows += self.units.headless();
        let now = self.db.clock().now();
        import_skus::forget(self.db.pool(), self.id, now).await?;
        import_counts::forget(self.db.pool(), now).await?;
        let Summary { created, updated, dry_run, .. } = self.summary;
        if created + updated >= ANALYZE_FROM && !dry_run {
            analyze(self.db.pool(), &CATALOGUE).await?;
        }
        Ok(faults)
    }

    /// What came of it so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Whether there was no product and no fault so far.
    pub fn is_empty(&self) -> bool {
        !self.units.began()
    }

    async fn write(&mut self, mut unit: Unit) -> Result<Vec<RowFault>, sqlx::Error> {
        let said = self.said_before(&unit).await?;
        unit.faults.extend(said);
        let (lines, lost, rows, more) = (unit.lines.clone(), unit.lost, unit.rows, unit.more_faults);
        let mut tx = self.db.begin().await?;
        let (outcome, faults) = self.attempt(&mut tx, unit).await?;
        let Some(outcome) = outcome.filter(|_| faults.is_empty()) else {
            tx.rollback().await?;
            self.summary.failed += 1;
            self.summary.failed_rows += rows;
            self.summary.more_faults += more;
            return Ok(with_silent_rows(&lines, lost, faults));
        };
        self.count(outcome);
        if self.options.dry_run {
            tx.rollback().await?
        } else {
            tx.commit().await?
        }
        Ok(faults)
    }

    /// SKUs of a product that an earlier one of the file has: the later would overwrite the earlier.
    async fn said_before(&self, unit: &Unit) -> Result<Vec<RowFault>, sqlx::Error> {
        // What can be no SKU is a fault of its own.
        let skus = unit.skus.iter().enumerate().filter(|(_, (sku, _))| is_sku(sku));
        let said: Vec<(&str, u64)> = skus.clone().map(|(_, (sku, line))| (sku.as_str(), *line)).collect();
        if said.is_empty() {
            return Ok(vec![]);
        }
        let first = import_skus::note(self.db.pool(), self.id, &said, self.db.clock().now()).await?;
        // The same SKU within a product is a fault of its draft.
        let own = unit.lines.first().copied().unwrap_or_default();
        let before = skus.filter_map(|(n, (sku, line))| {
            let first = first.get(sku).filter(|&&first| first < own)?;
            let field = match self.options.format {
                Format::Csv => "sku".to_owned(),
                Format::Jsonl => format!("variants[{n}].sku"),
            };
            let reason = format!("{sku} is on line {first} already: a file says each SKU once");
            Some(RowFault { line: *line, field: Some(field), reason })
        });
        Ok(before.collect())
    }

    /// Writes a product, or finds everything that is wrong with it.
    async fn attempt(
        &self,
        tx: &mut Tx,
        unit: Unit,
    ) -> Result<(Option<Outcome>, Vec<RowFault>), sqlx::Error> {
        let Unit { lines, record, mut faults, .. } = unit;
        let Some(record) = record else { return Ok((None, faults)) };
        let Options { currency, format, name, .. } = self.options;
        let (category, mut broken) = category(tx, record.category.as_deref()).await?;
        let skus: Vec<String> = record.variants.iter().map(|variant| variant.sku.clone()).collect();
        let draft = record.draft(category, currency, name);
        let written = match faults.is_empty() {
            true => import_product::run(tx, draft, currency, &self.options.actor).await,
            // Something stands in for what can't be read: that is never written.
            false => Err(Error::Invalid(draft.faults(currency))),
        };
        let outcome = match written {
            Ok(outcome) => Some(outcome),
            Err(Error::Store(error)) => return Err(error),
            Err(error) => {
                broken.extend(told(error, &skus));
                None
            }
        };
        let broken = broken.into_iter().map(|fault| place::fault(format, &lines, fault));
        let broken: Vec<RowFault> = broken.filter(|fault| !is_told(&faults, fault)).collect();
        faults.extend(broken);
        Ok((outcome, faults))
    }

    fn tell(&mut self, mut fault: RowFault) -> Option<RowFault> {
        if self.told == FAULTS_TOLD {
            self.summary.more_faults += 1;
            return None;
        }
        self.told += 1;
        for text in fault.field.iter_mut().chain([&mut fault.reason]) {
            if let Some((end, _)) = text.char_indices().nth(TOLD_MAX) {
                text.truncate(end);
                text.push('…');
            }
        }
        Some(fault)
    }

    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.summary.created += 1,
            Outcome::Updated => self.summary.updated += 1,
            Outcome::Unchanged => self.summary.unchanged += 1,
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The category that a record names, if it names one; a fault when there is none of that name.
async fn category(tx: &mut Tx, slug: Option<&str>) -> Result<(Option<CategoryId>, Vec<Fault>), sqlx::Error> {
    let Some(slug) = slug else { return Ok((None, vec![])) };
    // PostgreSQL's text holds no NUL: such a slug is nobody's, and must not end the import.
    let found = if slug.contains('\0') { None } else { categories::by_slug(tx.conn(), slug).await? };
    let fault = || Fault { field: "category".into(), text: format!("there is no {slug:?}") };
    Ok((found, found.is_none().then(fault).into_iter().collect()))
}

/// Why a product of these SKUs was not written.
fn told(error: Error, skus: &[String]) -> Vec<Fault> {
    let (field, text) = match error {
        Error::Invalid(faults) => return faults,
        Error::SkuTaken(sku) => (sku_field(skus, &sku), format!("{sku} is another product's")),
        Error::SlugTaken(slug) => ("slug".into(), format!("{slug} is, or was, another product's")),
        other => (String::new(), other.to_string()),
    };
    vec![Fault { field, text }]
}

/// Where a SKU stands, as drafts call it: the default variant's fields are the product's own.
fn sku_field(skus: &[String], sku: &str) -> String {
    match skus.iter().position(|known| known == sku) {
        None | Some(0) => "sku".into(),
        Some(n) => format!("variants[{}].sku", n - 1),
    }
}

/// All that is told of a product that was not written, by line: also of the rows that have no fault themselves.
fn with_silent_rows(lines: &[u64], lost: Option<u64>, mut faults: Vec<RowFault>) -> Vec<RowFault> {
    let told: BTreeSet<u64> = faults.iter().map(|fault| fault.line).collect();
    let because = match (lost, told.first()) {
        (Some(lost), _) => format!("line {lost}, which may belong to the same product, can't be read"),
        (None, first) => {
            format!("line {} of the same product has a fault", first.copied().unwrap_or_default())
        }
    };
    let silent = BTreeSet::from_iter(lines).into_iter().filter(|line| !told.contains(line));
    let reason = format!("not written, because {because}");
    faults.extend(silent.map(|&line| RowFault { line, field: None, reason: reason.clone() }));
    faults.sort_by_key(|fault| fault.line);
    faults
}

/// Whether something is known to be wrong there, or around it, or within it.
fn is_told(known: &[RowFault], fault: &RowFault) -> bool {
    let field = |fault: &'_ RowFault| fault.field.clone().unwrap_or_default();
    known.iter().any(|known| known.line == fault.line && overlap(&field(known), &field(fault)))
}
