//! See `behorig_fuzz::document`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(document);
