//! What networks are called: `[network_zones]` in the file, or `BEHORIG_NETWORK_ZONES`.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::secret::repeated;
use super::source::{File, NETWORK_ZONES, Variables, pairs, pairs_of};
use super::{ConfigError, Settings};
use domain::Words;
use domain::speaks::{verbatim, words};
use domain::text::{Reference, TextError, Unit};
use http::NetworkZones;

/// The variable, which wins over the whole section.
pub(super) const VARIABLE: &str = "BEHORIG_NETWORK_ZONES";

const EXPECTED: Words = Words::part(
    "for each network as 10.20.0.0/16 the name of its zone",
    "för varje nät som 10.20.0.0/16 namnet på dess zon",
);
/// The longest name of a zone, in bytes.
const MAX_NAME_BYTES: usize = 64;

pub(super) fn apply(
    settings: &mut Settings,
    file: &File,
    variables: &mut Variables,
    errors: &mut Vec<ConfigError>,
) {
    let (called, given) = match (variables.take(VARIABLE), &file.network_zones) {
        (Some(text), _) => (VARIABLE, pairs(&text)),
        (None, Some(value)) => (NETWORK_ZONES, value.as_table().and_then(pairs_of)),
        (None, None) => return,
    };
    let Some(given) = given else {
        let problem = Words::part(
            "is not a list of names with values",
            "är ingen lista med namn och värden",
        );
        errors.push(ConfigError::new(called, problem, EXPECTED));
        return;
    };
    let mut networks = BTreeMap::new();
    for (network, zone) in given {
        match zone_of(&network, &zone) {
            Ok(network) if networks.insert(network, zone).is_none() => {}
            Ok(network) => {
                let problem = words!(
                    "has `{network}` twice",
                    "har `{network}` två gånger",
                    network = verbatim(network)
                );
                errors.push(ConfigError::new(
                    called,
                    problem,
                    Words::part("each network once", "varje nät en gång"),
                ));
            }
            Err(problem) => errors.push(ConfigError::new(called, problem, EXPECTED)),
        }
    }
    settings.http.network_zones = NetworkZones::of(networks);
}

/// The network, if both it and the name of its zone can be used.
fn zone_of(given: &str, zone: &str) -> Result<IpNet, Words> {
    let network = repeated(given);
    let parsed: IpNet = given.parse().map_err(|_| {
        words!(
            "cannot hold `{network}`",
            "kan inte innehålla `{network}`",
            network
        )
    })?;
    if parsed != parsed.trunc() {
        return Err(words!(
            "has the host address `{network}`, whose network is `{whole}`",
            "har värdadressen `{network}`, vars nät är `{whole}`",
            network,
            whole = verbatim(parsed.trunc())
        ));
    }
    let long = TextError::TooLong {
        most: MAX_NAME_BYTES,
        unit: Unit::Bytes,
    };
    let wrong = zone.parse::<Reference>().err();
    if let Some(wrong) = wrong.or((zone.len() > MAX_NAME_BYTES).then_some(long)) {
        return Err(words!(
            "gives `{network}` a name that cannot be used: {wrong}",
            "ger `{network}` ett namn som inte går att använda. {wrong} Skriv",
            network,
            wrong
        ));
    }
    Ok(parsed)
}
