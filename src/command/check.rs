//! `behorig check`: everything that can be found wrong before anything is served, and what is accepted as a
//! sign-in.
//!
//! What is accepted is compared letter by letter, so an operator has to see all of it, what is built in
//! included: what is not on the list is not accepted.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use tokio::net::TcpListener;

use super::arguments::OnDatabase;
use super::descriptors::Descriptors;
use super::{CommandError, output, service};
use crate::audit::OpenError;
use crate::audit::connection::readable_by_all;
use crate::authn::{IssuerSettings, KeySource};
use crate::config::Settings;

pub(super) async fn run(config: Option<&Path>, on: &OnDatabase) -> Result<(), CommandError> {
    let settings = service::settings(config, on)?;
    settings
        .check()
        .map_err(|errors| CommandError::Settings(errors.to_string()))?;
    usable(&settings)?;
    let listening = listening(&settings).await?;
    output::print("The settings are right.")?;
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
    let address = address.map_err(|errors| CommandError::Settings(errors.to_string()))?;
    if settings.database.trust_the_network {
        return Ok(());
    }
    address
        .protected()
        .map_err(|error| CommandError::NotRight(error.to_string()))
}

/// Whether the address is one to listen on; that something listens there already may be the service itself.
async fn listening(settings: &Settings) -> Result<String, CommandError> {
    let address = settings.listen;
    match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("\nlisten      {address}")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(format!(
            "\nlisten      {address}, where something listens now"
        )),
        Err(error) => Err(CommandError::NotRight(format!(
            "`listen` cannot be {address} ({error}): expected an address of this host and a free port"
        ))),
    }
}

/// Whether the database that the settings name is one to record decisions in, if it is there.
async fn database(settings: &Settings) -> Result<(), CommandError> {
    if let Some(path) = settings.database.url.file() {
        if !path.exists() {
            return output::print(&format!(
                "\ndatabase    {} is not there yet: `behorig init` makes it",
                settings.database.url
            ));
        }
        if let [file, ..] = readable_by_all(path).as_slice() {
            return Err(CommandError::NotRight(format!(
                "everybody can read or write `{}`: take that right away (`chmod o-rwx`)",
                file.display()
            )));
        }
    }
    let db = match service::reached(settings, false).await {
        Err(CommandError::Open(
            error @ (OpenError::Unprotected(_) | OpenError::Unsafe { .. } | OpenError::File(_)),
        )) => {
            return Err(CommandError::NotRight(output::with_causes(&error)));
        }
        reached => reached?,
    };
    db.close().await;
    output::print(&format!(
        "\ndatabase    {} can be used",
        settings.database.url
    ))
}

/// How many connections there may be, as the system lets the process open descriptors.
fn connections(settings: &Settings) -> String {
    let descriptors = Descriptors::raised(settings);
    let set = settings.http.connections;
    let taken = descriptors.connections(set);
    let most = descriptors
        .most
        .map_or_else(|| "any number".to_owned(), |most| most.to_string());
    let told = if taken < set {
        format!(
            "fewer than `http.connections` = {set}: raise the limit of the process \
             (ulimit -n, LimitNOFILE) to {}",
            descriptors.needed(set)
        )
    } else {
        format!(
            "at most {} of one address",
            settings.http.connections_per_address
        )
    };
    format!("\nconnections {taken}, {told}\ndescriptors {most}")
}

/// What is accepted of an issuer, in lines of which the first of a kind has its name.
fn accepted(issuer: &IssuerSettings, settings: &Settings) -> String {
    let keys = match &issuer.keys {
        KeySource::Discovery(document) => format!("where {document} says"),
        KeySource::File(_) | KeySource::Url(_) => issuer.keys.to_string(),
    };
    let algorithms: Vec<&str> = issuer.algorithms.iter().map(|one| one.name()).collect();
    let recent = settings.decisions.recent_sign_in_seconds;
    let mut clients = meanings(&issuer.clients, |way| way.name().to_owned());
    if clients.is_empty() {
        clients.push("none, so every service counts as weak".to_owned());
    }
    let claims = vec![
        format!("person {}", issuer.person_claim),
        format!("service {}", issuer.service_claims.join(", ")),
        match &issuer.service_marker {
            None => "a service's own when `sub` is the service".to_owned(),
            Some(marker) => format!(
                "a service's own when `{}` is `{}`",
                marker.claim, marker.value
            ),
        },
        format!("commission {}", issuer.commission_claim),
        format!("level {}", issuer.acr_claim),
        format!("methods {}", issuer.amr_claim),
        format!(
            "sign-in {}, recent for {recent} seconds",
            issuer.auth_time_claim
        ),
    ];
    let listed = [
        ("issuer", vec![issuer.issuer.clone()]),
        ("audience", vec![issuer.audience.clone()]),
        ("keys", vec![keys]),
        ("algorithms", vec![algorithms.join(", ")]),
        ("claims", claims),
        ("levels", meanings(&issuer.levels, u8::to_string)),
        (
            "methods",
            meanings(&issuer.methods, |method| method.name().to_owned()),
        ),
        ("clients", clients),
        ("may name", limits(issuer)),
    ];
    let mut text = Vec::new();
    for (name, lines) in listed {
        for (n, line) in lines.iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            text.push(format!("\n{name:<12}{line}"));
        }
    }
    text.concat()
}

/// The values that are accepted, each with what it stands for.
fn meanings<T>(listed: &BTreeMap<String, T>, told: impl Fn(&T) -> String) -> Vec<String> {
    listed
        .iter()
        .map(|(value, meaning)| format!("{value} = {}", told(meaning)))
        .collect()
}

/// Whom the issuer may name, and for how long.
fn limits(issuer: &IssuerSettings) -> Vec<String> {
    let only = |of: &[String], all: &str| {
        if of.is_empty() {
            all.to_owned()
        } else {
            of.join(", ")
        }
    };
    vec![
        format!(
            "people {}",
            only(&issuer.hsa_id_prefixes, "with any HSA-id")
        ),
        format!("clients {}", only(&issuer.allowed_clients, "of any id")),
        format!("for at most {} seconds", issuer.max_lifetime_seconds),
    ]
}
