//! The short form of the fuzz targets: their seeds, the seeds spoiled, and random bytes; always the same ones, so that
//! what breaks once breaks again.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

#[path = "../../fuzz/hostile.rs"]
mod hostile;

/// Files of some folders of the source.
fn seeds(folders: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "rs"))
        .collect();
    files.sort();
    assert!(files.len() > 1, "{folders:?}");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn below(rng: &mut StdRng, most: usize) -> usize {
    usize::try_from(rng.next_u32()).unwrap() % most.max(1)
}

/// One of the seeds with some bytes changed, left out, doubled, or cut off.
fn spoiled(rng: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[below(rng, seeds.len())].clone();
    for _ in 0..=below(rng, 4) {
        let at = below(rng, bytes.len());
        let end = (at + below(rng, 24)).min(bytes.len());
        match below(rng, 5) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(rng.next_u32() % 256).unwrap(),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
            3 => bytes.truncate(at),
            _ => bytes
                .splice(at..at, seeds[below(rng, seeds.len())].iter().take(64).copied().collect::<Vec<_>>())
                .for_each(drop),
        }
    }
    bytes
}

fn random(rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; below(rng, 200)];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn run(target: fn(&[u8]), folders: &[&str], times: usize) {
    let seeds = seeds(folders);
    seeds.iter().for_each(|seed| target(seed));
    target(&[]);
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..times {
        target(&spoiled(&mut rng, &seeds));
        target(&random(&mut rng));
    }
}

#[test]
fn files_that_are_imported() {
    run(hostile::importer, &["fuzz/seeds/importer", "tests/rosters"], 400);
}

#[test]
fn policy_texts() {
    run(hostile::policy, &["fuzz/seeds/policy", "src/rules"], 400);
}

#[test]
fn cursors() {
    run(hostile::cursor, &["fuzz/seeds/cursor"], 4000);
}

#[test]
fn tokens() {
    run(hostile::token, &["fuzz/seeds/token"], 4000);
}
