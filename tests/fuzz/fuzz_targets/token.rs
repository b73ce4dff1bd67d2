//! See `behorig_fuzz::token`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(token);
