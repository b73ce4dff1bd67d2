//! The command line's words.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use super::log::Log;
use super::notary;
use super::opening::OnDatabase;
use domain::text::{Identifier, Name, Reference};
use domain::{Date, FlagName, HsaId};

/// Decides who may do what in a healthcare region's systems, and can prove every decision it ever made.
#[derive(Debug, Parser)]
#[command(name = "behorig", version, propagate_version = true, after_help = AFTER)]
pub struct Arguments {
    /// Settings file (TOML); settings can also be given as `BEHORIG_…` variables.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "Exit codes: 0 done · 1 could not · 2 the thing asked about is not right · \
    3 incomplete";

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: a small region in an embedded database, ready tokens, and commands to paste.
    Demo(Demo),
    /// Begin an installation: migrate an empty database, make the log's first key and event.
    Init(Init),
    /// Bring a database up to this version.
    Migrate(OnDatabase),
    /// Serve GraphQL.
    Serve(Serve),
    /// Import a feed of the register.
    Import(Import),
    /// List what imports have flagged that still is so.
    Flags(Flags),
    /// Give a person the administrator's rights when nobody can sign in any more; a loud event.
    Recover(Recover),
    /// Issue a token from the demo's own issuer.
    Token(Token),
    /// Work with policy folders.
    #[command(subcommand)]
    Policy(super::policy::Policy),
    /// Look at the log and sign for it, in a process of its own.
    Notary(notary::Arguments),
    /// Work with the log: keys, proofs, bundles.
    #[command(subcommand)]
    Log(Log),
    /// Print the GraphQL schema.
    Schema,
    /// Check the settings without doing anything, and list what is accepted as a sign-in.
    Check(OnDatabase),
}

/// `behorig demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// A directory to keep the demo in; without it, each demo begins afresh.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `behorig init`
#[derive(Debug, Args)]
pub struct Init {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// The log's name, as it will stand in checkpoints: a host name and path that are yours.
    #[arg(long, value_name = "NAME")]
    pub origin: String,

    /// Where to write the log's private key (PKCS 8, readable by you alone); never overwritten.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The first administrator.
    #[command(flatten)]
    pub administrator: FirstAdministrator,
}

/// A first administrator: all four or none.
#[derive(Debug, Clone, Args)]
pub struct FirstAdministrator {
    /// Employee HSA-id of the first administrator.
    #[arg(long, value_name = "HSA-ID", value_parser = HsaId::given,
        requires_all = ["individual", "given_name", "family_name"])]
    pub administrator: Option<HsaId>,

    /// The opaque key of the human being in the HR system; never a personal identity number.
    #[arg(long, value_name = "KEY", requires = "administrator")]
    pub individual: Option<Identifier>,

    /// Given name.
    #[arg(long, value_name = "NAME", requires = "administrator")]
    pub given_name: Option<Name>,

    /// Family name.
    #[arg(long, value_name = "NAME", requires = "administrator")]
    pub family_name: Option<Name>,
}

/// `behorig serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Where to listen; instead of the setting `listen`.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// `behorig import`
#[derive(Debug, Args)]
pub struct Import {
    /// The feed, plain or gzip; `-` reads standard input.
    pub file: PathBuf,

    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Whose external ids these are.
    #[arg(long, value_name = "NAME", default_value = "region")]
    pub source: Identifier,

    /// The source whose records this one takes over; without it, what another source has brought is refused.
    #[arg(long, value_name = "NAME")]
    pub take_over_from: Option<Identifier>,

    /// Validate and report, apply nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Apply the good records and write the others here.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub rejects: Option<PathBuf>,

    /// Accept a feed without its last line.
    #[arg(long)]
    pub no_trailer: bool,

    /// The day that flags are counted for, when the feed does not say.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
}

/// `behorig flags`
#[derive(Debug, Args)]
pub struct Flags {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Only this flag.
    #[arg(long, value_name = "NAME", value_parser = flag_names())]
    pub flag: Option<FlagName>,
}

/// A flag by its name; `--help` lists them.
fn flag_names() -> impl TypedValueParser<Value = FlagName> {
    let names = FlagName::ALL.iter().map(|flag| flag.as_str());
    PossibleValuesParser::new(names)
        .try_map(|name| FlagName::named(&name).ok_or("there is no such flag"))
}

/// `behorig recover`
#[derive(Debug, Args)]
pub struct Recover {
    /// The database.
    #[command(flatten)]
    pub on: OnDatabase,

    /// Who gets the administrator's rights.
    #[arg(long, value_name = "HSA-ID", value_parser = HsaId::given)]
    pub administrator: HsaId,

    /// The opaque key of the human being in the HR system.
    #[arg(long, value_name = "KEY")]
    pub individual: Identifier,

    /// Given name, if the person is not in the register.
    #[arg(long, value_name = "NAME")]
    pub given_name: Name,

    /// Family name, if the person is not in the register.
    #[arg(long, value_name = "NAME")]
    pub family_name: Name,

    /// Why; kept in the log in clear, so it names nobody by number.
    #[arg(long, value_name = "TEXT")]
    pub reason: Reference,
}

/// `behorig token`
#[derive(Debug, Args)]
pub struct Token {
    /// An employee HSA-id or an OAuth client id.
    #[arg(long = "as", value_name = "HSA-ID|CLIENT-ID")]
    pub subject: String,

    /// Assurance level of the sign-in.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=4))]
    pub level: u8,

    /// Method of the sign-in (`amr`).
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,

    /// How long ago the sign-in was, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub age: u32,

    /// The demo's directory.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}
