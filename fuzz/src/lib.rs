//! What strangers can send, as functions from bytes that panic when a promise is broken: the [`TARGETS`].
//!
//! `make fuzz` gives each of them to libFuzzer, which looks for bytes that reach new code. `cargo test` runs the same over
//! `corpus/<target>` and over some thousand mutations of it, by a fixed seed. What libFuzzer finds goes into the corpus.
//!
//! To add one: a function in its service's `fuzz.rs`, a line here, a folder with at least one file that is taken.

#[cfg(test)]
mod mutate;
mod tokens;

use std::path::PathBuf;

use warung_cart::fuzz as cart;
use warung_notification::fuzz as notification;
use warung_payment::fuzz as payment;
use warung_product::fuzz as product;
use warung_shipment::fuzz as shipment;

/// Takes any bytes, and panics when they break a promise.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also its folder's.
pub const TARGETS: [(&str, Target); 18] = [
    ("amount", payment::amount),
    ("cart_token", cart::guest_token),
    ("cursor", tokens::cursor),
    ("import_csv", product::import_csv),
    ("import_jsonl", product::import_jsonl),
    ("jwt", tokens::jwt),
    ("order_token", tokens::order_token),
    ("quote_token", shipment::quote_token),
    ("unsubscribe_token", notification::unsubscribe_token),
    ("webhook_bounce", notification::webhook_bounce),
    ("webhook_carrier", shipment::webhook_carrier),
    ("webhook_midtrans", payment::webhook_midtrans),
    ("webhook_paypal", payment::webhook_paypal),
    ("webhook_sandbox", payment::webhook_sandbox),
    ("webhook_stripe", payment::webhook_stripe),
    ("webhook_twilio", notification::webhook_twilio),
    ("webhook_xendit", payment::webhook_xendit),
    ("wording", notification::wording),
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// Where the seeds of a target are.
pub fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "corpus", name].iter().collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, panic};

    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    /// Mutations of a target's corpus; all targets take some seconds in a debug build.
    const MUTATIONS: usize = 2000;
    /// Bytes of a mutation at most: what is longer shows nothing else.
    const BYTES_MAX: usize = 4096;

    fn seeds(name: &str) -> Vec<Vec<u8>> {
        let folder =
            fs::read_dir(corpus(name)).unwrap_or_else(|error| panic!("{name} has no corpus: {error}"));
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn run(name: &str, target: Target, data: &[u8]) {
        let outcome = panic::catch_unwind(|| target(data));
        assert!(outcome.is_ok(), "{name} breaks on {:?}", String::from_utf8_lossy(data));
    }

    #[test]
    fn every_target_bears_its_corpus_and_mutations_of_it() {
        for (name, target) in TARGETS {
            let seeds = seeds(name);
            assert!(!seeds.is_empty(), "{name} has no seed");
            seeds.iter().for_each(|seed| run(name, target, seed));
            let mut random = StdRng::seed_from_u64(42);
            for _ in 0..MUTATIONS {
                run(name, target, &mutate::mutation(&seeds, BYTES_MAX, &mut random));
            }
        }
    }

    #[test]
    fn no_corpus_is_without_its_target() {
        let folders = fs::read_dir(corpus("")).unwrap().map(|entry| entry.unwrap().file_name());
        let folders: BTreeSet<String> = folders.map(|name| name.to_string_lossy().into_owned()).collect();
        assert_eq!(folders, TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
    }
}
