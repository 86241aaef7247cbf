//! Names of the variables that follow from a service's name.

/// The variable that sets `WARUNG_<bare>` for one service alone, where several run in one process.
pub fn own_variable(service: &str, bare: &str) -> String {
    format!("WARUNG_{}__{bare}", upper(service))
}

/// The variable with the base URL by which others reach a service.
pub fn url_variable(service: &str) -> String {
    format!("WARUNG_{}_URL", upper(service))
}

/// The variable with the key by which a service knows its callers; it has it, and so has whoever is declared to call it.
pub fn service_key_variable(service: &str) -> String {
    format!("WARUNG_{}_SERVICE_KEY", upper(service))
}

fn upper(service: &str) -> String {
    service.to_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hyphen_is_no_letter_of_a_variable() {
        assert_eq!(own_variable("gift-card", "DATABASE_URL"), "WARUNG_GIFT_CARD__DATABASE_URL");
        assert_eq!(url_variable("gift-card"), "WARUNG_GIFT_CARD_URL");
        assert_eq!(service_key_variable("gift-card"), "WARUNG_GIFT_CARD_SERVICE_KEY");
    }
}
