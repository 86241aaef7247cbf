//! A target under libFuzzer: `WARUNG_FUZZ_TARGET` names it, everything else is libFuzzer's. Started by `fuzz/run`.

#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<warung_fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("WARUNG_FUZZ_TARGET").unwrap_or_default();
    warung_fuzz::target(&name).unwrap_or_else(|| {
        let names: Vec<&str> = warung_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
        panic!("WARUNG_FUZZ_TARGET is {name:?}; take one of {}", names.join(", "))
    })
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (*TARGET)(data));
