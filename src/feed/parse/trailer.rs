//! The last line of a feed: how much there should have been.

use std::collections::BTreeMap;

use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::{Kind, Trailer};
use domain::Words;

pub(super) fn read(f: &mut Fields<'_>) -> Read<Trailer> {
    let right = Words::part("an object of whole numbers", "ett objekt med heltal");
    f.ignore("happened");
    let today = f.date("today");
    let counts = f.object("counts", &right);
    let flags = f.object("flags", &right);
    let (today, counts, flags) = (today?, counts?, flags?);
    let mut trailer = Trailer {
        today,
        counts: BTreeMap::new(),
        flags: BTreeMap::new(),
    };
    for (name, value) in counts {
        if let (Some(kind), Some(count)) = (Kind::named(name), number(value)) {
            trailer.counts.insert(kind, count);
        } else {
            f.wrong(
                "counts",
                Some(name),
                Words::part("does not count a known kind", "räknar inget känt slag"),
                &right,
            );
        }
    }
    for (name, value) in flags {
        if let Some(count) = number(value) {
            trailer.flags.insert(name.clone(), count);
        } else {
            f.wrong(
                "flags",
                Some(name),
                Words::part("has no count", "har inget antal"),
                &right,
            );
        }
    }
    Ok(trailer)
}

fn number(value: &Json) -> Option<u64> {
    value.integer().and_then(|count| u64::try_from(count).ok())
}
