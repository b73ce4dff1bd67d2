use super::*;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_last_day_of_an_engagement_holds_until_noon_the_next_day_in_stockholm() {
    let calendar = Calendar::default();
    let winter = calendar.ends_with_grace(date("2026-11-01"));
    assert_eq!(winter.to_string(), "2026-11-02T11:00:00.000000Z");
    let summer = calendar.ends_with_grace(date("2026-06-30"));
    assert_eq!(summer.to_string(), "2026-07-01T10:00:00.000000Z");
    assert_eq!(
        calendar.ends(date("2026-06-30")).to_string(),
        "2026-06-30T22:00:00.000000Z"
    );
}

#[test]
fn instants_before_1970_round_down_and_any_offset_is_normalised() {
    assert_eq!(Instant::from_micros(-1).as_seconds(), -1);
    let parsed: Instant = "2026-11-01T09:30:00+01:00".parse().unwrap();
    assert_eq!(parsed.to_string(), "2026-11-01T08:30:00.000000Z");
    assert!("2026-11-01".parse::<Instant>().is_err());
}

#[test]
fn only_whole_days_of_the_calendar_are_dates() {
    for text in [
        "2026-02-30",
        "2026-2-3",
        "20260203",
        "2026-02-03T00:00",
        "+002026-01-01",
        "",
    ] {
        assert!(text.parse::<Date>().is_err(), "{text}");
    }
}

#[test]
fn far_days_are_refused_and_the_last_that_is_taken_in_still_ends() {
    for text in [
        "0001-01-01",
        "1899-12-31",
        "2200-01-01",
        "2299-12-31",
        "9999-12-31",
    ] {
        let refused = text.parse::<Date>().unwrap_err();
        assert_eq!(refused, DateParseError::Range, "{text}");
        let said = refused.to_string();
        assert!(
            said.contains("1900-01-01 to 2199-12-31") && said.contains("null"),
            "{said}"
        );
    }
    let calendar = Calendar::default();
    assert_eq!(
        calendar.ends_with_grace(date("2199-12-31")).to_string(),
        "2200-01-01T11:00:00.000000Z"
    );
    assert!(calendar.starts(date("1900-01-01")) < Instant::FIRST.plus_days(1));
    assert_eq!(date("2199-12-31").plus_days(1), None);
    assert!(calendar.ends_with_grace(Date::LAST) < Instant::NEVER);
    assert_eq!(Instant::NEVER.date(), Date::LAST);
}

#[test]
fn far_instants_are_refused_whatever_their_offset() {
    for text in [
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "2199-12-31T23:59:59-01:00",
        "9999-12-30T00:00:00Z",
        "9999-12-31T00:00:00Z",
        "9999-12-31T23:59:59.999999+01:00",
    ] {
        let refused = text.parse::<Instant>().unwrap_err();
        assert_eq!(refused, InstantParseError::Range, "{text}");
    }
    assert_eq!("1900-01-01T00:00:00Z".parse(), Ok(Instant::FIRST));
    assert_eq!("2199-12-31T23:59:59.999999Z".parse(), Ok(Instant::LAST));
}

/// Whatever the day and the hour, in both halves of the year and where the clock is changed.
#[test]
fn nothing_of_a_day_begins_or_ends_between_a_turn_and_the_instants_after_it() {
    for (calendar, from) in [0, 12, 23].into_iter().flat_map(|grace_hours| {
        ["2026-03-28", "2026-10-24", "2026-12-30"].map(|day| (Calendar { grace_hours }, day))
    }) {
        let mut turns = Vec::new();
        let mut day = date(from).plus_days(-2).unwrap();
        for _ in 0..8 {
            turns.extend([
                calendar.starts(day),
                calendar.ends(day),
                calendar.ends_with_grace(day),
            ]);
            day = day.plus_days(1).unwrap();
        }
        turns.sort();
        let first = calendar.starts(date(from));
        for minutes in 0..3 * 24 * 4 {
            let now = first.plus_seconds(minutes * 15 * 60);
            let last = turns.iter().filter(|turn| **turn <= now).max().unwrap();
            assert_eq!(calendar.last_turn(now), *last, "{now}");
        }
    }
}
