//! Standard output and standard error, for people and for pipes.

use std::io::Write as _;

use super::CommandError;

/// Writes a line to standard output.
pub(super) fn print(line: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| CommandError::Could(format!("standard output is closed: {error}")))
}

/// Writes a line to standard error; a closed one is nobody's problem.
pub(super) fn complain(line: &str) {
    let written = writeln!(std::io::stderr().lock(), "behorig: {line}");
    drop(written);
}
