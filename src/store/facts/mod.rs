//! What the gate decides by: the register that [`Regions`] makes of the log, and what is read of the log itself.
//!
//! The one part of the store that needs no permit, because what it returns is opaque to everybody but the gate. No row of
//! the register is read for it. To add a kind of thing: what [`region`] says of it.

mod earlier;
mod log;
mod opening;
mod regions;

pub use opening::Opening;
pub use regions::Regions;
