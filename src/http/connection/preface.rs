//! What a proxy says of a connection before its first request: the PROXY protocol, version 1 or 2.
//!
//! Source: <https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt>. It is read from trusted proxies
//! only, and then it must be there. Exactly its bytes are read, and nothing of what follows.

use std::io::{Error, ErrorKind, Result};
use std::net::IpAddr;

use proxy_header::{ParseConfig, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What tells the versions apart, and belongs to both.
const BEGINNING: usize = 6;
const TEXT: &[u8] = b"PROXY ";
/// The longest line of version 1.
const TEXT_BYTES: usize = 107;
/// How long the part of version 2 is that says how long the rest is.
const FIXED_BYTES: usize = 16;
/// The longest rest that is read: two addresses and what proxies add about TLS.
const REST_BYTES: usize = 4 * 1024;

/// The client's address; `None`: the proxy speaks for itself.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<IpAddr>> {
    let mut read = vec![0; BEGINNING];
    stream.read_exact(&mut read).await?;
    if read == TEXT {
        while read.last() != Some(&b'\n') {
            if read.len() == TEXT_BYTES {
                return Err(malformed());
            }
            read.push(stream.read_u8().await?);
        }
    } else {
        read.resize(FIXED_BYTES, 0);
        let (_, rest) = read.split_at_mut(BEGINNING);
        stream.read_exact(rest).await?;
        let rest = match read.last_chunk::<2>() {
            Some(length) => usize::from(u16::from_be_bytes(*length)),
            None => return Err(malformed()),
        };
        if !read.starts_with(b"\r\n\r\n\0\r\nQUIT\n") || rest > REST_BYTES {
            return Err(malformed());
        }
        read.resize(FIXED_BYTES + rest, 0);
        let (_, rest) = read.split_at_mut(FIXED_BYTES);
        stream.read_exact(rest).await?;
    }
    let (header, length) =
        ProxyHeader::parse(&read, ParseConfig::default()).map_err(|_| malformed())?;
    if length != read.len() {
        return Err(malformed());
    }
    Ok(header.proxied_address().map(|told| told.source.ip()))
}

fn malformed() -> Error {
    Error::new(ErrorKind::InvalidData, "no PROXY protocol header")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(bytes: &[u8]) -> (Option<Option<String>>, Vec<u8>) {
        let mut rest = bytes;
        let told = read(&mut rest).await;
        let told = told
            .ok()
            .map(|address| address.map(|address| address.to_string()));
        (told, rest.to_vec())
    }

    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        bytes.extend([0x20 | command, family]);
        bytes.extend(u16::try_from(rest.len()).unwrap().to_be_bytes());
        bytes.extend(rest);
        bytes.extend(b"GET");
        bytes
    }

    #[tokio::test]
    async fn both_versions_are_read_to_their_end_and_no_further() {
        let four = [10, 20, 7, 9, 127, 0, 0, 1, 1, 2, 0, 80];
        let mut six = [0; 36];
        six[0] = 0x20;
        six[1] = 1;
        let mut with_more = four.to_vec();
        with_more.extend([4, 0, 2, 0, 0]);
        for (bytes, client) in [
            (
                b"PROXY TCP4 10.20.7.9 127.0.0.1 4711 80\r\nGET".to_vec(),
                Some("10.20.7.9"),
            ),
            (
                b"PROXY TCP6 2001:db8::1 ::1 4711 80\r\nGET".to_vec(),
                Some("2001:db8::1"),
            ),
            (b"PROXY UNKNOWN\r\nGET".to_vec(), None),
            (binary(1, 0x11, &four), Some("10.20.7.9")),
            (binary(1, 0x11, &with_more), Some("10.20.7.9")),
            (binary(1, 0x21, &six), Some("2001::")),
            (binary(0, 0, &[]), None),
            (binary(0, 0x11, &four), None),
        ] {
            let expected = (Some(client.map(str::to_owned)), b"GET".to_vec());
            assert_eq!(told(&bytes).await, expected, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn nothing_else_is_taken_for_one() {
        let long = format!("PROXY TCP4 {}\r\n", " ".repeat(200));
        for bytes in [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            b"PROXY TCP4 10.20.7.9\r\n".to_vec(),
            b"PROXY TCP4 hunter2 127.0.0.1 1 2\r\n".to_vec(),
            long.into_bytes(),
            binary(1, 0x11, &[10, 20]),
            binary(7, 0x11, &[0; 12]),
            binary(1, 0x11, &vec![0; REST_BYTES + 1]),
            b"\r\n\r\n\0\r\nQU".to_vec(),
        ] {
            assert_eq!(told(&bytes).await.0, None, "{bytes:?}");
        }
    }
}
