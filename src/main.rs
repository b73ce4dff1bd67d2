//! Behörig.

fn main() {}
