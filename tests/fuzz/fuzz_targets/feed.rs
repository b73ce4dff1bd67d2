//! See `behorig_fuzz::feed`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(feed);
