//! Why a command did not do what it was asked to, in words and as an exit code.

use ::policy::{CasesError, PolicyError};
use audit::connection::OpenError;
use audit::notary::NotaryError;
use audit::prove::ProveError;
use audit::{DatabaseError, GenesisError, LogError, SnapshotError, TransactError, Unfit, key_file};
use authn::DemoIssuerError;
use domain::Words;
use domain::speaks::{Speaks, counted, foreign, verbatim, words};
use service::import::ImportError;

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
    /// The database has a log of an earlier format.
    OlderLog,
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
            Self::OlderLog => Words::new(
                "the database has a log of format 1, which tells too little of the register to be gone on from, and \
                 nothing was changed: read it with the version that wrote it, and begin a new database with `behorig init`",
                "Databasen har en logg av format 1. Den berättar för lite om registret för att kunna fortsättas, och inget \
                 har ändrats. Läs den med versionen som skrev den, och börja en ny databas med `behorig init`.",
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
            | Self::OlderLog
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
    /// That a moment of the log could not be looked at.
    pub(super) fn unread_log(error: &SnapshotError) -> Self {
        Self::Could(words!(
            "the log could not be read: {error}",
            "Loggen gick inte att läsa. {error}",
            error = error.whole()
        ))
    }

    /// That a moment of the register could not be looked at.
    pub(super) fn unread_register(error: &SnapshotError) -> Self {
        Self::Could(words!(
            "the register could not be read: {error}",
            "Registret gick inte att läsa. {error}",
            error = error.whole()
        ))
    }

    /// That a page has said so: whoever has it before them is not told again.
    pub(super) fn on_page(self) -> Self {
        Self::OnPage(Box::new(self))
    }

    /// The exit code.
    pub(super) fn code(&self) -> u8 {
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
            | Self::OlderLog
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
pub(super) fn unchanged(why: &impl Speaks) -> Words {
    words!(
        "{why}; nothing was changed",
        "{why} Inget har ändrats.",
        why = why.whole()
    )
}
