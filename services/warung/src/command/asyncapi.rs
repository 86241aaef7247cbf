//! `warung asyncapi`

use warung_chassis::service::BuildError;
use warung_contracts::asyncapi;

/// Prints the AsyncAPI document of all events as JSON.
///
/// # Errors
///
/// When it can't be written.
pub fn run() -> Result<(), BuildError> {
    super::print(&format!("{:#}", asyncapi::document()))?;
    Ok(())
}
