//! The command line: words in, calls out, and an exit code that a script can trust.
//!
//! Apart from `main` so that the binary is one line, and from everything else because only this module
//! writes to standard output. To add a command: its words in [`arguments`], its function in a file of
//! its own, its arm in `run`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use ::policy::{CasesError, PolicyError};
use audit::connection::OpenError;
use audit::notary::NotaryError;
use audit::prove::ProveError;
use audit::{DatabaseError, GenesisError, LogError, TransactError, Unfit, key_file};
use authn::DemoIssuerError;
use domain::Words;
use domain::clock::{Clock, SystemClock};
use domain::speaks::{Speaks, counted, foreign, verbatim, words};
use service::import::ImportError;

pub mod arguments;
mod check;
mod claims;
mod demo;
mod descriptors;
mod feed;
mod flags;
mod found;
mod host;
pub mod log;
pub mod notary;
mod output;
pub mod policy;
mod serve;
mod setup;
mod signals;
mod token;
mod watch;

use arguments::{Arguments, Command};

/// A command that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum CommandError {
    /// The settings are not right.
    Settings(Words),
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed.
    Database(#[from] DatabaseError),
    /// The database has not been migrated.
    NotMigrated(Vec<String>),
    /// The database is empty.
    Empty,
    /// The database is newer than this binary.
    Newer(Vec<String>),
    /// There is an installation already.
    Founded,
    /// The log cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Nothing can be recorded for now.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The first event could not be written.
    Genesis(#[from] GenesisError<DatabaseError>),
    /// The change could not be committed.
    Transact(#[from] TransactError<DatabaseError>),
    /// The log's key could not be made.
    #[error(transparent)]
    Key(#[from] key_file::KeyFileError),
    /// The notary has not signed.
    #[error(transparent)]
    Notary(#[from] NotaryError),
    /// The log cannot be proved.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The policies cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The cases of a policy folder cannot be tried.
    #[error(transparent)]
    Cases(#[from] CasesError),
    /// The demo's issuer cannot be used.
    #[error(transparent)]
    Issuer(#[from] DemoIssuerError),
    /// The import did not do what was asked.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Whoever was told has heard enough, as `head` has; nothing is said of it.
    Unread,
    /// The embedded database is not there.
    NoFile(String),
    /// Something else could not be done.
    Could(Words),
    /// The thing asked about is not right.
    NotRight(Words),
    /// The thing asked about is not whole.
    Incomplete(Words),
    /// The same, and a page on standard output has said so.
    OnPage(Box<Self>),
}

impl Speaks for CommandError {
    fn words(&self) -> Words {
        match self {
            Self::Settings(wrong) => words!(
                "the settings are not right:\n{wrong}",
                "Inställningarna är inte rätt:\n{wrong}",
                wrong
            ),
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
            Self::NotMigrated(changes) => words!(
                "the database lacks {changes} of this version: run `behorig migrate`",
                "Databasen saknar {changes} i den här versionen. Kör `behorig migrate`.",
                changes = counted(
                    changes.len(),
                    ("change", "changes"),
                    ("ändring", "ändringar")
                )
            ),
            Self::Empty => Words::new(
                "the database is empty: run `behorig init`",
                "Databasen är tom. Kör `behorig init`.",
            ),
            Self::Newer(changes) => words!(
                "the database was migrated by a newer version ({changes}): use that version, or restore a backup",
                "Databasen har uppgraderats av en nyare version ({changes}). Använd den versionen, eller läs tillbaka en \
                 säkerhetskopia.",
                changes = verbatim(changes.join(", "))
            ),
            Self::Founded => Words::new(
                "there is an installation in this database already; nothing was changed. Go on with `behorig serve`, or \
                 name another database with --database; who needs an administrator takes `behorig recover`",
                "Det finns redan en installation i databasen. Inget har ändrats. Gå vidare med `behorig serve`, eller ange \
                 en annan databas med --database. Behövs en administratör är det `behorig recover`.",
            ),
            Self::Genesis(error) => words!(
                "the installation could not be begun: {error}",
                "Installationen gick inte att börja. {error}",
                error
            ),
            Self::Transact(error) => words!(
                "nothing was changed: {error}",
                "Inget har ändrats. {error}",
                error
            ),
            Self::Unread => Words::new(
                "nobody reads standard output any more",
                "Ingen läser standard ut längre.",
            ),
            Self::NoFile(address) => words!(
                "{address} is not there: `behorig init` makes it",
                "{address} finns inte. Den skapas med `behorig init`.",
                address = verbatim(address)
            ),
            Self::Could(said) | Self::NotRight(said) | Self::Incomplete(said) => said.clone(),
            Self::OnPage(same) => same.words(),
            Self::Open(error) => error.words(),
            Self::Log(error) => error.words(),
            Self::Unfit(error) => error.words(),
            Self::Key(error) => error.words(),
            Self::Notary(error) => error.words(),
            Self::Prove(error) => error.words(),
            Self::Policy(error) => error.words(),
            Self::Cases(error) => error.words(),
            Self::Issuer(error) => error.words(),
            Self::Import(error) => error.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Genesis(error) => error.cause(),
            Self::Transact(TransactError::Effect(error)) => Some(error.words()),
            Self::Open(error) => error.cause(),
            Self::Log(error) => error.cause(),
            Self::Unfit(error) => error.cause(),
            Self::Key(error) => error.cause(),
            Self::Notary(error) => error.cause(),
            Self::Prove(error) => error.cause(),
            Self::Import(error) => error.cause(),
            Self::OnPage(same) => same.cause(),
            Self::Transact(_)
            | Self::Settings(_)
            | Self::Database(_)
            | Self::NotMigrated(_)
            | Self::Empty
            | Self::Newer(_)
            | Self::Founded
            | Self::Policy(_)
            | Self::Cases(_)
            | Self::Issuer(_)
            | Self::Unread
            | Self::NoFile(_)
            | Self::Could(_)
            | Self::NotRight(_)
            | Self::Incomplete(_) => None,
        }
    }
}

impl CommandError {
    /// That a page has said so: whoever has it before them is not told again.
    fn on_page(self) -> Self {
        Self::OnPage(Box::new(self))
    }

    /// Whether whoever reads standard error knows it already.
    fn was_read(&self) -> bool {
        let is_on_page = matches!(self, Self::OnPage(_));
        matches!(self, Self::Unread) || is_on_page && output::is_before_somebody()
    }

    fn code(&self) -> u8 {
        match self {
            Self::NotRight(_) | Self::Policy(_) | Self::Cases(_) | Self::Settings(_) => 2,
            Self::Incomplete(_) => 3,
            Self::OnPage(same) => same.code(),
            Self::Notary(error) => {
                if error.is_finding() {
                    2
                } else {
                    1
                }
            }
            Self::Prove(error) => {
                if error.is_contradiction() {
                    2
                } else {
                    1
                }
            }
            Self::Import(error) => error.exit_code(),
            // As shells tell of a program that the signal has ended; never 0, for what was asked may not be done.
            Self::Unread => 141,
            Self::Open(_)
            | Self::Database(_)
            | Self::NotMigrated(_)
            | Self::Empty
            | Self::Newer(_)
            | Self::Founded
            | Self::Log(_)
            | Self::Unfit(_)
            | Self::Genesis(_)
            | Self::Transact(_)
            | Self::Key(_)
            | Self::Issuer(_)
            | Self::NoFile(_)
            | Self::Could(_) => 1,
        }
    }
}

/// That it is so, and that nothing was done therefore.
fn unchanged(why: &impl Speaks) -> Words {
    words!(
        "{why}; nothing was changed",
        "{why} Inget har ändrats.",
        why = why.whole()
    )
}

/// So many times.
fn times(count: usize) -> Words {
    counted(count, ("time", "times"), ("gång", "gånger"))
}

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
            if !error.was_read() {
                output::complain(&error);
            }
            ExitCode::from(error.code())
        }
    }
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
        Command::Import(import) => Box::pin(feed::run(config, import, clock)).await,
        Command::Flags(flags) => flags::run(config, flags, clock).await,
        Command::Recover(recover) => setup::recover(config, recover, &clock).await,
        Command::Token(token) => token::run(&token, clock.as_ref()),
        Command::Policy(policy) => Box::pin(policy::run(config, policy, &clock)).await,
        Command::Notary(arguments) => notary::run(config, arguments).await,
        Command::Log(log) => log::run(config, log, &clock).await,
        Command::Schema => output::data(&graphql::sdl()),
        Command::Check(on) => check::run(config, &on).await,
    }
}
