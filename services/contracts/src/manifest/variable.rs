//! Names of the variables that follow from a service's name.

/// How the variables of a service begin.
pub fn variable_prefix(service: &str) -> String {
    format!("WARUNG_{}_", service.to_uppercase().replace('-', "_"))
}

/// The variable that sets `WARUNG_<bare>` for one service alone, where several run in one process.
pub fn own_variable(service: &str, bare: &str) -> String {
    format!("{}_{bare}", variable_prefix(service))
}

/// The variable with the base URL by which others reach a service.
pub fn url_variable(service: &str) -> String {
    variable_prefix(service) + "URL"
}

/// The variable with the key by which a service knows its callers; it has it, and so has whoever is declared to call it.
pub fn service_key_variable(service: &str) -> String {
    variable_prefix(service) + "SERVICE_KEY"
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
