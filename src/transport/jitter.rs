//! Owns chance for pauses, so that clients which were refused together do not come back together. Not for secrets.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// A stream of numbers from a seed (splitmix64).
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    /// The same seed gives the same pauses, for tests.
    #[cfg(test)]
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Another seed for each process.
    pub fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }

    /// A span from nothing to `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        most.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}
