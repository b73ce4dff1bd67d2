//! `behorig serve`: everything put together, until somebody stops it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;

use crate::config::Settings;
use crate::telemetry;
use audit::connection::Database;
use audit::{Health, Log};
use authn::Verifier;
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks as _, words};
use gate::Gate;
use graphql;
use graphql::execute::Readiness;
use graphql::executor::{Executor, Ready};
use graphql::page::Cursors;
use http::{self, Edge, HttpSettings};
use service::authorize::Asking;
use service::call::{Allowance, EventRates};
use service::import::settle_unfinished;
use service::installation::{has_policies, secret};
use service::session::Desk;
use service::sign_in::SignInWords;

use super::arguments::Serve;
use super::comparing::compare;
use super::descriptors::Descriptors;
use super::error::CommandError;
use super::opening::{self, Opened, register};
use super::signals;

/// How often imports that were cut off, and changes of a newer version, are looked for.
const SETTLING: Duration = Duration::from_secs(5);

/// A service that is ready to listen.
pub(super) struct Assembled {
    pub(super) edge: Arc<Edge>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) log: Log,
    db: Database,
    /// Whether rows of the register are not what the log tells.
    differs: Arc<AtomicBool>,
}

pub(super) async fn run(
    config: Option<&Path>,
    serve: Serve,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let mut settings = opening::settings(config, &serve.on)?;
    if let Some(listen) = serve.listen {
        settings.listen = listen;
    }
    settings
        .check()
        .map_err(|errors| CommandError::Settings(errors.words()))?;
    telemetry::start(settings.log.format, &settings.log.filter)
        .map_err(|error| CommandError::Settings(error.words()))?;
    let db = opening::open(&settings).await?;
    let opened = Opened::of(settings, db, &clock).await?;
    opened.log.read_register().await?;
    let assembled = assemble(&opened).await?;
    let listener = listen(opened.settings.listen).await?;
    let served = Box::pin(listen_until_stopped(listener, assembled, clock)).await;
    opened.db.close().await;
    served
}

/// Binds the address, or says what to do when it is taken.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = if error.kind() == std::io::ErrorKind::AddrInUse {
            Words::new(
                "something else listens there; name another with --listen",
                "Något annat lyssnar där. Ange en annan med --listen.",
            )
        } else {
            Words::new("name another with --listen", "Ange en annan med --listen.")
        };
        CommandError::Could(words!(
            "`{address}` cannot be listened on ({error}): {advice}",
            "Det går inte att lyssna på `{address}` ({error}). {advice}",
            address,
            error,
            advice
        ))
    })
}

/// Puts a service together over an open database and log.
pub(super) async fn assemble(opened: &Opened) -> Result<Assembled, CommandError> {
    let Opened {
        settings,
        db,
        log,
        clock,
    } = opened;
    let gate = Gate::new(Arc::clone(clock), opened.policies().await?);
    let verifier = opened.verifier().await?;
    let desk = Desk::new(
        db.clone(),
        log.clone(),
        Arc::new(gate),
        Arc::clone(clock),
        opened.calendar(),
        settings.deadline,
    )
    .allowing(allowance(settings));
    let read = desk.read_register().await;
    read.map_err(|error| CommandError::Could(error.whole()))?;
    let words = SignInWords::of(&settings.tokens);
    let asking = Asking {
        verifier: Arc::clone(&verifier),
        words: Arc::new(words),
    };
    let secret = secret(&register(db).await?).await?;
    let schema = graphql::schema(
        settings.limits,
        Cursors::new(secret.ok_or(CommandError::Empty)?),
        settings.introspection,
    )
    .map_err(|error| CommandError::Could(error.words()))?;
    let differs = Arc::new(AtomicBool::new(false));
    let ready = readiness(log, &verifier, &differs);
    let executor = Executor::new(schema, Arc::new(desk), asking, ready);
    let edge = Edge::new(
        Arc::new(executor),
        Arc::clone(&verifier),
        Arc::clone(clock),
        http_settings(settings),
        settings.limits,
    );
    Ok(Assembled {
        edge,
        verifier,
        log: log.clone(),
        db: db.clone(),
        differs,
    })
}

/// The settings of the HTTP server, with as many connections as the process can have.
fn http_settings(settings: &Settings) -> HttpSettings {
    let mut http = settings.http.clone();
    let descriptors = Descriptors::raised(settings);
    let connections = descriptors.connections(http.connections);
    if connections < http.connections {
        tracing::warn!(
            set = http.connections,
            connections,
            "fewer connections are taken than are set: the process may not open as many descriptors"
        );
        http.connections = connections;
    }
    http
}

/// How much callers may have it do at a time, by the settings.
const fn allowance(settings: &Settings) -> Allowance {
    let http = &settings.http;
    Allowance {
        events: EventRates {
            person: http.person_events_per_second,
            service: http.service_events_per_second,
        },
        reading: http.readings,
        reading_of_one: http.readings_per_caller,
        heavy: http.reports,
        heavy_of_one: http.reports_per_caller,
    }
}

/// Whether the database, the log, the policies and the issuers' keys can be used; and whether rows of the register are
/// not what the log tells.
fn readiness(log: &Log, verifier: &Arc<Verifier>, differs: &Arc<AtomicBool>) -> Ready {
    let (log, verifier, differs) = (log.clone(), Arc::clone(verifier), Arc::clone(differs));
    Arc::new(move || {
        let (log, verifier) = (log.clone(), Arc::clone(&verifier));
        let differs = differs.load(Ordering::Acquire);
        Box::pin(async move {
            let (snapshot, health) = log.look().await;
            let policies = match &snapshot {
                Ok(snapshot) => has_policies(snapshot).await,
                Err(_) => false,
            };
            Readiness::new()
                .with("database", snapshot.is_ok())
                .with("log", health == Health::Recording)
                .with("policies", policies)
                .with("keys", verifier.is_ready())
                .warning("register", differs)
        })
    })
}

/// Serves until the process is told to stop, then answers what was taken.
pub(super) async fn listen_until_stopped(
    listener: TcpListener,
    assembled: Assembled,
    clock: Arc<dyn Clock>,
) -> Result<(), CommandError> {
    let could = |error: std::io::Error| CommandError::Could(error.words());
    let address = listener.local_addr().map_err(could)?;
    let told = signals::told_to_stop().map_err(could)?;
    tracing::info!(%address, "listening");
    let verifier = Arc::clone(&assembled.verifier);
    let writing = Some(assembled.log.clone());
    let compared = compare(assembled.db.clone(), writing, assembled.differs);
    let settling = settle_on(assembled.log, Arc::clone(&clock));
    let fresh = async move { verifier.keep_fresh().await };
    let outgrown = outgrown(assembled.db);
    let served = http::serve(listener, assembled.edge, told);
    tokio::select! {
        ended = served => ended.map_err(could)?,
        () = fresh => {}
        () = settling => {}
        never = compared => match never {},
        changes = outgrown => return Err(CommandError::Newer(changes)),
    }
    tracing::info!("stopped");
    Ok(())
}

/// The changes of the database beside which this version cannot go on, as soon as there are any.
async fn outgrown(db: Database) -> Vec<String> {
    let mut every = tokio::time::interval(SETTLING);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        // Whoever asks for a database that cannot be read is told by other means.
        let changes = db.breaking_changes().await.unwrap_or_default();
        if !changes.is_empty() {
            return changes;
        }
    }
}

/// Finishes what an import that was killed has begun.
pub(super) async fn settle(log: &Log, clock: &Arc<dyn Clock>) -> Result<(), CommandError> {
    for settled in settle_unfinished(log, clock).await? {
        tracing::warn!(run.id = %settled.run, run.finished = settled.finished, "settled an import");
    }
    Ok(())
}

/// Finishes imports whose process has died, for as long as the service runs.
async fn settle_on(log: Log, clock: Arc<dyn Clock>) {
    let mut every = tokio::time::interval(SETTLING);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(error) = settle(&log, &clock).await {
            tracing::warn!(%error, "an import that was cut off could not be settled yet");
        }
    }
}
