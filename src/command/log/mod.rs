//! `behorig log …`: what is done with the log by whoever holds the host, or, offline, by anybody.
//!
//! Apart from the rest of the command line because an auditor needs nothing else of it. To add a command:
//! its words in [`Log`], its function in a file of its own, its arm in `run`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

mod accept_time;
mod adopt_restore;
mod checking;
mod database;
mod doctor;
mod export;
mod prove;
mod register_report;
mod repair_register;
mod replay;
mod report;
mod retain;
mod rotate;
mod verify;

use super::error::CommandError;
use super::output;
use audit::key_file;
use domain::clock::Clock;

/// `behorig log …`
#[derive(Debug, Subcommand)]
pub enum Log {
    /// Make a key for signing checkpoints; print its public half.
    Keygen(Keygen),
    /// Print the proof that an event is in the log, that the log has only grown, or what the register had of a thing.
    Prove(prove::Prove),
    /// Make the recorded decisions again, each with the policies of then: 0 all came out the same,
    /// 2 one differs, 3 one cannot be made again.
    Replay(replay::Replay),
    /// Have the log introduce the key that signs from here on.
    Rotate(rotate::Rotate),
    /// Say in the log what a restore from a backup has lost, by two human beings.
    AdoptRestore(adopt_restore::Restore),
    /// Go on although the log's newest recorded time has not come yet, after a clock was wrong; a loud event.
    AcceptTime(accept_time::AcceptTime),
    /// Write rows of the register anew that are not what the log tells, and say so in the log: 2 some could not be.
    RepairRegister(repair_register::Repair),
    /// Explain what stops a server or a notary, and what can be done: 0 nothing, 2 altered, 3 cut off.
    Doctor(doctor::Doctor),
    /// Erase personal values by a disposal decision; the events that commit to them stay.
    Erase(retain::Erase),
    /// Take whole blocks of events away by a disposal decision, once verified bundles hold them.
    Prune(retain::Prune),
    /// Write a part of the log as a bundle that anybody can verify.
    Export(export::Command),
    /// Verify a bundle or a proof about the register, offline, or a database: 0 good, 2 tampered, 3 incomplete, 1 could not.
    Verify(verify::Verify),
}

/// `behorig log keygen`
#[derive(Debug, Args)]
pub struct Keygen {
    /// The log's name, as it stands in checkpoints.
    #[arg(long, value_name = "NAME")]
    pub origin: String,

    /// Where to write the private key (PKCS 8, readable by you alone); never overwritten.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

pub(super) async fn run(
    config: Option<&Path>,
    log: Log,
    clock: &Arc<dyn Clock>,
) -> Result<(), CommandError> {
    match log {
        Log::Keygen(keygen) => {
            let public = key_file::generate(&keygen.origin, &keygen.key)?;
            output::data(&public.to_string())
        }
        Log::Prove(prove) => prove::run(config, &prove).await,
        Log::Replay(replay) => replay::run(config, replay, clock).await,
        Log::Rotate(rotate) => rotate::run(config, rotate, clock).await,
        Log::AdoptRestore(asked) => Box::pin(adopt_restore::run(config, asked, clock)).await,
        Log::AcceptTime(asked) => accept_time::run(config, asked, clock).await,
        Log::RepairRegister(asked) => repair_register::run(config, asked, clock).await,
        Log::Doctor(asked) => doctor::run(config, asked).await,
        Log::Erase(asked) => retain::erase(config, asked, clock).await,
        Log::Prune(asked) => retain::prune(config, asked, clock).await,
        Log::Export(asked) => export::run(config, asked, clock).await,
        Log::Verify(asked) => verify::run(config, asked).await,
    }
}
