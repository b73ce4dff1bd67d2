//! What networks are called: `[network_zones]` in the file, or `BEHORIG_NETWORK_ZONES`.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::source::{File, Variables, pairs, pairs_of};
use super::{ConfigError, Settings};
use crate::domain::text::Reference;
use crate::http::NetworkZones;

/// The setting's name in the file.
pub(super) const NAME: &str = "network_zones";
/// The variable, which wins over the whole section.
pub(super) const VARIABLE: &str = "BEHORIG_NETWORK_ZONES";

const EXPECTED: &str = "for each network as 10.20.0.0/16 the name of its zone";
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
        (None, Some(value)) => (NAME, value.as_table().and_then(pairs_of)),
        (None, None) => return,
    };
    let Some(given) = given else {
        let problem = "is not a list of names with values";
        errors.push(ConfigError::new(called, problem, EXPECTED));
        return;
    };
    let mut networks = BTreeMap::new();
    for (network, zone) in given {
        match zone_of(&network, &zone) {
            Ok(network) if networks.insert(network, zone).is_none() => {}
            Ok(network) => {
                let problem = format!("has `{network}` twice");
                errors.push(ConfigError::new(called, problem, "each network once"));
            }
            Err(problem) => errors.push(ConfigError::new(called, problem, EXPECTED)),
        }
    }
    settings.http.network_zones = NetworkZones::of(networks);
}

/// The network, if both it and the name of its zone can be used.
fn zone_of(network: &str, zone: &str) -> Result<IpNet, String> {
    let parsed: IpNet = network
        .parse()
        .map_err(|_| format!("cannot hold `{network}`"))?;
    if parsed != parsed.trunc() {
        return Err(format!(
            "has the host address `{network}`, whose network is `{}`",
            parsed.trunc()
        ));
    }
    let wrong = zone
        .parse::<Reference>()
        .err()
        .map(|wrong| wrong.to_string());
    let long =
        (zone.len() > MAX_NAME_BYTES).then(|| format!("expected at most {MAX_NAME_BYTES} bytes"));
    if let Some(wrong) = wrong.or(long) {
        return Err(format!(
            "gives `{network}` a name that cannot be used: {wrong}"
        ));
    }
    Ok(parsed)
}
