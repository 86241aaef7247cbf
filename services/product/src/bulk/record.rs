//! A product in a file.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use warung_contracts::{currency::Currency, id::CategoryId, money::Money};

use crate::domain::{
    draft::{Draft, VariantDraft},
    product::{Axis, Medium, Status, TAX_CLASS_DEFAULT, Text, Translations},
    variant::{Choice, Measures},
};

/// A product. What is left out is empty or has its default: a file says everything of a product. What its fields may hold,
/// its draft says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Record {
    /// Kept as it is, or made of the name, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Slug of a category that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default = "active")]
    pub status: Status,
    #[serde(default = "standard")]
    pub tax_class: String,
    #[serde(default)]
    pub options: Vec<Axis>,
    /// The default variant first; its SKU says which product it is.
    pub variants: Vec<VariantRecord>,
    #[serde(default)]
    pub media: Vec<Medium>,
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, Text>)]
    pub translations: Translations,
}

/// A variant; amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantRecord {
    pub sku: String,
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub option_values: Choice,
    pub price_minor: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at_minor: Option<i64>,
    #[serde(default)]
    pub measures: Measures,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    #[serde(default)]
    pub max_quantity: u32,
    #[serde(default)]
    pub low_stock_at: u32,
    /// Items at the default location; as they are when left out. A count of now, unless `stock_was` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<u32>,
    /// What `stock` was when it was exported: only the difference is booked, and what was sold meanwhile stays sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_was: Option<u32>,
    /// The last movement of any stock when it was exported, by which a difference that was booked already is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_movement: Option<i64>,
    /// Items that may be promised before they are there, at the default location; as they are when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<u32>,
}

fn active() -> Status {
    Status::Active
}

fn standard() -> String {
    TAX_CLASS_DEFAULT.to_owned()
}

impl Record {
    /// The product that is to be.
    pub fn draft(self, category_id: Option<CategoryId>, currency: Currency, import: Option<Uuid>) -> Draft {
        let money = |minor| Money::new(minor, currency);
        let variant = |v: VariantRecord| VariantDraft {
            sku: v.sku,
            choice: v.option_values,
            price: money(v.price_minor),
            compare_at: v.compare_at_minor.map(money),
            measures: v.measures,
            barcode: v.barcode,
            max_quantity: v.max_quantity,
            low_stock_at: v.low_stock_at,
            stock: v.stock,
            stock_was: v.stock_was,
            stock_movement: v.stock_movement,
            import,
            backorder: v.backorder,
        };
        Draft {
            slug: self.slug,
            text: Text { name: self.name, description: self.description },
            category_id,
            status: self.status,
            tax_class: self.tax_class,
            axes: self.options,
            variants: self.variants.into_iter().map(variant).collect(),
            media: self.media,
            translations: self.translations,
        }
    }
}
