//! Plain data and pure rules: names, ids, time, permissions, facts and verdicts.
//!
//! Apart from everything else so that what the service *means* can be read and tested without a
//! database, a policy engine or a network. No async, no I/O, no Cedar, no GraphQL, no SQL.
//!
//! | in code | Swedish |
//! |---|---|
//! | organisation | organisation, nämnd, förvaltning, enhet |
//! | person, individual | medarbetare, individ |
//! | engagement | anställning eller uppdrag |
//! | commission | medarbetaruppdrag |
//! | service, account | klient, tekniskt konto |
//! | system | system |
//! | segment, server, database | segment, server, databas |
//! | role | roll |
//! | permission | behörighet |
//! | grant | behörighet (som någon har) |
//! | scope | omfattning |
//! | assurance level | tillitsnivå |
//! | decision, event | beslut, händelse |
//! | emergency, review | nödåtkomst, granskning |
//! | edit, proposal | registerändring, förslag |
//! | guardrail, stage | skyddsregel, skede |
//! | checkpoint | kontrollpunkt |
//!
//! How to add a kind of thing stands in [`kind`].
#![warn(missing_docs)]

pub mod action;
pub mod built_in;
pub mod change;
pub mod clock;
pub mod edit;
pub mod facts;
pub mod flag;
pub mod id;
pub mod kind;
pub mod language;
pub mod name;
mod named;
pub mod permission;
pub mod problem;
pub mod review;
pub mod speaks;
pub mod target;
pub mod text;
pub mod time;
pub mod verdict;

pub use change::ChangeKind;
pub use flag::FlagName;
pub use id::{EntityRef, Id};
pub use kind::{EntityKind, Kind};
pub use language::{Language, Words};
pub use named::Named;
pub use permission::{PermissionName, ServicePermission};
pub use speaks::Speaks;
pub use text::{HsaId, looks_like_personal_number};
pub use time::{Calendar, Date, DateParseError, Instant, Period};
