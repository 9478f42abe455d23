//! Seeded chance: the same seed draws the same data on every machine.

/// SplitMix64: small, fast and good enough to look random to an index.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scatter(self.0)
    }

    /// A number below `limit`, which must not be zero.
    pub const fn below(&mut self, limit: u64) -> u64 {
        ((self.number() as u128 * limit as u128) >> 64) as u64
    }

    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True so many times in ten thousand.
    pub const fn chance(&mut self, in_ten_thousand: u64) -> bool {
        self.below(10_000) < in_ten_thousand
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// An id that is never zero.
    pub const fn id(&mut self) -> u64 {
        self.number() | 1
    }

    /// A latency around `typical`: most of them near it, a few several times as long.
    pub fn latency(&mut self, typical: u64) -> u64 {
        // The sum of four uniform draws is close enough to a bell.
        let bell: f64 = (0..4)
            .map(|_| self.below(1 << 20) as f64 / f64::from(1 << 20))
            .sum();
        let spread = ((bell - 2.0) * 0.9).exp();
        let tail = if self.chance(100) {
            self.between(3, 9) as f64
        } else {
            1.0
        };
        (typical as f64 * spread * tail) as u64
    }
}

/// Spreads a counter over all 64 bits. One to one: different numbers stay different.
pub const fn scatter(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
