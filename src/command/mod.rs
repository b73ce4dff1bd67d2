//! The command line: words in, calls out, and an exit code that a script can trust.
//!
//! Apart from `main` so that the binary is one line, and from everything else because only this module
//! writes to standard output. A command reads its words, opens what it needs, calls a use case of `service`,
//! and prints what came of it; it decides and commits nothing.
//!
//! To add a command: its words in [`arguments`], its function in a file of its own, its arm in `run`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use domain::clock::{Clock, SystemClock};
use domain::speaks::{verbatim, words};

pub mod arguments;
mod check;
mod comparing;
mod counts;
mod demo;
mod descriptors;
mod error;
mod feed;
mod flags;
mod found;
pub mod log;
pub mod notary;
mod opening;
mod output;
pub mod policy;
mod serve;
mod setup;
mod signals;
mod token;
mod tokens;
mod watch;

use arguments::{Arguments, Command};
pub use error::CommandError;

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    keep_files_private();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(&words!(
                "no runtime could be started: {error}",
                "Programmet gick inte att starta. Orsak: {error}",
                error
            ));
            return ExitCode::from(1);
        }
    };
    let ended = runtime.block_on(run(arguments));
    // Who has been told to stop twice waits for nothing.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !was_read(&error) {
                output::complain(&error);
            }
            ExitCode::from(error.code())
        }
    }
}

/// Whether whoever reads standard error knows it already.
fn was_read(error: &CommandError) -> bool {
    let is_on_page = matches!(error, CommandError::OnPage(_));
    matches!(error, CommandError::Unread) || is_on_page && output::is_before_somebody()
}

/// Whatever is made by a command (a database, a key, an export, what was rejected) is for its owner alone.
#[cfg(unix)]
fn keep_files_private() {
    let everybody_else = rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO;
    let _as_it_was = rustix::process::umask(everybody_else);
}

#[cfg(not(unix))]
const fn keep_files_private() {}

/// The exit code of words that are none of the command line's, or that ask for help.
fn misunderstood(error: &clap::Error) -> ExitCode {
    let said = output::discreet(&error.render().to_string());
    if error.use_stderr() {
        // The library that reads words has its own, as it has for help.
        output::complain(&verbatim(said));
    } else {
        // A closed terminal is nobody's problem.
        drop(output::data(said.trim_end()));
    }
    let about_the_log = std::env::args_os().skip(1).any(|word| word == "log");
    if error.use_stderr() && about_the_log {
        // There, 2 says that the log was tampered with.
        return ExitCode::from(1);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
}

async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = arguments.config.as_deref();
    match arguments.command {
        Command::Demo(demo) => Box::pin(demo::run(demo, clock)).await,
        Command::Init(init) => setup::init(config, init, &clock).await,
        Command::Migrate(on) => setup::migrate(config, &on).await,
        Command::Serve(serve) => Box::pin(serve::run(config, serve, clock)).await,
        Command::Import(import) => Box::pin(feed::run(config, import, &clock)).await,
        Command::Flags(flags) => flags::run(config, flags, &clock).await,
        Command::Recover(recover) => setup::recover(config, recover, &clock).await,
        Command::Token(token) => token::run(&token, clock.as_ref()),
        Command::Policy(policy) => Box::pin(policy::run(config, policy, &clock)).await,
        Command::Notary(arguments) => notary::run(config, arguments).await,
        Command::Log(log) => log::run(config, log, &clock).await,
        Command::Schema => output::data(&graphql::sdl()),
        Command::Check(on) => check::run(config, &on).await,
    }
}
