//! How much an event may hold (`FORMAT.md`, section 2.5).

/// How many bytes an envelope may have.
pub const MAX_ENVELOPE: usize = 128 * 1_024;
/// How many bytes a text that comes from outside may have.
pub const MAX_TEXT: usize = 512;
/// How many bytes the names may have together that one request looked for in vain.
pub const MAX_LOOKED_FOR: usize = 4 * 1_024;
/// How many items a list in an event may have.
pub const MAX_ITEMS: usize = 1_024;
