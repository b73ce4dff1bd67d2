//! What the demo prints: tokens, and commands to paste.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::{Cast, Clinician};

/// Tokens as shell variables, and the commands that use them.
#[must_use]
pub fn told(address: SocketAddr, cast: &Cast, tokens: &[(&'static str, String)]) -> String {
    let mut text = format!(
        "Behörig is listening on http://{address}/graphql with an invented region of 300 people.\n\
         Paste this into another terminal; the tokens hold for eight hours.\n\n"
    );
    for (name, token) in tokens {
        let _written = writeln!(text, "{name}='{token}'");
    }
    let url = format!("http://{address}/graphql");
    let questions = [
        (
            "allowed: an administrator, on a server of an own segment",
            &cast.own_server,
            3,
        ),
        (
            "refused: the same, on a server of another segment",
            &cast.other_server,
            3,
        ),
        (
            "refused: the same as the first, signed in too weakly",
            &cast.own_server,
            2,
        ),
    ];
    for (says, server, level) in questions {
        let _written = write!(
            text,
            "\n# {says}\n{}\n",
            asking(&url, &cast.administrator, server, level)
        );
    }
    for command in records(&url, &cast.clinician) {
        let _written = write!(text, "\n{command}\n");
    }
    let _written = write!(
        text,
        "\n# the log of the first three, as the auditor reads it\n{}\n\n\
         # and the proof that they are in it, as soon as the notary has signed for them\n{}\n\n\
         Others to be: $MANAGER leads a unit, $IT_LEAD a system's maintenance, $VENDOR works for a\n\
         supplier, $OFFICER may ask for anybody (`explain`), $HR_FEED is a machine. Ctrl-C stops the demo.",
        reading(
            &url,
            "recordedAt outcome principal permission target reasons { policyId }"
        ),
        reading(&url, "seq outcome proof { index size checkpoint hashes }")
    );
    text
}

/// The same of a record: in the own unit, in another one after an active choice, and blocked.
fn records(url: &str, clinician: &Clinician) -> [String; 3] {
    let Clinician {
        person,
        unit,
        other_unit,
    } = clinician;
    let ask = |unit: &str, more: &str, rest: &str| record(url, person, unit, more, rest);
    let first = ask(other_unit, "", "");
    let again = ask(
        other_unit,
        ", activeChoice: \\\"Remiss till mottagningen\\\"",
        ", confirms: \\\"'\"$CHOICE\"'\\\"",
    );
    [
        format!(
            "# a record, as the record gateway asks: a physician, in the own unit\n{}",
            ask(unit, "", "")
        ),
        format!(
            "# in another unit: the first answer asks for an active choice, the second is after it\n\
             ANSWER=$({first}); echo \"$ANSWER\"\n\
             CHOICE=$(echo \"$ANSWER\" | sed 's/.*\"id\": *\"\\(evt_[0-9a-z]*\\)\".*/\\1/')\n{again}"
        ),
        format!(
            "# and one that the patient has blocked\n{}",
            ask(unit, ", blocked: true", "")
        ),
    ]
}

fn record(url: &str, person: &str, unit: &str, more: &str, rest: &str) -> String {
    format!(
        "curl -s {url} -H \"Authorization: Bearer $RECORD_GATEWAY\" -H 'Content-Type: application/json' \
         -d '{{\"query\":\"mutation {{ authorize(input: {{ principal: {{ hsaId: \\\"{person}\\\" }}, \
         permission: \\\"record:read\\\", target: {{ record: {{ system: \\\"sys-000\\\", \
         organisation: \\\"{unit}\\\", kind: \\\"note\\\", id: \\\"note-1\\\"{more} }} }}, \
         assurance: {{ asserted: {{ acr: \\\"http://id.sambi.se/loa/loa3\\\", \
         amr: [\\\"mfa\\\"], authenticatedAt: \\\"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'\\\" }} }}{rest} }}) \
         {{ decision {{ id outcome obligations reasons {{ policyId text }} }} errors {{ message }} }} }}\"}}'"
    )
}

fn asking(url: &str, person: &str, server: &str, level: u8) -> String {
    format!(
        "curl -s {url} -H \"Authorization: Bearer $SERVER_LOGIN\" -H 'Content-Type: application/json' \
         -d '{{\"query\":\"mutation {{ authorize(input: {{ principal: {{ hsaId: \\\"{person}\\\" }}, \
         permission: \\\"server:administer\\\", target: {{ server: \\\"{server}\\\" }}, \
         assurance: {{ asserted: {{ acr: \\\"http://id.sambi.se/loa/loa{level}\\\", \
         amr: [\\\"mfa\\\"], authenticatedAt: \\\"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'\\\" }} }} }}) \
         {{ decision {{ id outcome reasons {{ policyId source text }} \
         stepUp {{ acrValues maxAgeSeconds }} }} errors {{ message }} }} }}\"}}'"
    )
}

fn reading(url: &str, fields: &str) -> String {
    format!(
        "curl -s {url} -H \"Authorization: Bearer $AUDITOR\" -H 'Content-Type: application/json' \
         -d '{{\"query\":\"{{ decisions(first: 3, filter: {{ permission: \\\"server:administer\\\" }}) \
         {{ nodes {{ {fields} }} }} }}\"}}'"
    )
}
