//! See `behorig_fuzz::register_proof`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(register_proof);
