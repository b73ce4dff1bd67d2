//! What the demo prints: tokens, and commands to paste.

use std::net::SocketAddr;

use super::{Cast, Clinician};
use domain::Words;
use domain::speaks::{joined, verbatim, words};

/// Tokens as shell variables, and the commands that use them.
#[must_use]
pub fn told(address: SocketAddr, cast: &Cast, tokens: &[(&'static str, String)]) -> Words {
    let mut parts = vec![words!(
        "Behörig is listening on http://{address}/graphql with an invented region of 300 people.\n\
         Paste this into another terminal; the tokens hold for eight hours.\n",
        "Behörig lyssnar på http://{address}/graphql med en påhittad region om 300 personer.\n\
         Klistra in detta i en annan terminal. Inloggningarna gäller i åtta timmar.\n",
        address
    )];
    parts.extend(
        tokens
            .iter()
            .map(|(name, token)| verbatim(format!("{name}='{token}'"))),
    );
    let url = format!("http://{address}/graphql");
    parts.extend(questions(&url, cast));
    parts.extend(records(&url, &cast.clinician));
    parts.push(command(
        &Words::part(
            "the log of the first three, as the auditor reads it",
            "loggen över de tre första, som granskaren läser den",
        ),
        &reading(
            &url,
            "recordedAt outcome principal permission target reasons { policyId }",
        ),
    ));
    parts.push(command(
        &Words::part(
            "and the proof that they are in it, as soon as the notary has signed for them",
            "och beviset för att de finns i den, så snart notarien har signerat för dem",
        ),
        &reading(&url, "seq outcome proof { index size checkpoint hashes }"),
    ));
    parts.push(Words::part(
        "\nOthers to be: $MANAGER leads a unit, $IT_LEAD a system's maintenance, $VENDOR works for a\n\
         supplier, $OFFICER may ask for anybody (`explain`), $HR_FEED is a machine. Ctrl-C stops the demo.",
        "\nAndra att vara: `$MANAGER` leder en enhet, `$IT_LEAD` ett systems förvaltning, `$VENDOR` arbetar hos en\n\
         leverantör, `$OFFICER` får fråga om vem som helst (`explain`), `$HR_FEED` är en maskin. Ctrl-C avslutar demon.",
    ));
    joined(parts, "\n")
}

/// A command, and what it shows.
fn command(says: &Words, command: &Words) -> Words {
    words!(
        "\n# {says}\n{command}",
        "\n# {says}\n{command}",
        says,
        command
    )
}

/// A document to send with one of the tokens; it is answered in the language that the rest is read in.
fn sending(url: &str, token: &'static str, document: String) -> Words {
    words!(
        "curl -s {url} -H \"Authorization: Bearer ${token}\" -H 'Accept-Language: en' \
         -H 'Content-Type: application/json' -d '{{\"query\":\"{document}\"}}'",
        "curl -s {url} -H \"Authorization: Bearer ${token}\" -H 'Accept-Language: sv' \
         -H 'Content-Type: application/json' -d '{{\"query\":\"{document}\"}}'",
        url = verbatim(url),
        token = verbatim(token),
        document = verbatim(document)
    )
}

fn questions(url: &str, cast: &Cast) -> [Words; 3] {
    let asked = |server: &str, level| asking(url, &cast.administrator, server, level);
    [
        command(
            &Words::part(
                "allowed: an administrator, on a server of an own segment",
                "tillåtet: en administratör, på en server i ett eget segment",
            ),
            &asked(&cast.own_server, 3),
        ),
        command(
            &Words::part(
                "refused: the same, on a server of another segment",
                "nekat: samma person, på en server i ett annat segment",
            ),
            &asked(&cast.other_server, 3),
        ),
        command(
            &Words::part(
                "refused: the same as the first, signed in too weakly",
                "nekat: samma som den första, men för svagt inloggad",
            ),
            &asked(&cast.own_server, 2),
        ),
    ]
}

/// Takes the id of the first decision out of its answer.
const CHOICE: &str = r#"CHOICE=$(echo "$ANSWER" | sed 's/.*"id": *"\(evt_[0-9a-z]*\)".*/\1/')"#;

/// The same of a record: in the own unit, in another one after an active choice, and blocked.
fn records(url: &str, clinician: &Clinician) -> [Words; 3] {
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
        command(
            &Words::part(
                "a record, as the record gateway asks: a physician, in the own unit",
                "en journal, så som journalsystemet frågar: en läkare, på den egna enheten",
            ),
            &ask(unit, "", ""),
        ),
        command(
            &Words::part(
                "in another unit: the first answer asks for an active choice, the second is after it",
                "på en annan enhet: det första svaret ber om ett aktivt val, det andra kommer efter det",
            ),
            &words!(
                "ANSWER=$({first}); echo \"$ANSWER\"\n{choice}\n{again}",
                "ANSWER=$({first}); echo \"$ANSWER\"\n{choice}\n{again}",
                first,
                choice = verbatim(CHOICE),
                again
            ),
        ),
        command(
            &Words::part(
                "and one that the patient has blocked",
                "och en som patienten har spärrat",
            ),
            &ask(unit, ", blocked: true", ""),
        ),
    ]
}

fn record(url: &str, person: &str, unit: &str, more: &str, rest: &str) -> Words {
    let document = format!(
        "mutation {{ authorize(input: {{ principal: {{ hsaId: \\\"{person}\\\" }}, \
         permission: \\\"record:read\\\", target: {{ record: {{ system: \\\"sys-000\\\", \
         organisation: \\\"{unit}\\\", kind: \\\"note\\\", id: \\\"note-1\\\"{more} }} }}, \
         assurance: {{ asserted: {{ acr: \\\"http://id.sambi.se/loa/loa3\\\", \
         amr: [\\\"mfa\\\"], authenticatedAt: \\\"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'\\\" }} }}{rest} }}) \
         {{ decision {{ id outcome obligations reasons {{ policyId text }} }} errors {{ message }} }} }}"
    );
    sending(url, "RECORD_GATEWAY", document)
}

fn asking(url: &str, person: &str, server: &str, level: u8) -> Words {
    let document = format!(
        "mutation {{ authorize(input: {{ principal: {{ hsaId: \\\"{person}\\\" }}, \
         permission: \\\"server:administer\\\", target: {{ server: \\\"{server}\\\" }}, \
         assurance: {{ asserted: {{ acr: \\\"http://id.sambi.se/loa/loa{level}\\\", \
         amr: [\\\"mfa\\\"], authenticatedAt: \\\"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'\\\" }} }} }}) \
         {{ decision {{ id outcome reasons {{ policyId source text }} \
         stepUp {{ acrValues maxAgeSeconds }} }} errors {{ message }} }} }}"
    );
    sending(url, "SERVER_LOGIN", document)
}

fn reading(url: &str, fields: &str) -> Words {
    let document = format!(
        "{{ decisions(first: 3, filter: {{ permission: \\\"server:administer\\\" }}) \
         {{ nodes {{ {fields} }} }} }}"
    );
    sending(url, "AUDITOR", document)
}
