//! Files out.

use warung_chassis::{
    db::Db,
    http::file::{self, Source},
};
use warung_contracts::id::ProductId;

use super::{Format, record::Record, table};
use crate::store::records;

/// Products of one statement.
const BATCH: i64 = 200;

/// An export under way: every product as it was when its turn came.
#[derive(Debug)]
pub struct Export {
    db: Db,
    format: Format,
    /// Columns of texts; none before the first part.
    locales: Option<Vec<String>>,
    last: Option<ProductId>,
}

impl Export {
    /// Begins one.
    pub fn new(db: Db, format: Format) -> Self {
        Self { db, format, locales: None, last: None }
    }

    fn write(&self, record: &Record, locales: &[String]) -> Result<String, sqlx::Error> {
        match self.format {
            Format::Csv => Ok(table::rows(record, locales)),
            Format::Jsonl => file::line(record),
        }
    }
}

impl Source for Export {
    async fn next(&mut self) -> Result<Option<String>, sqlx::Error> {
        let mut text = String::new();
        let locales = match self.locales.take() {
            Some(locales) => locales,
            None => {
                let locales = records::locales(self.db.pool()).await?;
                if self.format == Format::Csv {
                    text = table::header(&locales);
                }
                locales
            }
        };
        let records = records::after(self.db.pool(), self.last, BATCH).await?;
        for (id, record) in &records {
            self.last = Some(*id);
            text.push_str(&self.write(record, &locales)?);
        }
        self.locales = Some(locales);
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}
