//! Behind a proxy: whose request it is, what is believed of whom, and who pays for a flood.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, Client, Front, Issuer, block_on, configuration};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::support::{App, STRONG, root};

const WARD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 21));
const KIOSK: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 22));

/// The proxy is where everything that has no address of its own is.
fn settings(client_address: &str) -> String {
    format!(
        "http.trusted_proxies = [\"127.0.0.1\"]\nhttp.client_address = \"{client_address}\"\n\
         http.failed_sign_ins_per_second = 2\n\
         network_zones = {{ \"127.0.0.0/8\" = \"elsewhere\", \"127.0.0.1/32\" = \"proxy\", \
         \"127.0.0.21/32\" = \"ward\", \"127.0.0.22/32\" = \"kiosk\" }}\n"
    )
}

fn manual() -> String {
    std::fs::read_to_string(root().join("src/OPERATING.md")).expect("the manual")
}

/// haproxy as the manual has it, before one instance.
fn haproxy(app: &App, how: &str) -> Front {
    let server = app.serving().address().to_string();
    let words = [
        (":443 ssl crt /etc/haproxy/behorig.pem", "LISTEN"),
        ("10.20.1.11:8080 check", &format!("{server} {how}")),
        ("    server two 10.20.1.12:8080 check\n", ""),
    ];
    Front::haproxy(&configuration(&manual(), "haproxy", &words))
}

fn nginx(app: &App) -> Front {
    let server = app.serving().address().to_string();
    let words = [
        ("443 ssl", "LISTEN"),
        ("    ssl_certificate /etc/nginx/behorig.pem;\n", ""),
        ("    ssl_certificate_key /etc/nginx/behorig.key;\n", ""),
        ("10.20.1.11:8080", &server),
        ("    server 10.20.1.12:8080 max_fails=0;\n", ""),
    ];
    Front::nginx(&configuration(&manual(), "nginx", &words))
}

/// Says wherever it can that it is somebody else.
const FORGED: [(&str, &str); 5] = [
    ("content-type", "application/json"),
    ("x-forwarded-for", "127.0.0.22, 127.0.0.1"),
    ("forwarded", "for=127.0.0.22, for=127.0.0.1"),
    ("x-real-ip", "127.0.0.22"),
    ("via", "1.1 127.0.0.22"),
];

/// The zone that stands in the event of a request from that address to that one.
async fn zone(app: &App, from: IpAddr, to: SocketAddr) -> Value {
    let person = app.region().without_grants();
    let token = Issuer::TRUSTED.token(&Issuer::person(&person, STRONG, Duration::from_secs(5)));
    let body = json!({ "query": "{ viewer { person { id } } }" }).to_string();
    let client = Client::from(from, to).bearing(token);
    let answer = client.send(Method::POST, "/graphql", &FORGED, body).await;
    assert!(answer.at("/viewer/person/id").is_string());
    let document = "{ decisions(first: 50) { nodes { permission networkZone } } }";
    let auditor = app.auditor();
    let answer = auditor.raw().at(to).graphql(document, json!({})).await;
    let nodes = answer.at("/decisions/nodes").as_array().expect("rows");
    let found = nodes
        .iter()
        .find(|node| node["permission"] == "person:read");
    found.expect("the event")["networkZone"].clone()
}

/// A flood from one address, which gives another none of its refusals.
async fn flooded(from: IpAddr, other: IpAddr, to: SocketAddr) {
    let ask = async |who: IpAddr, headers: &[(&str, &str)]| {
        let client = Client::from(who, to).bearing("garbage");
        client
            .send(Method::POST, "/graphql", headers, "")
            .await
            .status()
    };
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(ask(from, &FORGED).await);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask(other, &[]).await, 401);
}

#[test]
fn behind_haproxy_as_the_manual_has_it_the_client_is_the_client() {
    block_on(async {
        let app = App::with(Backend::Sqlite, &settings("x-forwarded-for"));
        let front = haproxy(&app, "check");
        front.wait_for("one");
        assert_eq!(zone(&app, WARD, front.address()).await, "ward");
        // Whoever comes past the proxy is believed nothing.
        assert_eq!(zone(&app, WARD, app.serving().address()).await, "ward");
        flooded(WARD, KIOSK, front.address()).await;
    });
}

#[test]
fn behind_nginx_as_the_manual_has_it_the_client_is_the_client() {
    block_on(async {
        let app = App::with(Backend::Sqlite, &settings("x-forwarded-for"));
        let front = nginx(&app);
        assert_eq!(zone(&app, WARD, front.address()).await, "ward");
        flooded(WARD, KIOSK, front.address()).await;
    });
}

#[test]
fn a_proxy_may_say_it_by_forwarded_and_then_nothing_else_counts() {
    block_on(async {
        let app = App::with(Backend::Sqlite, &settings("forwarded"));
        let server = app.serving().address().to_string();
        let words = [
            (":443 ssl crt /etc/haproxy/behorig.pem", "LISTEN"),
            (
                "option forwardfor",
                "http-request add-header Forwarded for=%[src]",
            ),
            ("10.20.1.11:8080", &server),
            ("    server two 10.20.1.12:8080 check\n", ""),
        ];
        let front = Front::haproxy(&configuration(&manual(), "haproxy", &words));
        front.wait_for("one");
        assert_eq!(zone(&app, WARD, front.address()).await, "ward");
        flooded(WARD, KIOSK, front.address()).await;
    });
}

#[test]
fn a_proxy_may_say_it_by_the_proxy_protocol_in_both_versions() {
    block_on(async {
        let app = App::with(Backend::Sqlite, &settings("proxy-protocol"));
        for how in ["send-proxy-v2", "send-proxy"] {
            let front = haproxy(&app, how);
            assert_eq!(zone(&app, WARD, front.address()).await, "ward", "{how}");
            flooded(WARD, KIOSK, front.address()).await;
        }
        // From anybody else it is no request at all, and from a proxy nothing else is one.
        let header = "PROXY TCP4 127.0.0.22 127.0.0.1 4711 80\r\n";
        let alive = "GET /healthz HTTP/1.1\r\nhost: behorig\r\nconnection: close\r\n\r\n";
        for (from, said, expected) in [
            (WARD, format!("{header}{alive}"), "HTTP/1.1 400"),
            (WARD, alive.to_owned(), "HTTP/1.1 200"),
            (
                [127, 0, 0, 1].into(),
                format!("{header}{alive}"),
                "HTTP/1.1 200",
            ),
            ([127, 0, 0, 1].into(), alive.to_owned(), ""),
        ] {
            let answered = told(from, app.serving().address(), &said).await;
            let first = answered.get(..expected.len().max(12)).unwrap_or(&answered);
            assert_eq!(first, expected, "{from}: {said}");
        }
    });
}

/// What is answered to these bytes from that address.
async fn told(from: IpAddr, to: SocketAddr, said: &str) -> String {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind(SocketAddr::from((from, 0)))
        .expect("an own address");
    let mut stream = socket.connect(to).await.expect("a connection");
    stream.write_all(said.as_bytes()).await.expect("taken");
    let mut answered = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut answered).await;
    String::from_utf8_lossy(&answered).into_owned()
}
