//! How long a caller's words may be, so that the log can hold them.

use super::error::{InputPath, ServiceError};

/// What stands in clear in events, in bytes.
pub(in crate::service) const SHORT: usize = 512;
/// What is kept erasable, in bytes.
pub(in crate::service) const LONG: usize = 4_096;

pub(in crate::service) fn at_most(
    most: usize,
    path: &InputPath,
    text: Option<&str>,
) -> Result<(), ServiceError> {
    if text.is_some_and(|text| text.len() > most) {
        return Err(ServiceError::Input {
            path: path.clone(),
            problem: format!("expected at most {most} bytes"),
        });
    }
    Ok(())
}
