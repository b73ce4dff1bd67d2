//! What can be wrong with the text of an address, and what would be right.
//!
//! Apart from what reads addresses because it says nothing of what was given.

use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// The text is no database's address. It is not repeated: what is wrong with it may be a password's letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum AddressError {
    /// It does not begin as one.
    Scheme,
    /// It names no file.
    File,
    /// It cannot be taken apart.
    Malformed,
    /// It names no host.
    NoHost,
    /// It names several hosts.
    Several,
    /// It says the same thing twice.
    Twice,
    /// It has a parameter that is none.
    Parameter,
    /// It has a parameter that other clients take.
    ForOthers(&'static str),
    /// The protection is none.
    Protection,
    /// A password in a file is for a server.
    NoPassword,
}

impl Speaks for AddressError {
    fn words(&self) -> Words {
        match self {
            Self::Scheme => Words::new(
                "not a database's address: expected `sqlite:FILE` or `postgres://USER@HOST/DATABASE`",
                "Det är ingen adress till en databas. Skriv `sqlite:FIL` eller `postgres://ANVÄNDARE@VÄRD/DATABAS`.",
            ),
            Self::File => Words::new(
                "`sqlite:` has to be followed by a file's name without `?`; a database in memory would be gone \
                 with the process, and the log with it",
                "Efter `sqlite:` ska det stå ett filnamn utan `?`. En databas i minnet skulle försvinna med processen, \
                 och loggen med den.",
            ),
            Self::Malformed => Words::new(
                "the address after `postgres://` cannot be read: expected `USER@HOST:PORT/DATABASE`; in a user or \
                 password, letters such as `@ : / ? # %` are written as `%40 %3A %2F %3F %23 %25`, or the \
                 password is kept in a file (`database.password_file`)",
                "Adressen efter `postgres://` går inte att läsa. Skriv `ANVÄNDARE@VÄRD:PORT/DATABAS`. I ett användarnamn \
                 eller lösenord skrivs tecken som `@ : / ? # %` som `%40 %3A %2F %3F %23 %25`, eller så läggs lösenordet \
                 i en fil (`database.password_file`).",
            ),
            Self::NoHost => Words::new(
                "the address names no host: expected `postgres://USER@HOST/DATABASE`, or the directory of a socket \
                 as `postgres:///DATABASE?host=/DIRECTORY`",
                "Adressen saknar värd. Skriv `postgres://ANVÄNDARE@VÄRD/DATABAS`, eller katalogen för en socket som \
                 `postgres:///DATABAS?host=/KATALOG`.",
            ),
            Self::Several => Words::new(
                "the address names several hosts or ports: expected one, a name that leads to the server that takes \
                 writes",
                "Adressen anger flera värdar eller portar. Ange en, ett namn som leder till den server som tar emot \
                 skrivningar.",
            ),
            Self::Twice => Words::new(
                "the address says something twice (host, port, user, password, database or a parameter)",
                "Adressen anger något två gånger (värd, port, användare, lösenord, databas eller en parameter).",
            ),
            Self::Parameter => Words::new(
                "the address has a parameter that is not known: expected `host`, `hostaddr`, `port`, `user`, \
                 `password`, `dbname`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey` or `options`",
                "Adressen har en okänd parameter. Det får vara `host`, `hostaddr`, `port`, `user`, `password`, `dbname`, \
                 `sslmode`, `sslrootcert`, `sslcert`, `sslkey` eller `options`.",
            ),
            Self::ForOthers(parameter) => words!(
                "the address has `{parameter}`, which is not taken here: leave it out; expected `host`, `hostaddr`, \
                 `port`, `user`, `password`, `dbname`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey` or `options`",
                "Adressen har `{parameter}`, som inte används här. Ta bort det. Det får vara `host`, `hostaddr`, `port`, \
                 `user`, `password`, `dbname`, `sslmode`, `sslrootcert`, `sslcert`, `sslkey` eller `options`.",
                parameter = verbatim(parameter)
            ),
            Self::Protection => Words::new(
                "`sslmode` has another value than `disable`, `allow`, `prefer`, `require`, `verify-ca` or \
                 `verify-full`",
                "`sslmode` har ett annat värde än `disable`, `allow`, `prefer`, `require`, `verify-ca` eller \
                 `verify-full`.",
            ),
            Self::NoPassword => Words::new(
                "a file has no password: `database.password_file` is for `postgres://…` without one",
                "En fil har inget lösenord. `database.password_file` är till för `postgres://…` utan lösenord.",
            ),
        }
    }
}
