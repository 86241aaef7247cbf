//! What only tests need.

use std::path::PathBuf;

/// A file of the providers' contracts, which came from elsewhere and stay there: `WARUNG_CONTRACTS` names their folder, else
/// `../shared/contracts` from the root of the repository. None, said aloud, where it is absent.
pub fn contract(path: &str) -> Option<serde_json::Value> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    let file = std::env::var_os("WARUNG_CONTRACTS").map_or_else(default, PathBuf::from).join(path);
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
        }
        Err(_) => {
            eprintln!("SKIPPED: {} is not there; set WARUNG_CONTRACTS", file.display());
            None
        }
    }
}
