//! `behorig demo`: a region of 300 people on this machine, with tokens and commands to paste.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::config::Settings;
use crate::demo::{Cast, Region, script};
use crate::telemetry::{self, LogFormat};
use audit::connection::{Address, Database};
use audit::notary::Notary;
use authn::{ClientAuthentication, Subject};
use authn::{DemoIssuer, TokenOrder};
use domain::HsaId;
use domain::clock::Clock;
use domain::speaks::{Speaks, words};
use domain::text::ClientId;
use service::founding;

use super::arguments::Demo;
use super::error::CommandError;
use super::opening::{self, Opened, register};
use super::{feed, found, notary, output, serve};

/// How long the demo's tokens hold.
const LIFETIME: Duration = Duration::from_hours(8);

/// How often the notary looks.
const NOTARY: Duration = Duration::from_secs(2);

/// The log's private key.
const KEY: &str = "log-key.pem";

/// The machines of the region that call the service.
const CLIENTS: &[&str] = &["hr-feed", "iam", "journal-gateway", "server-login"];

/// The machines whose word about people's sign-in is taken.
const TRUSTED: [&str; 2] = [SERVER_LOGIN, RECORD_GATEWAY];
const SERVER_LOGIN: &str = "server-login";
const RECORD_GATEWAY: &str = "journal-gateway";

pub(super) async fn run(demo: Demo, clock: Arc<dyn Clock>) -> Result<(), CommandError> {
    let listener = serve::listen(demo.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| CommandError::Could(error.words()))?;
    telemetry::start(LogFormat::Human, "warn,behorig=warn")
        .map_err(|error| CommandError::Settings(error.words()))?;
    let place = Place::new(demo.data)?;
    let issuer = DemoIssuer::open(place.path())?;
    let settings = settings(&place, &issuer, address);
    let region = Region::on(clock.now().date());
    let region = region.map_err(|error| CommandError::Could(error.words()))?;
    let opened = Box::pin(open(&place, settings, &region, &clock)).await?;
    let assembled = serve::assemble(&opened).await?;
    let mut notary = engage(&place, &opened.db).await?;
    let cast = region
        .cast()
        .map_err(|error| CommandError::Could(error.words()))?;
    output::print(&script::told(
        address,
        &cast,
        &tokens(&issuer, &cast, clock.as_ref())?,
    ))?;
    tokio::select! {
        ended = serve::listen_until_stopped(listener, assembled, clock) => ended?,
        () = notary::watch(&mut notary, NOTARY) => {}
    }
    drop(notary);
    opened.db.close().await;
    place.leave()
}

/// The notary, which in production is a process that shares nothing with the service.
async fn engage(place: &Place, db: &Database) -> Result<Notary, CommandError> {
    let memory = place.path().join("log-leaves");
    let key = place.path().join(KEY);
    notary::engage(db, &key, &memory, !memory.exists()).await
}

/// Where the demo lies: a directory of the caller's, or one that goes away with it.
struct Place {
    path: PathBuf,
    kept: bool,
}

impl Place {
    fn new(given: Option<PathBuf>) -> Result<Self, CommandError> {
        let kept = given.is_some();
        let path = given.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("behorig-demo-{}", std::process::id()))
        });
        if !kept && path.exists() {
            std::fs::remove_dir_all(&path).map_err(|error| cannot(&path, &error))?;
        }
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|error| cannot(&path, &error))?;
        Ok(Self { path, kept })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn leave(self) -> Result<(), CommandError> {
        if self.kept {
            return Ok(());
        }
        std::fs::remove_dir_all(&self.path).map_err(|error| cannot(&self.path, &error))
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Could(words!(
        "`{path}` cannot be used for the demo: {error}",
        "`{path}` går inte att använda för demon. Orsak: {error}",
        path,
        error
    ))
}

fn settings(place: &Place, issuer: &DemoIssuer, listen: SocketAddr) -> Settings {
    let file = place.path().join("behorig.db");
    let mut trusted = issuer.settings();
    trusted.clients = CLIENTS
        .iter()
        .map(|client| ((*client).to_owned(), ClientAuthentication::PrivateKeyJwt))
        .collect::<BTreeMap<_, _>>();
    let mut settings = Settings {
        listen,
        ..Settings::default()
    };
    settings.database.url = Address::of_file(file);
    // Nobody waits for it to leave.
    settings.http.notice = Duration::ZERO;
    settings.tokens.issuers = vec![trusted];
    settings
}

/// The demo's database, founded and filled unless that was done before.
async fn open(
    place: &Place,
    settings: Settings,
    region: &Region,
    clock: &Arc<dyn Clock>,
) -> Result<Opened, CommandError> {
    let db = opening::reached(&settings, true).await?;
    let key = place.path().join(KEY);
    match found::found(&db, clock, "demo.behorig.example", &key, None).await {
        Ok(_) | Err(CommandError::Founded) => {}
        Err(other) => return Err(other),
    }
    let opened = Opened::of(settings, db, clock).await?;
    serve::settle(&opened.log, clock).await?;
    // That comes after the feed, so whoever is trusted has one.
    let is_trusted = async |service| -> Result<bool, CommandError> {
        let snapshot = register(&opened.db).await?;
        Ok(founding::is_trusted(&snapshot, service).await?)
    };
    if !is_trusted(SERVER_LOGIN).await? {
        feed::apply(&opened, region.feed()).await?;
    }
    for service in TRUSTED {
        if !is_trusted(service).await? {
            founding::trust(&opened.log, clock, service).await?;
        }
    }
    Ok(opened)
}

fn tokens(
    issuer: &DemoIssuer,
    cast: &Cast,
    clock: &dyn Clock,
) -> Result<Vec<(&'static str, String)>, CommandError> {
    let person = |name: &str| {
        let hsa_id = name.parse::<HsaId>();
        hsa_id
            .map(Subject::Person)
            .map_err(|error| CommandError::Could(error.words()))
    };
    let service = |name: &str| Subject::Service(ClientId::recorded(name.to_owned()));
    let named = [
        ("ADMINISTRATOR", person(&cast.administrator)?),
        ("AUDITOR", person(&cast.auditor)?),
        ("MANAGER", person(&cast.manager)?),
        ("IT_LEAD", person(&cast.it_lead)?),
        ("VENDOR", person(&cast.vendor)?),
        ("OFFICER", person(&cast.officer)?),
        ("HR_FEED", service("hr-feed")),
        ("SERVER_LOGIN", service(SERVER_LOGIN)),
        ("RECORD_GATEWAY", service(RECORD_GATEWAY)),
    ];
    named
        .into_iter()
        .map(|(name, subject)| {
            let lifetime_seconds = u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX);
            let order = TokenOrder {
                lifetime_seconds,
                ..TokenOrder::new(subject)
            };
            Ok((name, issuer.issue(&order, clock.now())?))
        })
        .collect()
}
