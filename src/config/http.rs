//! The settings of the HTTP server that are one value each.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use super::setting::{Setting, number, setting};
use domain::Named;
use domain::Words;
use http::{ClientAddress, Origin};

/// What a list holds, with commas between.
fn listed<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(read).collect()
}

/// A network, or the one address that it is.
fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    (network == network.trunc() && network.prefix_len() > 0).then_some(network)
}

pub(super) const SETTINGS: &[Setting] = &[
    setting(
        "http.body_bytes",
        Words::part(
            "a number from 1024 to 67108864",
            "ett tal från 1024 till 67108864",
        ),
        |to, text| {
            to.http.body_bytes = number(text, 1_024, 67_108_864)?;
            Some(())
        },
    ),
    setting(
        "http.service_body_bytes",
        Words::part(
            "a number from 1024 to 67108864",
            "ett tal från 1024 till 67108864",
        ),
        |to, text| {
            to.http.service_body_bytes = number(text, 1_024, 67_108_864)?;
            Some(())
        },
    ),
    setting(
        "http.timeout_milliseconds",
        Words::part(
            "a number from 100 to 300000",
            "ett tal från 100 till 300000",
        ),
        |to, text| {
            to.http.timeout = Duration::from_millis(number(text, 100, 300_000)?);
            Some(())
        },
    ),
    setting(
        "http.notice_milliseconds",
        Words::part("a number from 0 to 600000", "ett tal från 0 till 600000"),
        |to, text| {
            to.http.notice = Duration::from_millis(number(text, 0, 600_000)?);
            Some(())
        },
    ),
    setting(
        "http.drain_seconds",
        Words::part("a number from 0 to 600", "ett tal från 0 till 600"),
        |to, text| {
            to.http.drain = Duration::from_secs(number(text, 0, 600)?);
            Some(())
        },
    ),
    setting(
        "http.head_milliseconds",
        Words::part(
            "a number from 100 to 300000",
            "ett tal från 100 till 300000",
        ),
        |to, text| {
            to.http.head = Duration::from_millis(number(text, 100, 300_000)?);
            Some(())
        },
    ),
    setting(
        "http.idle_milliseconds",
        Words::part(
            "a number from 100 to 3600000",
            "ett tal från 100 till 3600000",
        ),
        |to, text| {
            to.http.idle = Duration::from_millis(number(text, 100, 3_600_000)?);
            Some(())
        },
    ),
    setting(
        "http.stalled_milliseconds",
        Words::part(
            "a number from 100 to 3600000",
            "ett tal från 100 till 3600000",
        ),
        |to, text| {
            to.http.stalled = Duration::from_millis(number(text, 100, 3_600_000)?);
            Some(())
        },
    ),
    setting(
        "http.connections",
        Words::part(
            "a number from 16 to 1000000",
            "ett tal från 16 till 1000000",
        ),
        |to, text| {
            to.http.connections = number(text, 16, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.connections_per_address",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.connections_per_address = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.trusted_proxies",
        Words::part(
            "networks as 10.20.0.0/16, each by its own address, and never everybody",
            "nät som 10.20.0.0/16, vart och ett med sin egen adress, och aldrig alla",
        ),
        |to, text| {
            to.http.proxies.networks = listed(text, network)?;
            Some(())
        },
    ),
    setting(
        "http.client_address",
        Words::part(
            "x-forwarded-for, forwarded or proxy-protocol: what the trusted proxies write",
            "x-forwarded-for, forwarded eller proxy-protocol: det som de betrodda proxyerna skriver",
        ),
        |to, text| {
            to.http.proxies.client_address = ClientAddress::named(text)?;
            Some(())
        },
    ),
    setting(
        "http.cors_origins",
        Words::part(
            "origins as https://app.example, as browsers write them; never *",
            "ursprung som https://app.example, så som webbläsare skriver dem; aldrig *",
        ),
        |to, text| {
            to.http.cors_origins = listed(text, Origin::parse)?;
            Some(())
        },
    ),
    setting(
        "http.person_requests_per_second",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.person_requests_per_second = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.service_requests_per_second",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.service_requests_per_second = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.failed_sign_ins_per_second",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.failed_sign_ins_per_second = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.person_events_per_second",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.person_events_per_second = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.service_events_per_second",
        Words::part("a number from 1 to 1000000", "ett tal från 1 till 1000000"),
        |to, text| {
            to.http.service_events_per_second = number(text, 1, 1_000_000)?;
            Some(())
        },
    ),
    setting(
        "http.readings",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.http.readings = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "http.readings_per_caller",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.http.readings_per_caller = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "http.reports",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.http.reports = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "http.reports_per_caller",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.http.reports_per_caller = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "http.reading_threads",
        Words::part("a number from 1 to 1000", "ett tal från 1 till 1000"),
        |to, text| {
            to.http.reading_threads = number(text, 1, 1_000)?;
            Some(())
        },
    ),
    setting(
        "http.streams_per_caller",
        Words::part("a number from 1 to 10000", "ett tal från 1 till 10000"),
        |to, text| {
            to.http.streams_per_caller = number(text, 1, 10_000)?;
            Some(())
        },
    ),
    setting(
        "http.streams",
        Words::part("a number from 1 to 10000", "ett tal från 1 till 10000"),
        |to, text| {
            to.http.streams = number(text, 1, 10_000)?;
            Some(())
        },
    ),
];
