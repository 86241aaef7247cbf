//! By what lists, searches and their facets are narrowed.

use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::http::Problem;
use warung_contracts::id::CategoryId;

use crate::{domain::written, store::documents::Filter};

/// Values of options in one filter at most.
const CHOICES_MAX: usize = 20;

/// Which products: those that have a variant with all of the price, stock, sale and options that are asked for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Narrow {
    /// In this category or below it.
    #[garde(skip)]
    category_id: Option<CategoryId>,
    /// Minor units, of a variant.
    #[garde(range(min = 0))]
    price_min_minor: Option<i64>,
    /// Minor units, of the same variant.
    #[garde(range(min = 0))]
    price_max_minor: Option<i64>,
    /// Only what can be bought now.
    #[garde(skip)]
    #[serde(default)]
    in_stock: bool,
    /// Only what costs less than the price it is compared with.
    #[garde(skip)]
    #[serde(default)]
    on_sale: bool,
    /// Values of options, such as `Size:L,Size:M,Colour:Red`: of each option, one of its values. A comma that no other
    /// option follows is the value's, as in `Net:1,5 kg`; `\\` before a character takes it as it is. Files write options so, too.
    #[garde(inner(length(max = 512)))]
    options: Option<String>,
}

impl Narrow {
    /// What the read model is asked for.
    ///
    /// # Errors
    ///
    /// When the options can't be read.
    pub fn filter(self) -> Result<Filter, Problem> {
        let Self { category_id, price_min_minor, price_max_minor, in_stock, on_sale, options } = self;
        let choices = choices(options.as_deref())?;
        Ok(Filter { category_id, price_min_minor, price_max_minor, in_stock, on_sale, choices })
    }
}

/// Values by option.
fn choices(text: Option<&str>) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let wrong =
        || Problem::field("options", "write options and their values, such as Size:L,Size:M,Colour:Red");
    let pairs = written::read(text.unwrap_or_default()).ok_or_else(wrong)?;
    // PostgreSQL's text holds no NUL.
    if pairs.len() > CHOICES_MAX || text.is_some_and(|text| text.contains('\0')) {
        return Err(wrong());
    }
    Ok(written::axes(pairs).into_iter().map(|axis| (axis.name, axis.values)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_option_stand_together() {
        let read = |text: &str| choices(Some(text)).ok();
        let values = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
        let sizes = |all: &[&str]| ("Size".to_owned(), values(all));
        assert_eq!(
            read("Size:L,Colour:Red,Size:M"),
            Some(vec![sizes(&["L", "M"]), ("Colour".to_owned(), values(&["Red"]))])
        );
        assert_eq!(read(""), Some(vec![]));
        assert_eq!((read("Size"), read("Size:a\0")), (None, None));
    }
}
