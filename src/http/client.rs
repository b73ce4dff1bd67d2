//! Whose request it is, by address: the connection's other end, or whom a trusted proxy names.
//!
//! What headers say is believed of the proxies that are configured, and of nobody else: it is read from its
//! end, which the nearest proxy has written, for as long as a trusted proxy has written it. Only one header
//! counts, the one that the proxies are known to write: a proxy passes on whatever else a client says.
//!
//! Sources: RFC 7239 (`Forwarded`); `X-Forwarded-For` as haproxy and nginx write it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderValue;
use axum::http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The most proxies behind each other.
const MAX_HOPS: usize = 16;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How a trusted proxy says who its client is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum ClientAddress {
    /// By `X-Forwarded-For`, to which it adds its client.
    #[default]
    XForwardedFor,
    /// By `Forwarded` (RFC 7239), to which it adds its client.
    Forwarded,
    /// By the PROXY protocol, at the beginning of each connection.
    ProxyProtocol,
}

/// The proxies whose word about their clients is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    /// Where they are; none by default.
    pub networks: Vec<IpNet>,
    /// How they say it.
    pub client_address: ClientAddress,
}

impl TrustedProxies {
    /// Whether the word of that address is taken.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Whether connections from there begin with a PROXY header.
    pub(super) fn prefaces(&self, address: IpAddr) -> bool {
        self.client_address == ClientAddress::ProxyProtocol && self.trusts(address)
    }

    /// Who sent a request that came from `peer`; `None`: a trusted proxy does not know either.
    pub(super) fn client(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
        type Hops = fn(&[u8]) -> Vec<Option<IpAddr>>;
        let (name, hops): (_, Hops) = match self.client_address {
            ClientAddress::ProxyProtocol => return Some(peer),
            ClientAddress::XForwardedFor => (X_FORWARDED_FOR, listed),
            ClientAddress::Forwarded => (FORWARDED, forwarded),
        };
        if !self.trusts(peer) {
            return Some(peer);
        }
        let lines: Vec<&[u8]> = headers
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        let said = lines
            .iter()
            .rev()
            .flat_map(|line| hops(line).into_iter().rev());
        let mut client = peer;
        for hop in said.take(MAX_HOPS) {
            client = hop?.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        Some(client)
    }
}

/// The addresses that are one to everybody: an IPv6 network of 64 bits is one household or office.
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        four @ IpAddr::V4(_) => four,
    }
}

/// The addresses of `X-Forwarded-For`; `None` stands for one that is none.
fn listed(line: &[u8]) -> Vec<Option<IpAddr>> {
    line.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|part| !part.is_empty())
        .map(address)
        .collect()
}

/// An address as proxies write it, with a port or without.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(bare).or_else(with_port)
}

/// The `for` of each element of a `Forwarded` line; `None` stands for one that is unknown. A line that is
/// not well formed is one element of which nothing is known.
fn forwarded(line: &[u8]) -> Vec<Option<IpAddr>> {
    let mut rest = line;
    let mut hops = Vec::new();
    loop {
        let Some((hop, after)) = element(rest) else {
            return vec![None];
        };
        hops.push(hop);
        match after.split_first() {
            None => return hops,
            Some((_, after)) => rest = after,
        }
    }
}

/// One element, and what follows it: nothing, or a comma and the next.
fn element(text: &[u8]) -> Option<(Option<IpAddr>, &[u8])> {
    let mut rest = text;
    let mut client = None;
    loop {
        let (name, after) = token(rest.trim_ascii_start());
        let (value, after) = value(after.strip_prefix(b"=")?)?;
        if name.is_empty() {
            return None;
        }
        if name.eq_ignore_ascii_case(b"for") && client.replace(address(&value)).is_some() {
            return None;
        }
        rest = after.trim_ascii_start();
        match rest.first() {
            None | Some(b',') => return Some((client.flatten(), rest)),
            Some(b';') => rest = rest.get(1..).unwrap_or_default(),
            Some(_) => return None,
        }
    }
}

/// A token, as in RFC 9110, section 5.6.2, and what follows it.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let end = text.iter().position(|byte| !is_token(byte));
    text.split_at(end.unwrap_or(text.len()))
}

/// A token or a quoted string, and what follows it.
fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let (token, rest) = token(text);
        return (!token.is_empty()).then(|| (token.to_vec(), rest));
    };
    let mut value = Vec::new();
    let mut rest = quoted;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((value, rest)),
            b'\\' => {
                let (escaped, after) = rest.split_first()?;
                value.push(*escaped);
                rest = after;
            }
            byte => value.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(client_address: ClientAddress) -> TrustedProxies {
        let networks = ["10.1.0.0/16", "2001:db8:1::/48"].map(|network| network.parse().unwrap());
        TrustedProxies {
            networks: networks.to_vec(),
            client_address,
        }
    }

    fn client(way: ClientAddress, peer: &str, lines: &[&[u8]]) -> Option<String> {
        let name = match way {
            ClientAddress::Forwarded => "forwarded",
            ClientAddress::XForwardedFor | ClientAddress::ProxyProtocol => "x-forwarded-for",
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_bytes(line).unwrap());
        }
        let client = proxies(way).client(&headers, peer.parse().unwrap());
        client.map(|client| client.to_string())
    }

    #[test]
    fn the_last_address_that_a_trusted_proxy_wrote_is_the_clients() {
        for (peer, lines, expected) in [
            // Nobody's word is taken but a proxy's.
            ("10.2.0.1", &["192.0.2.1"][..], Some("10.2.0.1")),
            ("10.1.0.1", &[], Some("10.1.0.1")),
            ("10.1.0.1", &["192.0.2.1"], Some("192.0.2.1")),
            ("::ffff:10.1.0.1", &["::ffff:192.0.2.1"], Some("192.0.2.1")),
            // What stands before what a proxy wrote was written by anybody.
            ("10.1.0.1", &["203.0.113.7, 192.0.2.1"], Some("192.0.2.1")),
            ("10.1.0.1", &["203.0.113.7", "192.0.2.1"], Some("192.0.2.1")),
            (
                "10.1.0.1",
                &["garbage, 192.0.2.1, 10.1.0.2"],
                Some("192.0.2.1"),
            ),
            (
                "2001:db8:1::1",
                &["192.0.2.1", " 2001:db8:1::2 ,, 10.1.9.9,"],
                Some("192.0.2.1"),
            ),
            // Proxies that only speak of each other.
            ("10.1.0.1", &["10.1.0.3, 10.1.0.2"], Some("10.1.0.3")),
            ("10.1.0.1", &["192.0.2.1:4711"], Some("192.0.2.1")),
            ("10.1.0.1", &["[2001:db8::1]:4711"], Some("2001:db8::1")),
            ("10.1.0.1", &["[2001:db8::1]"], Some("2001:db8::1")),
            // What a proxy does not know, nobody knows.
            ("10.1.0.1", &["192.0.2.1, unknown"], None),
            ("10.1.0.1", &["192.0.2.1, 10.1.0.2, 1.2.3"], None),
        ] {
            let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            let found = client(ClientAddress::XForwardedFor, peer, &lines);
            assert_eq!(found.as_deref(), expected, "{peer} {lines:?}");
        }
        let odd: &[&[u8]] = &[b"\xff\xfe, 192.0.2.1"];
        let found = client(ClientAddress::XForwardedFor, "10.1.0.1", odd);
        assert_eq!(found.as_deref(), Some("192.0.2.1"));
    }

    #[test]
    fn forwarded_is_read_as_its_grammar_has_it() {
        for (lines, expected) in [
            (&["for=192.0.2.1"][..], Some("192.0.2.1")),
            (
                &["For=\"192.0.2.1:4711\";proto=http;by=203.0.113.43"],
                Some("192.0.2.1"),
            ),
            (
                &["proto=https;for=\"[2001:db8:cafe::17]:4711\""],
                Some("2001:db8:cafe::17"),
            ),
            (
                &["for=203.0.113.7, for=192.0.2.1 , for=10.1.0.2"],
                Some("192.0.2.1"),
            ),
            (&["for=203.0.113.7", "for=192.0.2.1"], Some("192.0.2.1")),
            // A comma in a text parts nothing.
            (
                &["for=192.0.2.1;host=\"a, for=203.0.113.7\""],
                Some("192.0.2.1"),
            ),
            (
                &["for=192.0.2.1;host=\"a\\\", for=203.0.113.7\""],
                Some("192.0.2.1"),
            ),
            // What somebody else left open is not closed by what the proxy wrote.
            (&["for=\"203.0.113.7, for=192.0.2.1"], None),
            (&["for=203.0.113.7;x=\", for=\"[2001:db8::1]\""], None),
            (&["for=\"203.0.113.7", "for=192.0.2.1"], Some("192.0.2.1")),
            (&["for=unknown"], None),
            (&["for=_hidden, for=10.1.0.2"], None),
            (&["proto=http"], None),
            (&["for=192.0.2.1;for=203.0.113.7"], None),
            (&["for=192.0.2.1,"], None),
            (&["192.0.2.1"], None),
        ] {
            let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            let found = client(ClientAddress::Forwarded, "10.1.0.1", &lines);
            assert_eq!(found.as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn only_the_header_that_the_proxies_write_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", HeaderValue::from_static("for=203.0.113.7"));
        headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
        headers.insert("x-real-ip", HeaderValue::from_static("203.0.113.8"));
        let peer = "10.1.0.1".parse().unwrap();
        let found = |way| proxies(way).client(&headers, peer).unwrap().to_string();
        assert_eq!(found(ClientAddress::XForwardedFor), "192.0.2.1");
        assert_eq!(found(ClientAddress::Forwarded), "203.0.113.7");
        assert_eq!(found(ClientAddress::ProxyProtocol), "10.1.0.1");
        let nobody = TrustedProxies::default().client(&headers, peer);
        assert_eq!(nobody.unwrap().to_string(), "10.1.0.1");
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_neighbour() {
        let near = |text: &str| neighbourhood(text.parse().unwrap()).to_string();
        assert_eq!(near("2001:db8:7:1:a:b:c:d"), "2001:db8:7:1::");
        assert_eq!(near("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(near("192.0.2.1"), "192.0.2.1");
    }
}
