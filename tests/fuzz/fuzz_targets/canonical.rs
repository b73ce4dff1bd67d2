//! See `behorig_fuzz::canonical`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(canonical);
