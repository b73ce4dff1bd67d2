//! How many, in words that fit one.

use domain::Words;
use domain::speaks::counted;

/// So many times.
pub(super) fn times(count: usize) -> Words {
    counted(count, ("time", "times"), ("gång", "gånger"))
}

/// So many of those who hold or ask for something.
pub(super) fn people_and_machines(count: usize) -> Words {
    counted(
        count,
        ("person or machine", "people and machines"),
        ("person eller maskin", "personer och maskiner"),
    )
}

/// So many rows of a table.
pub(super) fn rows(count: usize) -> Words {
    counted(count, ("row", "rows"), ("rad", "rader"))
}
