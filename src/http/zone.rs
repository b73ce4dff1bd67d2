//! Network zones: what an operator calls the networks that requests come from.
//!
//! The address is that of the connection's other end, never what a header says: behind a proxy it is the
//! proxy's.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks with the names of their zones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkZones {
    /// The narrowest first.
    networks: Vec<(IpNet, String)>,
}

impl NetworkZones {
    /// The zones of these networks. Where networks overlap, the narrower one names the zone.
    #[must_use]
    pub fn of(networks: impl IntoIterator<Item = (IpNet, String)>) -> Self {
        let mut networks: Vec<_> = networks.into_iter().collect();
        networks.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix_len()));
        Self { networks }
    }

    /// The zone of an address; `None`: it lies in no network that has a name.
    #[must_use]
    pub fn zone(&self, address: IpAddr) -> Option<&str> {
        // A socket for both protocols shows IPv4 addresses as IPv6 ones.
        let address = address.to_canonical();
        let mut networks = self.networks.iter();
        let found = networks.find(|(network, _)| network.contains(&address));
        found.map(|(_, zone)| zone.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones() -> NetworkZones {
        let named = |(network, zone): (&str, &str)| (network.parse().unwrap(), zone.to_owned());
        NetworkZones::of(
            [
                ("10.0.0.0/8", "region"),
                ("10.20.0.0/16", "care"),
                ("10.20.7.9/32", "kiosk"),
                ("2001:db8::/32", "region"),
                ("2001:db8:7::/48", "vendors"),
            ]
            .map(named),
        )
    }

    #[test]
    fn the_narrowest_network_that_holds_an_address_names_its_zone() {
        for (address, zone) in [
            ("10.1.2.3", Some("region")),
            ("10.20.7.8", Some("care")),
            ("10.20.7.9", Some("kiosk")),
            ("::ffff:10.20.7.9", Some("kiosk")),
            ("2001:db8:7::1", Some("vendors")),
            ("2001:db8:8::1", Some("region")),
            ("11.0.0.1", None),
            ("::1", None),
        ] {
            assert_eq!(zones().zone(address.parse().unwrap()), zone, "{address}");
        }
        assert_eq!(NetworkZones::default().zone([10, 0, 0, 1].into()), None);
    }
}
