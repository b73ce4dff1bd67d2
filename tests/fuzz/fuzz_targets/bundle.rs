//! See `behorig_fuzz::bundle`.
#![cfg_attr(fuzzing, no_main)]

behorig_fuzz::target!(bundle);
