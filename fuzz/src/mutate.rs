//! Mutations of seeds, for the test that needs no engine.

use rand::{Rng as _, rngs::StdRng};

/// Edits of a mutation at most.
const EDITS_MAX: usize = 6;
/// Texts at which parsers change their mind.
const WORDS: [&[u8]; 14] = [
    b"\0",
    b"\xff",
    "é".as_bytes(),
    b"\"",
    b"\\u0000",
    b"{",
    b"[",
    b",",
    b"\r\n",
    b"-",
    b".",
    b"=",
    b"9223372036854775808",
    b"null",
];

/// A seed that was edited some times.
pub fn mutation(seeds: &[Vec<u8>], bytes_max: usize, random: &mut StdRng) -> Vec<u8> {
    let mut data = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..=EDITS_MAX) {
        edit(&mut data, seeds, random);
    }
    data.truncate(bytes_max);
    data
}

fn edit(data: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut StdRng) {
    let start = random.random_range(0..=data.len());
    let end = random.random_range(start..=data.len().min(start + 16));
    let part = data[start..end].to_vec();
    match random.random_range(0..6) {
        0 => part
            .iter()
            .enumerate()
            .for_each(|(n, byte)| data[start + n] = byte ^ (1 << random.random_range(0..8))),
        1 => drop(data.splice(start..end, [])),
        2 => drop(data.splice(start..start, part)),
        3 => drop(data.splice(start..start, WORDS[random.random_range(0..WORDS.len())].iter().copied())),
        4 => drop(data.splice(start..end, random.random::<[u8; 4]>())),
        _ => {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..=other.len());
            data.truncate(start);
            data.extend_from_slice(&other[from..]);
        }
    }
}
