//! Files in.

use serde::Serialize;
use utoipa::ToSchema;
use warung_chassis::db::{Db, Tx};
use warung_contracts::{currency::Currency, id::CategoryId};

use super::{
    Format, RowFault,
    units::{Unit, Units},
};
use crate::{
    commands::{
        Error,
        import_product::{self, Outcome},
    },
    domain::draft::Fault,
    store::categories,
};

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Summary {
    pub created: u64,
    pub updated: u64,
    /// Products that were so already.
    pub unchanged: u64,
    /// Products with faults; nothing of them was written.
    pub failed: u64,
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
}

impl Import {
    /// Begins one.
    pub fn new(db: Db, options: Options) -> Self {
        let units = Units::new(options.format);
        let summary = Summary { dry_run: options.dry_run, ..Summary::default() };
        Self { db, options, units, summary }
    }

    /// Writes the products that end within this chunk; returns what is wrong with those that were not written. An empty
    /// chunk is the end of the file.
    ///
    /// # Errors
    ///
    /// When the store is away: what was written until then stays, and the same file may be imported again.
    pub async fn push(&mut self, chunk: &[u8]) -> Result<Vec<RowFault>, sqlx::Error> {
        let mut faults = Vec::new();
        for unit in self.units.push(chunk) {
            faults.extend(self.write(unit).await?);
        }
        Ok(faults)
    }

    /// What came of it so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    async fn write(&mut self, unit: Unit) -> Result<Vec<RowFault>, sqlx::Error> {
        let Unit { lines, record, mut faults } = unit;
        let Some(record) = record.filter(|_| faults.is_empty()) else {
            self.summary.failed += 1;
            return Ok(faults);
        };
        let mut tx = self.db.begin().await?;
        let category = match category(&mut tx, record.category.as_deref()).await? {
            Ok(category) => category,
            Err(fault) => {
                self.summary.failed += 1;
                faults.push(at(&lines, fault));
                return Ok(faults);
            }
        };
        let draft = record.draft(category, self.options.currency);
        let written = import_product::run(&mut tx, draft, self.options.currency, &self.options.actor).await;
        match written {
            Ok(outcome) => {
                if self.options.dry_run {
                    tx.rollback().await?
                } else {
                    tx.commit().await?
                }
                self.count(outcome);
                Ok(faults)
            }
            Err(Error::Store(error)) => Err(error),
            Err(error) => {
                tx.rollback().await?;
                self.summary.failed += 1;
                Ok(told(&lines, error))
            }
        }
    }

    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.summary.created += 1,
            Outcome::Updated => self.summary.updated += 1,
            Outcome::Unchanged => self.summary.unchanged += 1,
        }
    }
}

/// The category that a record names, if it names one; a fault when there is none of that name.
async fn category(tx: &mut Tx, slug: Option<&str>) -> Result<Result<Option<CategoryId>, Fault>, sqlx::Error> {
    let Some(slug) = slug else { return Ok(Ok(None)) };
    // PostgreSQL's text holds no NUL: such a slug is nobody's, and must not end the import.
    let found = if slug.contains('\0') { None } else { categories::by_slug(tx.conn(), slug).await? };
    let fault = || Fault { field: "category".into(), text: format!("there is no {slug:?}") };
    Ok(found.map(Some).ok_or_else(fault))
}

fn told(lines: &[u64], error: Error) -> Vec<RowFault> {
    match error {
        Error::Invalid(faults) => faults.into_iter().map(|fault| at(lines, fault)).collect(),
        Error::SkuTaken(sku) => {
            vec![at(lines, Fault { field: "sku".into(), text: format!("{sku} is another product's") })]
        }
        Error::SlugTaken(slug) => {
            vec![at(
                lines,
                Fault { field: "slug".into(), text: format!("{slug} is, or was, another product's") },
            )]
        }
        other => vec![at(lines, Fault { field: String::new(), text: other.to_string() })],
    }
}

/// A fault at the line of its variant: `variants[0].price` is on the second.
fn at(lines: &[u64], Fault { field, text }: Fault) -> RowFault {
    let variant = field.strip_prefix("variants[").and_then(|rest| rest.split_once("]."));
    let nth = variant.and_then(|(n, _)| n.parse::<usize>().ok()).map_or(0, |n| n + 1);
    let name = variant.map_or(field.as_str(), |(_, name)| name);
    let line = lines.get(nth).or(lines.first()).copied().unwrap_or(0);
    RowFault { line, field: Some(name.to_owned()).filter(|name| !name.is_empty()), reason: text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_on_the_line_of_its_variant() {
        let fault = |field: &str| at(&[4, 5, 9], Fault { field: field.into(), text: String::new() });
        assert_eq!((fault("price").line, fault("price").field.as_deref()), (4, Some("price")));
        assert_eq!(
            (fault("variants[1].sku").line, fault("variants[1].sku").field.as_deref()),
            (9, Some("sku"))
        );
        assert_eq!((fault("").line, fault("").field), (4, None));
    }
}
