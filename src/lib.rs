//! Behörig decides who may do what in a healthcare region's systems, and can prove every decision
//! it ever made.
//!
//! Nothing reaches the register without a permit; a permit exists only where the policies allowed;
//! and no answer leaves the process before the decision behind it is on disk. What the service does
//! for its users stands in `README.md`, what an event is to the byte in
//! `src/transparency/FORMAT.md`. This page is for whoever changes the code.
//!
//! # The floors
//!
//! Each floor below the first is a crate where it stands in `src`, so the compiler holds that it uses those below it
//! and none above: `src/store/Cargo.toml` is the list of the doors of `store`. What a room may have doors to, in tests
//! too, and which library is whose (SQL, the policy language, GraphQL, HTTP) is said once, in `tests/api/layers`.
//! The crates are named `behorig-store` and so on, and `store` where they are used: what one room holds is tried by
//! `cargo nextest run --package behorig-store`, which builds nothing that is above it, and the first time some
//! libraries with less in them than the whole house asks for.
//!
//! To add a room: a folder with a `Cargo.toml` like its neighbours' (`autotests = false`, for `tests` is a module), its
//! name among the members and the shared dependencies of the root's, its line in `tests/api/layers`, and in the
//! profile of long trials.
//!
//! | floor | what it is for |
//! |---|---|
//! | [`command`], [`demo`], [`config`], [`telemetry`] | the binary: words in, settings in, lines out |
//! | [`http`] | the wire: what comes in is bounded and authenticated, what goes out is on record |
//! | [`graphql`] | the schema: requests are read as the specification says, then translated |
//! | [`service`] | use cases: ask the gate, then the store |
//! | [`store`] | the register in the database, by permit only |
//! | [`gate`] | who is calling, and may they: facts, policies and instant become a decision and its event |
//! | [`audit`], [`policy`], [`authn`], [`feed`] | the log in its database; the policy engine; tokens; the provisioning feed. None knows another |
//! | `register`, `region` | what the register holds of each thing, column by column, as the log tells it; and the value that is made of it, which decisions are made from. Neither knows the other |
//! | [`transparency`] | what the log is to the byte: events, the tree, proofs, and bundles with their verifier. No SQL, no async |
//! | [`domain`] | plain data and pure rules, and the clock: no I/O, no async |
//!
//! `entity` (rows) and `migration` are crates of their own, used by `store` and `audit`.
//!
//! # One request
//!
//! `query { person(hsaId: "…") { familyName } }`, from the socket and back:
//!
//! 1. `http/connection` counts and times the connection; `http/identity.rs` gives the request an id;
//!    `http/message.rs` reads the body, within limits; `authn/verifier.rs` makes the token a
//!    [`Claimant`](authn::Claimant). `http/graphql.rs` calls [`Execute`](graphql::execute::Execute).
//! 2. `graphql/document` parses, measures, validates and coerces; nothing is resolved but what it
//!    prepared. `graphql/executor.rs` hands it to the [`Desk`](service::session::Desk).
//! 3. The desk (`service/session`) takes the register as a value (`store/facts/regions.rs`, which makes a
//!    `Region` of what the log tells) and has the gate begin: `gate/begin.rs` finds the caller among
//!    its people and services, or turns the caller away, on record. What follows is one
//!    [`Operation`](gate::Operation): one moment, one policy set, one instant. A question opens a snapshot of the
//!    database first, and has the value of that moment; what decides or changes takes the newest that is at hand.
//! 4. The resolver in `graphql/query.rs` calls a use case in `service/register.rs`, which asks
//!    [`Operation::read`](gate::Operation::read). The region says what is known of caller and target,
//!    `policy/decide.rs` decides, `gate/event.rs` writes the decision down in the operation's docket.
//! 5. Only where it is an allow is there a [`Permit`](gate::Permit); `store/read` takes it by value and
//!    fetches the record. What is not there and what may not be seen are the same refusal.
//! 6. The desk seals the docket: `audit/writer.rs` commits it with others that wait, and
//!    `audit/append.rs` hangs it in the tree. Facts that have moved make the run void, and it runs again by
//!    the newest. Only then is the response [`Sealed`](graphql::execute::Sealed), and bytes are made of nothing else.
//!
//! A mutation differs in step 5: a [`WritePermit`](gate::WritePermit) holds the decision, which
//! `service/change.rs` commits together with the change and its event; the request then runs once more,
//! to show the register as it is.
//!
//! # The promises, and what holds them
//!
//! | promise | held by |
//! |---|---|
//! | no answer without its record | `Sealed`, made in `graphql/executor.rs` alone; `tests/proof/crash.rs`, `tests/api/outage.rs` |
//! | no effect without its decision | `WritePermit` and `audit/transact.rs`; where nobody can decide yet, the [`HostAuthority`](gate::HostAuthority), and step by step the [`RunAuthority`](gate::RunAuthority); `src/audit/tests/effects.rs`, `tests/proof/races.rs` |
//! | the log can be proved | `transparency/tree.rs`, `transparency/proof.rs`, `transparency/bundle`, a second verifier in `tests/verifier`; `tests/proof/tamper`, `tests/proof/bundle`, `tests/proof/register`, `tests/proof/notary.rs`; that it tells the whole register: `audit/state`, `service/import/tests/told.rs`, and the comparison that ends every test of `tests/api` |
//! | deny wins, errors deny | `policy/decide.rs`; `src/policy/properties` |
//! | grants are data, policies few | `policy/rely.rs`, `policy/entities.rs`; `benches/decide.rs` |
//! | a list shows what single decisions allow | `policy/filter.rs` and its SQL in `store/filter.rs`; `src/graphql/tests`, `tests/api/register.rs` |
//! | a decision can be replayed | `gate/replay.rs`, the counterpart of `gate/event.rs`; `tests/api/replay.rs` |
//! | nothing personal leaks | the kinds of text in `domain/text`, one refusal in `gate/refusal.rs`; `tests/api/texts.rs`, `tests/api/refusals.rs`, `tests/api/in_vain.rs` |
//!
//! # How to add
//!
//! **A kind of thing**: see [`domain::kind`].
//!
//! **A mutation**
//! 1. `domain/action`: its action, with the permission that it takes and what it is aimed at. A permission that is
//!    new: `domain/permission.rs`, its action in `policies/behorig.cedarschema`, and cases ([`policy`]).
//!    `domain/problem`: what can stand against it, with words, and its name in `mod.rs`; the schema's types of that
//!    follow.
//! 2. `store/write`: a function that takes the permit's leave, makes the change in the log's transaction and
//!    returns what became of which things ([`Change`](transparency::event::Change)), or which problem the database has
//!    with it. A file, and its name in `mod.rs`. What each thing is from then on the log reads from its rows, and holds
//!    it to what the change says that it wrote: columns (`store/new_row.rs`, `store/cell.rs`) and members.
//! 3. `service/idempotency.rs`: its name. `service`: a use case that ends in `Session::change`, with the
//!    problems of the form.
//! 4. `graphql/mutation`: its input, read by a `Form`, its payload, and a field in `mod.rs` that calls `ordered`;
//!    where no other changes such a thing, how it is read again for the answer, in `seen.rs`.
//! 5. `tests/api/refusals.rs` gives its input, so that it is tried by those who may not; the schema is written anew,
//!    and the access matrix where a permission is new (README, Contributing). A table of the README names every
//!    mutation.
//!
//! The compiler asks for nothing more; what the fifth names is missed by its tests.
//!
//! **A guardrail**
//! 1. `policies/*.cedar`: a `forbid` with its annotations ([`policy`] says which), in both languages.
//! 2. `policies/tests/*.json`: a case that it refuses and one that it lets pass.
//! 3. `tests/api/guardrails/matrix/rows`: a row that is met over HTTP; the matrix is written anew.
//! 4. If it needs a fact: `domain/facts`, `policies/behorig.cedarschema`, and `policy/entities.rs`, which tells it,
//!    also as it is at its strictest; then what the compiler asks for: `policy/fixtures`, by which cases have it, and
//!    `region`, which has it of what the log tells.
//!
//! **A member of an event**
//! 1. `src/transparency/FORMAT.md` says what it means; `transparency/event` holds it, and says in `check.rs` how long
//!    it may be; `transparency/envelope` writes it; `transparency/tests/format.rs` has a vector of it.
//! 2. What the compiler asks for: `transparency/fixture.rs` gives it to the decision that tests are made from, and
//!    `gate/event.rs` fills it in. `gate/replay.rs` compares it where it follows from the answer.
//! 3. `transparency/bundle/envelope.rs` and `tests/verifier` know it: neither takes a member that it has not heard of.
//! 4. Where it is shown: `store/read/decisions/mod.rs` reads it, and `graphql/object/evidence.rs` tells it; the schema
//!    and the fields that nobody has been told are written anew.
#![warn(missing_docs)]

pub mod command;
pub mod config;
pub mod demo;
pub mod telemetry;
