use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const REGION: &str = concat!(
    r#"{"kind":"organisation","externalId":"SE2321000016-1","name":"Region","parent":null,"#,
    r#""type":"region","authority":true,"careProvider":false}"#
);

fn trailer(organisations: u64) -> String {
    format!(
        r#"{{"kind":"expectation","today":"2026-11-01","counts":{{"organisation":{organisations}}},"flags":{{}}}}"#
    )
}

fn read(bytes: &[u8], demanded: bool) -> (Vec<Line>, Result<Ending, ReadError>) {
    let mut feed = match Feed::open(Cursor::new(bytes)) {
        Ok(feed) => feed,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut lines = Vec::new();
    loop {
        match feed.next_line() {
            Ok(Some(line)) => lines.push(line),
            Ok(None) => return (lines, feed.finish(demanded)),
            Err(error) => return (lines, Err(error)),
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn region_file() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/region-300.jsonl"
    );
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_region_of_300_is_read_whole_plain_and_compressed() {
    let text = region_file();
    for bytes in [text.clone().into_bytes(), gzip(&text)] {
        let (lines, ending) = read(&bytes, true);
        assert_eq!(lines.len(), 1677);
        for line in &lines {
            assert!(line.record.is_ok(), "{:?}", line.record);
        }
        let trailer = ending.unwrap().trailer.unwrap();
        assert_eq!(trailer.today.to_string(), "2026-11-01");
        assert_eq!(trailer.counts[&Kind::Person], 304);
        assert_eq!(trailer.flags["segmentWithFewAdmins"], 37);
    }
}

#[test]
fn a_feed_without_its_last_line_is_truncated_unless_none_is_demanded() {
    let (lines, ending) = read(format!("{REGION}\n").as_bytes(), true);
    assert_eq!(lines.len(), 1);
    assert!(ending.is_err_and(|error| error.is_truncated()));
    let (_, ending) = read(format!("{REGION}\n").as_bytes(), false);
    assert!(ending.unwrap().trailer.is_none());
    assert!(read(b"", true).1.is_err_and(|error| error.is_truncated()));
}

#[test]
fn a_compressed_feed_that_is_cut_or_damaged_says_which() {
    let whole = gzip(&region_file());
    for cut in [2, 11, whole.len() / 2, whole.len() - 4] {
        let (_, ending) = read(&whole[..cut], false);
        assert!(
            matches!(ending, Err(ReadError::TruncatedGzip { .. })),
            "{cut}: {ending:?}"
        );
    }
    let mut damaged = whole;
    let last = damaged.len() - 6;
    damaged[last] ^= 1;
    let (_, ending) = read(&damaged, false);
    assert!(
        matches!(ending, Err(ReadError::DamagedGzip { .. })),
        "{ending:?}"
    );
}

#[test]
fn lost_and_added_lines_are_counted_and_an_unreadable_line_may_be_the_lost_one() {
    let one = format!("{REGION}\n{}\n", trailer(1));
    assert!(read(one.as_bytes(), true).1.is_ok());
    let lost = format!("{REGION}\n{}\n", trailer(2));
    let error = read(lost.as_bytes(), true).1.unwrap_err();
    assert!(error.is_truncated());
    assert!(
        error.to_string().contains("organisation: 2 sent, 1 read"),
        "{error}"
    );
    let added = format!("{REGION}\n{REGION}\n{}\n", trailer(1));
    assert!(read(added.as_bytes(), true).1.is_err());
    let garbled = format!("{REGION}\n{{\"kind\":\n{}\n", trailer(2));
    let (lines, ending) = read(garbled.as_bytes(), true);
    assert!(lines[1].record.is_err());
    assert!(ending.is_ok());
}

#[test]
fn what_comes_after_the_last_line_is_a_problem() {
    let text = format!("{REGION}\n{}\n{REGION}", trailer(1));
    let (lines, _) = read(text.as_bytes(), true);
    let bad = lines[1].record.as_ref().unwrap_err();
    assert_eq!(bad.problems[0].line, 3);
    assert!(bad.problems[0].to_string().contains("after the last line"));
}

#[test]
fn a_line_is_bounded_and_keeps_its_bytes() {
    let mut bytes = b"{\"kind\":\"\xff\"}\r\n".to_vec();
    let (lines, _) = read(&bytes, false);
    assert_eq!(lines[0].bytes, b"{\"kind\":\"\xff\"}");
    let bad = lines[0].record.as_ref().unwrap_err();
    assert!(bad.problems[0].to_string().contains("byte 10 is not UTF-8"));
    bytes.extend(std::iter::repeat_n(b' ', MAX_LINE + 1));
    let (_, ending) = read(&bytes, false);
    assert!(
        matches!(ending, Err(ReadError::LongLine { line: 2 })),
        "{ending:?}"
    );
}

#[test]
fn a_last_line_that_is_whole_and_wrong_is_not_taken_for_a_cut() {
    let good = trailer(1);
    for (spoiled, word) in [
        (good.replace(r#","flags":{}"#, ""), "flags"),
        (good.replace(":1}", ":1.0}"), "counts"),
        (good.replace("2026-11-01", "2026-11-01T00:00:00Z"), "today"),
        (
            good.replace(r#""counts":{"#, r#""counts":{"commission":0,"#),
            "commission",
        ),
        (good.replace(r#""flags":{}"#, r#""flags":{},"#), "JSON"),
        (good.replace("expectation", "ending"), "kind"),
        (good.replace("}}", "}"), "middle of the object"),
    ] {
        assert_ne!(spoiled, good, "{word}");
        let error = read(format!("{REGION}\n{spoiled}\n").as_bytes(), true)
            .1
            .unwrap_err();
        assert!(error.is_malformed() && !error.is_truncated(), "{error}");
        let told = error.to_string();
        assert!(told.contains(word) && told.contains("line 2"), "{told}");
    }
    for end in 1..good.len() {
        let cut = format!("{REGION}\n{}", good.get(..end).unwrap());
        let error = read(cut.as_bytes(), true).1.unwrap_err();
        assert!(error.is_truncated(), "{cut}: {error}");
    }
}

#[test]
fn a_feed_in_utf_16_is_called_so_whichever_way_round_it_is() {
    let text = format!("{REGION}\n{}\n", trailer(1));
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: [u8; 2], text: &[u8]| [&mark[..], text].concat();
    for bytes in [
        marked([0xff, 0xfe], &little),
        marked([0xfe, 0xff], &big),
        little,
        big,
    ] {
        for demanded in [true, false] {
            let error = read(&bytes, demanded).1.unwrap_err();
            assert!(
                error.is_malformed() && error.to_string().contains("UTF-8"),
                "{error}"
            );
        }
    }
}
