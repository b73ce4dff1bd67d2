//! `behorig check`: everything that can be found wrong before anything is served, and what is accepted as a
//! sign-in.
//!
//! What is accepted is compared letter by letter, so an operator has to see all of it, what is built in
//! included: what is not on the list is not accepted.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use tokio::net::TcpListener;

use super::descriptors::Descriptors;
use super::error::CommandError;
use super::opening::{self, OnDatabase};
use super::output;
use crate::config::Settings;
use crate::config::secret::repeated;
use audit::OpenError;
use audit::connection::readable_by_all;
use authn::{IssuerSettings, KeySource};
use domain::Named;
use domain::Words;
use domain::speaks::{Speaks, joined, verbatim, words};

pub(super) async fn run(config: Option<&Path>, on: &OnDatabase) -> Result<(), CommandError> {
    let settings = opening::settings(config, on)?;
    settings
        .check()
        .map_err(|errors| CommandError::Settings(errors.words()))?;
    usable(&settings)?;
    let listening = listening(&settings).await?;
    output::print(&Words::new(
        "The settings are right.",
        "Inställningarna är rätt.",
    ))?;
    output::print(&listening)?;
    output::print(&connections(&settings))?;
    for issuer in &settings.tokens.issuers {
        output::print(&accepted(issuer, &settings))?;
    }
    database(&settings).await
}

/// Whether the database's address is one that would be connected to.
fn usable(settings: &Settings) -> Result<(), CommandError> {
    let address = settings.database.address();
    let address = address.map_err(|errors| CommandError::Settings(errors.words()))?;
    if settings.database.trust_the_network {
        return Ok(());
    }
    address
        .protected()
        .map_err(|error| CommandError::NotRight(error.words()))
}

/// Whether the address is one to listen on; that something listens there already may be the service itself.
async fn listening(settings: &Settings) -> Result<Words, CommandError> {
    let address = settings.listen;
    match TcpListener::bind(address).await {
        Ok(_) => Ok(words!(
            "\nlisten      {address}",
            "\nlyssnar på  {address}",
            address
        )),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(words!(
            "\nlisten      {address}, where something listens now",
            "\nlyssnar på  {address}, där något lyssnar nu",
            address
        )),
        Err(error) => Err(CommandError::NotRight(words!(
            "`listen` cannot be {address} ({error}): expected an address of this host and a free port",
            "`listen` kan inte vara {address} ({error}). Det ska vara en adress på den här värden och en ledig port.",
            address,
            error
        ))),
    }
}

/// Whether the database that the settings name is one to record decisions in, if it is there.
async fn database(settings: &Settings) -> Result<(), CommandError> {
    if let Some(path) = settings.database.url.file() {
        if !path.exists() {
            return output::print(&words!(
                "\ndatabase    {address} is not there yet: `behorig init` makes it",
                "\ndatabas     {address} finns inte ännu. Den skapas med `behorig init`.",
                address = verbatim(&settings.database.url)
            ));
        }
        if let [file, ..] = readable_by_all(path).as_slice() {
            return Err(CommandError::NotRight(words!(
                "everybody can read or write `{file}`: take that right away (`chmod o-rwx`)",
                "Alla kan läsa eller skriva `{file}`. Ta bort den rätten (`chmod o-rwx`).",
                file
            )));
        }
    }
    let db = match opening::reached(settings, false).await {
        Err(CommandError::Open(
            error @ (OpenError::Unprotected(_) | OpenError::Unsafe { .. } | OpenError::File(_)),
        )) => {
            return Err(CommandError::NotRight(error.whole()));
        }
        reached => reached?,
    };
    db.close().await;
    output::print(&words!(
        "\ndatabase    {address} can be used",
        "\ndatabas     {address} går att använda",
        address = verbatim(&settings.database.url)
    ))
}

/// How many connections there may be, as the system lets the process open descriptors.
fn connections(settings: &Settings) -> Words {
    let descriptors = Descriptors::raised(settings);
    let set = settings.http.connections;
    let taken = descriptors.connections(set);
    let most = descriptors
        .most
        .map_or(Words::part("any number", "hur många som helst"), verbatim);
    let told = if taken < set {
        words!(
            "fewer than `http.connections` = {set}: raise the limit of the process \
             (ulimit -n, LimitNOFILE) to {needed}",
            "färre än `http.connections` = {set}: höj processens gräns (ulimit -n, LimitNOFILE) till {needed}",
            set,
            needed = descriptors.needed(set)
        )
    } else {
        words!(
            "at most {most} of one address",
            "högst {most} från samma adress",
            most = settings.http.connections_per_address
        )
    };
    words!(
        "\nconnections {taken}, {told}\ndescriptors {most}",
        "\nanslutningar {taken}, {told}\nöppna filer {most}",
        taken,
        told,
        most
    )
}

/// What is accepted of an issuer, in lines of which the first of a kind has its name.
fn accepted(issuer: &IssuerSettings, settings: &Settings) -> Words {
    let mut clients = meanings(&issuer.clients, |way| way.name().to_owned());
    if clients.is_empty() {
        clients.push(Words::part(
            "none, so every service counts as weak",
            "ingen, så varje tjänst räknas som svag",
        ));
    }
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|one| one.name()).collect();
    let listed = [
        (
            Words::part("issuer", "utfärdare"),
            vec![repeated(&issuer.issuer)],
        ),
        (
            Words::part("audience", "mottagare"),
            vec![repeated(&issuer.audience)],
        ),
        (Words::part("keys", "nycklar"), vec![keys(issuer)]),
        (
            Words::part("algorithms", "algoritmer"),
            vec![verbatim(algorithms.join(", "))],
        ),
        (Words::part("claims", "uppgifter"), claims(issuer, settings)),
        (
            Words::part("levels", "nivåer"),
            meanings(&issuer.levels, u8::to_string),
        ),
        (
            Words::part("methods", "metoder"),
            meanings(&issuer.methods, |method| method.name().to_owned()),
        ),
        (Words::part("clients", "klienter"), clients),
        (Words::part("may name", "får ange"), limits(issuer)),
    ];
    let mut text = Vec::new();
    for (name, lines) in listed {
        for (n, line) in lines.into_iter().enumerate() {
            let name = if n == 0 { name.clone() } else { verbatim("") };
            text.push(words!(
                "\n{name:<12}{line}",
                "\n{name:<12}{line}",
                name,
                line
            ));
        }
    }
    joined(text, "")
}

fn keys(issuer: &IssuerSettings) -> Words {
    match &issuer.keys {
        KeySource::Discovery(document) => words!(
            "where {document} says",
            "där {document} säger",
            document = verbatim(document)
        ),
        KeySource::File(_) | KeySource::Url(_) => repeated(&issuer.keys.to_string()),
    }
}

/// What is read from a token, and by which name.
fn claims(issuer: &IssuerSettings, settings: &Settings) -> Vec<Words> {
    let marker = match &issuer.service_marker {
        None => Words::part(
            "a service's own when `sub` is the service",
            "en tjänsts egen när `sub` är tjänsten",
        ),
        Some(marker) => words!(
            "a service's own when `{claim}` is `{value}`",
            "en tjänsts egen när `{claim}` är `{value}`",
            claim = verbatim(&marker.claim),
            value = verbatim(&marker.value)
        ),
    };
    let sign_in = words!(
        "sign-in {claim}, recent for {seconds} seconds",
        "inloggning {claim}, färsk i {seconds} sekunder",
        claim = verbatim(&issuer.auth_time_claim),
        seconds = settings.decisions.recent_sign_in_seconds
    );
    let named = |name: Words, claim: &str| {
        words!(
            "{name} {claim}",
            "{name} {claim}",
            name,
            claim = verbatim(claim)
        )
    };
    vec![
        named(Words::part("person", "person"), &issuer.person_claim),
        named(
            Words::part("service", "tjänst"),
            &issuer.service_claims.join(", "),
        ),
        marker,
        named(
            Words::part("commission", "uppdrag"),
            &issuer.commission_claim,
        ),
        named(Words::part("level", "nivå"), &issuer.acr_claim),
        named(Words::part("methods", "metoder"), &issuer.amr_claim),
        sign_in,
    ]
}

/// The values that are accepted, each with what it stands for.
fn meanings<T>(listed: &BTreeMap<String, T>, told: impl Fn(&T) -> String) -> Vec<Words> {
    listed
        .iter()
        .map(|(value, meaning)| verbatim(format!("{value} = {}", told(meaning))))
        .collect()
}

/// Whom the issuer may name, and for how long.
fn limits(issuer: &IssuerSettings) -> Vec<Words> {
    let only = |of: &[String], all: Words| {
        if of.is_empty() {
            all
        } else {
            verbatim(of.join(", "))
        }
    };
    vec![
        words!(
            "people {whom}",
            "personer {whom}",
            whom = only(
                &issuer.hsa_id_prefixes,
                Words::part("with any HSA-id", "med vilket HSA-id som helst")
            )
        ),
        words!(
            "clients {which}",
            "klienter {which}",
            which = only(
                &issuer.allowed_clients,
                Words::part("of any id", "med vilket id som helst")
            )
        ),
        words!(
            "for at most {seconds} seconds",
            "i högst {seconds} sekunder",
            seconds = issuer.max_lifetime_seconds
        ),
    ]
}
