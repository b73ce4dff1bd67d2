//! Rows of the database, not the domain: one file a table, with its columns as they are stored.
//!
//! Ids and dates are text, instants are microseconds, and nothing is validated here; the migrations
//! say what the database refuses. To add a table: write its migration, then its file here, then a row
//! of it in `tests/rows.rs`, which fails until both agree.

pub mod account;
pub mod audit_checkpoint;
pub mod audit_event;
pub mod audit_fact;
pub mod audit_head;
pub mod audit_kept;
pub mod audit_latest;
pub mod audit_listed;
pub mod audit_node;
pub mod audit_probe;
pub mod audit_rollup;
pub mod audit_set;
pub mod audit_slot;
pub mod commission;
pub mod database;
pub mod decision_review;
pub mod delegation;
pub mod edit_proposal;
pub mod edit_proposer;
pub mod engagement;
pub mod guardrail_stage;
pub mod halted_call;
pub mod halted_record;
pub mod idempotency_key;
pub mod import_flag;
pub mod import_problem;
pub mod import_run;
pub mod individual;
pub mod organisation;
pub mod organisation_closure;
pub mod organisation_parent;
pub mod organisation_successor;
pub mod permission;
pub mod person;
pub mod person_credential;
pub mod policy_set;
pub mod policy_text;
pub mod provisioning_run;
pub mod received_record;
pub mod role;
pub mod role_grant;
pub mod role_grant_use;
pub mod role_permission;
pub mod search_word;
pub mod segment;
pub mod segment_control;
pub mod server;
pub mod service;
pub mod staged_look_alike;
pub mod staged_record;
pub mod supplier_assessment;
pub mod system;
pub mod system_classification;
pub mod system_obligation;
