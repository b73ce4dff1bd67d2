//! Numbers in every dress, and what only looks like one.

use proptest::prelude::*;

use super::*;

#[test]
fn personal_and_coordination_numbers_are_found_in_every_dress() {
    for (text, number) in [
        ("191212121212", "191212121212"),
        ("19121212-1212", "19121212-1212"),
        ("121212-1212", "121212-1212"),
        ("1212121212", "1212121212"),
        ("121212+1212", "121212+1212"),
        ("19121212 1212", "19121212 1212"),
        ("19121272-1212", "19121272-1212"),
        ("1212721212", "1212721212"),
        ("701063-2391", "701063-2391"),
        ("121212\u{2013}1212", "121212\u{2013}1212"),
        ("121212\u{a0}1212", "121212\u{a0}1212"),
        ("pat-19121212-1212", "19121212-1212"),
        ("p191212121212", "191212121212"),
        ("urn:pnr:191212121212/1", "191212121212"),
        ("åäö 121212-1212 besök", "121212-1212"),
        ("x:20121212 1212y", "20121212 1212"),
        ("7 200229-1234", "200229-1234"),
        ("2026-11-22 19121212-1212", "19121212-1212"),
        ("19121212-1212-01", "19121212-1212"),
        ("1912-12-12-1212", "1912-12-12-1212"),
        ("1912.12.12.1212", "1912.12.12.1212"),
        ("1912/12/12 1212", "1912/12/12 1212"),
        ("19 121212 1212", "19 121212 1212"),
        ("19 12 12 12 12 12", "19 12 12 12 12 12"),
        ("1 2 1 2 1 2 1 2 1 2", "1 2 1 2 1 2 1 2 1 2"),
        ("191 212 121 212", "191 212 121 212"),
        ("121212 - 1212", "121212 - 1212"),
        ("121212_1212", "121212_1212"),
        ("121212·1212", "121212·1212"),
        ("121212\u{2011}1212", "121212\u{2011}1212"),
        ("121212\u{2212}1212", "121212\u{2212}1212"),
        ("121212\t1212", "121212\t1212"),
        ("１９１２１２１２－１２１２", "１９１２１２１２－１２１２"),
        (
            "1912\u{200b}1212\u{feff}1212",
            "1912\u{200b}1212\u{feff}1212",
        ),
        ("121212\u{ad}-1212", "121212\u{ad}-1212"),
        ("١٩١٢١٢١٢-١٢١٢", "١٩١٢١٢١٢-١٢١٢"),
        ("00000000-0000-0000-0000-191212121212", "191212121212"),
        ("0000191212121212", "191212121212"),
        ("00000000000000000000191212121212", "191212121212"),
        ("2026-11-28T10:11:12+0100 121212-1212", "121212-1212"),
        ("121212,1212", "121212,1212"),
        ("121212: 1212", "121212: 1212"),
        ("121212|1212", "121212|1212"),
        ("121212;1212", "121212;1212"),
        ("121212=1212", "121212=1212"),
        ("121212'1212", "121212'1212"),
        ("121212#1212", "121212#1212"),
        ("121212----1212", "121212----1212"),
        ("(121212)-[1212]", "121212)-[1212"),
        ("<121212>&<1212>", "121212>&<1212"),
        ("❶❾❶❷❶❷❶❷-➀➁➊➋", "❶❾❶❷❶❷❶❷-➀➁➊➋"),
    ] {
        let found = find(text).and_then(|range| text.get(range));
        assert_eq!(found, Some(number), "{text}");
        assert!(looks_like_personal_number(text));
    }
}

#[test]
fn reserve_identities_are_found_as_well() {
    for text in [
        "991981000010",
        "99198100-0010",
        "19810829M071",
        "19810829-M071",
        "19810829m071",
        "19810829SU3A",
        "198108320014",
        "19810832-0014",
        "810832-0014",
        "22810829NG29",
        "22810829-NG29",
        "810829DA1B",
        "810829-DA1B",
        "19810829TA2B",
        "19810829R123",
        "19810829-12M3",
        "1981-08-29-12M3",
        "19810829 M071",
        "vård av 19810829M071",
        "１９８１０８２９Ｍ０７１",
        "patient 19810829\u{200b}M071.",
    ] {
        assert!(looks_like_personal_number(text), "{text}");
    }
}

#[test]
fn other_numbers_are_not() {
    for other in [
        "",
        "7f3a",
        "journal-7f3a",
        "SE2321000016-1001",
        "TSTNMT2321000001-1001",
        "TSTNMT2321000001-12AB",
        "232100001612",
        "2120002197",
        "556677-8899",
        "1234567890",
        "191313131212",
        "12121212121212",
        "a1b2191212121212c3",
        "121233-1212",
        "121212-12125",
        "121212-121",
        "2026-11-22",
        "2026-11-28T11:30:00Z",
        "2026-11-28T10:11:12+0100",
        "ord-20261128-17",
        "ord-20261128-rev2",
        "möte 20261128 kl13",
        "BRA-2024-117",
        "BRA-2026-11-28-rev2",
        "human-1-000001",
        "10.20.30.40",
        "2001:0112:1234::1",
        "80:01:12:12:12:34",
        "2026-11-28, 13:00",
        "019a1212-1212-7000-8000-000000000000",
        "19121212-1212-4000-8000-191212121212",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ] {
        assert_eq!(find(other), None, "{other}");
    }
}

/// A day of birth as it is written, a coordination number's included.
fn day() -> impl Strategy<Value = (u16, u8, u8)> {
    (
        1890_u16..=2026,
        1_u8..=12,
        prop_oneof![1_u8..=28, 61_u8..=88],
    )
}

fn separator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "", "-", "+", " ", ".", "/", "_", "\u{2013}", "\u{a0}", " - ", "\u{200b}", ",", ": ", ";",
        "|", "=", ") (", "-----",
    ])
}

proptest! {
    #[test]
    fn what_has_too_few_digits_holds_none(text in "[0-9A-Z+/ .:-]{0,24}|[0-9]{4,8}[-+ ]?[0-9A-Z]{4}") {
        prop_assert!(!has_too_few_digits(&text) || look_for(&text).is_none(), "{}", text);
    }

    #[test]
    fn no_number_hides_behind_its_spelling(
        (year, month, day) in day(),
        serial in "[0-9]{4}|[A-Z][0-9]{3}|[A-Z]{2}[0-9][A-Z]|[A-Z]{2}[0-9]{2}|[0-9]{2}[A-Z][0-9]",
        short: bool,
        wide: bool,
        between in separator(),
        before in "([a-zåäö]{1,8}[ :-])?",
        after in "([ ,;)][a-zåäö]{0,8})?",
    ) {
        let year = if short { format!("{:02}", year % 100) } else { year.to_string() };
        let mut number = format!("{year}{month:02}{day:02}{between}{serial}");
        if wide {
            let widened = |c: char| match c {
                '0'..='9' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
                _ => c,
            };
            number = number.chars().map(widened).collect();
        }
        let text = format!("{before}{number}{after}");
        let found = find(&text);
        prop_assert!(found.is_some(), "{text}");
        let masked = found.and_then(|range| text.get(range)).unwrap_or_default();
        prop_assert!(masked.chars().count() >= 10, "{text}: {masked}");
    }

    #[test]
    fn what_names_nobody_is_left_alone(
        letters in "[a-z]{1,10}",
        tail in "[A-Z0-9]{4}",
        year in 1990_u16..2060,
        month in 1_u8..=12,
        day in 1_u8..=28,
        few in 0_u16..1000,
        drawn: u128,
    ) {
        let uuid = uuid::Builder::from_random_bytes(drawn.to_be_bytes()).into_uuid();
        for text in [
            format!("SE2321000016-{tail}"),
            format!("TSTNMT2321000099-{tail}"),
            format!("{year}-{month:02}-{day:02}"),
            format!("{year}{month:02}{day:02}"),
            format!("{letters}-{year}{month:02}{day:02}-{few}"),
            format!("{letters}-{year}-{few}"),
            format!("{letters}-1-{few:06}"),
            uuid.to_string(),
        ] {
            prop_assert_eq!(find(&text), None, "{}", text);
        }
    }
}
