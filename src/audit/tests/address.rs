//! Where a database is: nothing of it is told that may be secret, and nothing of it is left to the driver.

use crate::connection::{Address, AddressError};

fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_password_is_never_shown_whatever_is_wrong() {
    let wrong = [
        "postgres://anna:zqx@lig@db.example:5432/behorig?sslmode=require",
        "postgresql://db.example/behorig?user=anna&password=zqxlig",
        "postgres://anna:zqx#lig@db.example/x",
        "postgres://anna:12#zqxlig@db.example/x",
        "postgres://anna:12/zqxlig@db.example/x",
        "postgres://anna:12?zqxlig@db.example/x",
        "postgres://anna:zqx lig@db.example/x",
        "postgres://anna:zqx/lig@db.example/x",
        "postgres://anna:zqxlig@/x",
        "postgres://anna:zqxlig@a.example,b.example/x",
        "postgres://anna:zqxlig@db.example/x?pasword=zqxlig",
        "postgres://anna:zqxlig@db.example/x?password=zqxlig",
        "postgres://anna:zqxlig@db.example:zqxlig/x",
        "anna:zqxlig@db.example/x",
        "mysql://anna:zqxlig@db.example/x",
        "postgres:anna:zqxlig@db.example/x",
    ];
    for text in wrong {
        let shown = match text.parse::<Address>() {
            Ok(address) => format!("{address} {address:?} {:?}", address.protected()),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(
            !shown.contains("zqx") && !shown.contains("lig@"),
            "{text}: {shown}"
        );
    }
}

#[test]
fn off_this_host_a_connection_is_verified_unless_something_else_is_said() {
    for here in [
        "postgres://behorig@localhost/x",
        "postgres://behorig@127.0.0.1:6000/x?sslmode=disable",
        "postgres://behorig@127.9.9.9/x",
        "postgres://behorig@[::1]/x",
        "postgres://behorig@%31%32%37.0.0.1/x",
        "postgres://behorig@%2Frun%2Fpostgresql/x",
        "postgres:///x?host=/run/postgresql&user=behorig",
        "postgres:///x?hostaddr=127.0.0.1",
        "sqlite:behorig.db",
    ] {
        assert_eq!(address(here).protected(), Ok(()), "{here}");
    }
    for away in [
        "postgres://behorig@db.example/x",
        "postgres://behorig@db.example/x?sslrootcert=/etc/ca.pem",
        "postgres:///x?host=db.example",
        "postgres:///x?hostaddr=192.0.2.1",
        "postgres://behorig@[2001:db8::1]/x",
        "postgres://behorig@localhost.example/x",
        "postgres://behorig@127.0.0.1.example/x",
    ] {
        assert_eq!(address(away).protected(), Ok(()), "{away}");
        assert!(
            address(away).for_driver().contains("sslmode=verify-full"),
            "{away}"
        );
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let and = if away.contains('?') { '&' } else { '?' };
            let weak = address(&format!("{away}{and}sslmode={mode}"));
            let said = weak.protected().unwrap_err().to_string();
            assert!(said.contains("database.trust_the_network"), "{said}");
        }
    }
}

#[test]
fn what_leads_to_two_places_leads_nowhere() {
    for (text, error) in [
        (
            "postgres://localhost/x?host=db.example",
            AddressError::Twice,
        ),
        (
            "postgres://localhost/x?hostaddr=192.0.2.1",
            AddressError::Twice,
        ),
        (
            "postgres:///x?host=/run&host=db.example",
            AddressError::Twice,
        ),
        (
            "postgres:///x?host=a&hostaddr=192.0.2.1",
            AddressError::Twice,
        ),
        ("postgres://localhost:1/x?port=2", AddressError::Twice),
        ("postgres://localhost/x?dbname=y", AddressError::Twice),
        (
            "postgres://localhost/x?sslmode=require&sslmode=disable",
            AddressError::Twice,
        ),
        ("postgres://a,b/x", AddressError::Several),
        ("postgres:///x?host=a,b", AddressError::Several),
        ("postgres:///x?host=a&port=1,2", AddressError::Several),
        ("postgres:///x", AddressError::NoHost),
        ("postgres://", AddressError::NoHost),
        (
            "postgres://localhost/x?passfile=y",
            AddressError::ForOthers("passfile"),
        ),
        (
            "postgres://localhost/x?connect_timeout=5",
            AddressError::ForOthers("connect_timeout"),
        ),
        ("postgres://localhost/x?pasfile=y", AddressError::Parameter),
        ("postgres://an@na:x@localhost/x", AddressError::Malformed),
        ("postgresql://localhost/x", AddressError::Scheme),
        (
            "postgres://localhost/x?sslmode=full",
            AddressError::Protection,
        ),
        ("postgres:///x?hostaddr=db.example", AddressError::Parameter),
        ("sqlite::memory:", AddressError::File),
        ("sqlite:", AddressError::File),
        ("sqlite:x?mode=rwc", AddressError::File),
        ("mysql://x/y", AddressError::Scheme),
        ("b.db", AddressError::Scheme),
        ("", AddressError::Scheme),
    ] {
        assert_eq!(text.parse::<Address>(), Err(error), "{text}");
    }
}

#[test]
fn what_is_written_for_the_driver_is_what_was_read() {
    let read =
        address("postgres://an%40na:h%23%2Fem%25@[2001:db8::1]:6000/be%2Fhorig?sslrootcert=/c%26a");
    let told: sea_orm::sqlx::postgres::PgConnectOptions = read.for_driver().parse().unwrap();
    assert_eq!(told.get_host(), "2001:db8::1");
    assert_eq!(told.get_port(), 6_000);
    assert_eq!(told.get_username(), "an@na");
    assert_eq!(told.get_database(), Some("be/horig"));
    assert!(read.for_driver().contains("password=h%23%2Fem%25"));
    assert_eq!(read.to_string(), "postgres://[2001:db8::1]:6000/be/horig");
    let socket = address("postgres:///x?host=/run/postgresql");
    let told: sea_orm::sqlx::postgres::PgConnectOptions = socket.for_driver().parse().unwrap();
    assert_eq!(told.get_socket().unwrap().to_str(), Some("/run/postgresql"));
}

#[test]
fn a_password_can_come_from_elsewhere_but_not_twice() {
    let plain = address("postgres://anna@localhost/x");
    let with = plain.clone().with_password("h#e/m@").unwrap();
    assert!(
        with.for_driver().contains("password=h%23e%2Fm%40"),
        "{with}"
    );
    assert_eq!(with.clone().with_password("x"), Err(AddressError::Twice));
    assert_eq!(
        address("sqlite:x").with_password("x"),
        Err(AddressError::NoPassword)
    );
    assert_eq!(plain.to_string(), with.to_string());
}
