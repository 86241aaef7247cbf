//! Products as callers see them.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    id::{CategoryId, ProductId, VariantId},
    money::Money,
};

use crate::{
    domain::{
        availability::Availability,
        locale::Wanted,
        product::{Axis, AxisText, Medium, Status, Translations},
        variant::{self, Choice, Measures},
    },
    store::{
        cards::{Card, CardVariant},
        documents::Document,
    },
};

/// A product in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductBody {
    pub id: ProductId,
    /// For addresses that people read; may change, an old one leads to the new.
    pub slug: String,
    /// The seller's own name for its default variant.
    pub sku: String,
    pub name: String,
    /// In lists, the first 300 characters.
    pub description: String,
    /// Where a picture is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<CategoryId>,
    /// Now; the lowest of its variants, in a list that is narrowed by options, price, stock or sale of those that fit.
    pub price: Money,
    /// The price it is compared with, above its own: while a price list lowers it, what it costs without lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at: Option<Money>,
    /// In such a list: the variant that has the price, for a link that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    pub status: Status,
    /// Items that can be bought, of the same variants; may be a second old. Only an order says for certain.
    #[schema(minimum = 0)]
    pub available: i64,
    /// What a shop window says of it: that of the best of these variants.
    pub availability: Availability,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<Document> for ProductBody {
    fn from(document: Document) -> Self {
        let Document {
            id,
            slug,
            sku,
            locale: _,
            name,
            summary,
            image,
            category_id,
            price,
            compare_at,
            variant_id,
            available,
            availability,
            created_at,
            updated_at,
        } = document;
        // Documents are of products that customers see.
        let (description, status) = (summary, Status::Active);
        Self {
            id,
            slug,
            sku,
            name,
            description,
            image,
            category_id,
            price,
            compare_at,
            variant_id,
            status,
            available,
            availability,
            created_at,
            updated_at,
        }
    }
}

/// A product with everything that its page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductDetail {
    #[serde(flatten)]
    pub product: ProductBody,
    /// Which rates of tax apply.
    pub tax_class: String,
    /// In what its variants differ.
    pub options: Vec<OptionBody>,
    /// The default variant first; its id has the digits of the product's.
    pub variants: Vec<VariantBody>,
    pub media: Vec<Medium>,
    /// Languages there are texts in, beside the catalogue's own.
    pub locales: Vec<String>,
    /// All texts; only for those who edit them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<Translations>,
}

/// In what a product's variants differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionBody {
    /// What `option_values` and filters call it, in every language.
    pub name: String,
    /// In the order they are shown.
    pub values: Vec<String>,
    /// What it is called in the language that was asked for, where that has a word of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The same of its values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub value_labels: BTreeMap<String, String>,
    /// All texts; only for those who edit them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, AxisText>)]
    pub translations: BTreeMap<String, AxisText>,
}

impl OptionBody {
    fn of(axis: Axis, wanted: &Wanted) -> Self {
        let Axis { name, values, mut translations } = axis;
        let tag = wanted.pick(translations.keys().map(String::as_str)).map(str::to_owned);
        let text = tag.and_then(|tag| translations.remove(&tag));
        let (label, value_labels) =
            text.map_or((None, BTreeMap::new()), |text| (Some(text.name), text.values));
        Self { name, values, label, value_labels, translations: BTreeMap::new() }
    }

    /// What its value of a choice is called.
    fn called<'a>(&'a self, choice: &'a Choice) -> Option<&'a str> {
        let value = choice.get(&self.name)?;
        Some(self.value_labels.get(value).unwrap_or(value))
    }
}

/// A kind of a product that is bought as such.
#[derive(Debug, Serialize, ToSchema)]
pub struct VariantBody {
    pub id: VariantId,
    pub sku: String,
    /// Its values, such as "Red / L"; empty when the product comes in one kind.
    pub name: String,
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub option_values: Choice,
    /// Now, by the best price list that holds.
    pub price: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_at: Option<Money>,
    #[schema(minimum = 0)]
    pub available: i64,
    pub availability: Availability,
    /// Stock is low at this many items or fewer; 0 for no warning. Only for those who edit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock_at: Option<i64>,
    /// Items that may be promised before they are there, at the default location. Only for those who edit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backorder: Option<i64>,
    pub measures: Measures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Items of one order at most; 0 for no limit.
    pub max_quantity: u32,
    pub status: variant::Status,
}

impl VariantBody {
    /// A variant of a product with these options.
    pub fn of(variant: CardVariant, options: &[OptionBody]) -> Self {
        let name = options.iter().filter_map(|option| option.called(&variant.choice));
        let name = name.collect::<Vec<_>>().join(" / ");
        let availability = variant.availability();
        Self {
            id: VariantId(variant.id),
            sku: variant.sku,
            name,
            option_values: variant.choice,
            price: variant.price,
            compare_at: variant.compare_at,
            available: variant.available,
            availability,
            low_stock_at: None,
            backorder: None,
            measures: variant.measures,
            barcode: variant.barcode,
            max_quantity: variant.max_quantity,
            status: variant.status,
        }
    }
}

fn is_active(variant: &CardVariant) -> bool {
    variant.status == variant::Status::Active
}

impl ProductDetail {
    /// A product in the language that is wanted, and that language when it is a translation. None when nothing of it is
    /// sold any more.
    pub fn of(card: Card, wanted: &Wanted) -> Option<(Self, Option<String>)> {
        let has_active = card.variants.iter().any(is_active);
        if has_active { Self::shown(card, wanted) } else { None }
    }

    /// A product as whoever edits it sees it. None for one without variants, which there is not.
    pub fn for_seller(card: Card) -> Option<Self> {
        let translations = card.translations.clone();
        let axes = card.product.axes.clone();
        let limits: Vec<(i64, i64)> = card.variants.iter().map(|v| (v.low_stock_at, v.backorder)).collect();
        let (mut detail, _) = Self::shown(card, &Wanted::default())?;
        for (variant, (low_stock_at, backorder)) in detail.variants.iter_mut().zip(limits) {
            (variant.low_stock_at, variant.backorder) = (Some(low_stock_at), Some(backorder));
        }
        for (option, axis) in detail.options.iter_mut().zip(axes) {
            option.translations = axis.translations;
        }
        Some(Self { translations: Some(translations), ..detail })
    }

    /// The price is that of the cheapest variant; of one that is sold, where one is.
    fn shown(card: Card, wanted: &Wanted) -> Option<(Self, Option<String>)> {
        let Card { product, variants, media, mut translations, .. } = card;
        let by_price = |variant: &&CardVariant| (!is_active(variant), variant.price.amount_minor);
        let cheapest = variants.iter().min_by_key(by_price)?;
        let (price, compare_at) = (cheapest.price, cheapest.compare_at);
        let active = || variants.iter().filter(|variant| is_active(variant));
        let available = active().map(|variant| variant.available).sum();
        let availability = active().map(CardVariant::availability).max().unwrap_or(Availability::Out);
        let locales: Vec<String> = translations.keys().cloned().collect();
        let locale = wanted.pick(locales.iter().map(String::as_str)).map(str::to_owned);
        let text = locale.as_ref().and_then(|locale| translations.remove(locale));
        let (name, description) = match text {
            Some(text) => (text.name, text.description),
            None => (product.name, product.description),
        };
        let sku = variants.first().map(|variant| variant.sku.clone()).unwrap_or_default();
        let options: Vec<OptionBody> =
            product.axes.into_iter().map(|axis| OptionBody::of(axis, wanted)).collect();
        let variants = variants.into_iter().map(|variant| VariantBody::of(variant, &options)).collect();
        let body = ProductBody {
            id: product.id,
            slug: product.slug,
            sku,
            name,
            description,
            image: media.first().map(|medium| medium.url.clone()),
            category_id: product.category_id,
            price,
            compare_at,
            variant_id: None,
            status: product.status,
            available,
            availability,
            created_at: product.created_at,
            updated_at: product.updated_at,
        };
        let tax_class = product.tax_class;
        let detail = Self { product: body, tax_class, options, variants, media, locales, translations: None };
        Some((detail, locale))
    }
}
