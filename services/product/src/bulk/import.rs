//! Files in.

use serde::Serialize;
use utoipa::ToSchema;
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
    domain::draft::Fault,
    store::{CATALOGUE, categories},
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
    pub currency: Currency,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    db: Db,
    options: Options,
    units: Units,
    summary: Summary,
    /// Faults so far.
    faults: u64,
}

impl Import {
    /// Begins one.
    pub fn new(db: Db, options: Options) -> Self {
        let units = Units::new(options.format);
        let summary = Summary { dry_run: options.dry_run, ..Summary::default() };
        Self { db, options, units, summary, faults: 0 }
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
        let Summary { created, updated, dry_run, .. } = self.summary;
        if chunk.is_empty() && created + updated >= ANALYZE_FROM && !dry_run {
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

    async fn write(&mut self, unit: Unit) -> Result<Vec<RowFault>, sqlx::Error> {
        let mut tx = self.db.begin().await?;
        let (outcome, faults) = self.attempt(&mut tx, unit).await?;
        match outcome.filter(|_| faults.is_empty()) {
            Some(outcome) => {
                self.count(outcome);
                if self.options.dry_run { tx.rollback().await? } else { tx.commit().await? }
            }
            None => {
                self.summary.failed += 1;
                tx.rollback().await?;
            }
        }
        Ok(faults)
    }

    /// Writes a product, or finds everything that is wrong with it.
    async fn attempt(
        &self,
        tx: &mut Tx,
        unit: Unit,
    ) -> Result<(Option<Outcome>, Vec<RowFault>), sqlx::Error> {
        let Unit { lines, record, mut faults } = unit;
        let Some(record) = record else { return Ok((None, faults)) };
        let Options { currency, format, .. } = self.options;
        let (category, mut broken) = category(tx, record.category.as_deref()).await?;
        let skus: Vec<String> = record.variants.iter().map(|variant| variant.sku.clone()).collect();
        let draft = record.draft(category, currency);
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
        self.faults += 1;
        self.summary.more_faults = self.faults.saturating_sub(FAULTS_TOLD);
        for text in fault.field.iter_mut().chain([&mut fault.reason]) {
            if let Some((end, _)) = text.char_indices().nth(TOLD_MAX) {
                text.truncate(end);
                text.push('…');
            }
        }
        (self.faults <= FAULTS_TOLD).then_some(fault)
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

/// Whether something is known to be wrong there, or around it, or within it.
fn is_told(known: &[RowFault], fault: &RowFault) -> bool {
    let field = |fault: &'_ RowFault| fault.field.clone().unwrap_or_default();
    known.iter().any(|known| known.line == fault.line && overlap(&field(known), &field(fault)))
}
