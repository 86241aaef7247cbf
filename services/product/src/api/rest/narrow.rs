//! By what lists, searches and their facets are narrowed.

use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::http::Problem;
use warung_contracts::id::CategoryId;

use crate::store::documents::Filter;

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
    /// option follows is the value's, as in `Net:1,5 kg`.
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

/// Values by option, of `Size:L,Size:M`.
fn choices(text: Option<&str>) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let wrong =
        || Problem::field("options", "write options and their values, such as Size:L,Size:M,Colour:Red");
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for piece in text.unwrap_or_default().split(',') {
        match (piece.split_once(':'), pairs.last_mut()) {
            (Some((name, value)), _) => pairs.push((name, value.to_owned())),
            (None, Some((_, value))) => *value = format!("{value},{piece}"),
            (None, None) if piece.is_empty() => {}
            (None, None) => return Err(wrong()),
        }
    }
    // PostgreSQL's text holds no NUL.
    if pairs.len() > CHOICES_MAX || text.is_some_and(|text| text.contains('\0')) {
        return Err(wrong());
    }
    let mut choices: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in pairs {
        match choices.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => choices.push((name.to_owned(), vec![value])),
        }
    }
    Ok(choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_options_and_are_parts_of_values() {
        let read = |text: &str| {
            let choices = choices(Some(text)).ok()?;
            Some(
                choices
                    .into_iter()
                    .map(|(name, values)| format!("{name}={}", values.join("|")))
                    .collect::<Vec<_>>(),
            )
        };
        let some = |choices: &[&str]| Some(choices.iter().map(|choice| (*choice).to_owned()).collect());
        assert_eq!(read("Size:L,Size:M,Colour:Red"), some(&["Size=L|M", "Colour=Red"]));
        assert_eq!(read("Isi:1,5 kg,Warna:Hijau,Isi:2 kg"), some(&["Isi=1,5 kg|2 kg", "Warna=Hijau"]));
        assert_eq!(read(""), some(&[]));
        assert_eq!((read("Size"), read("Size,Colour:Red"), read("Size:a\0")), (None, None, None));
    }
}
