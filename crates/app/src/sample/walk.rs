//! A seeded random walk that looks like prices.

use domain::market::Bar;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many prices are drawn within one bar.
const STEPS: u8 = 8;

/// How an instrument's prices move and print.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// The first price.
    pub(super) start: f64,
    /// The usual move of one day, as a fraction of the price.
    pub(super) daily_move: f64,
    /// The mean move of one day, as a fraction of the price.
    pub(super) daily_drift: f64,
    /// Digits behind the point of a price.
    pub(super) price_digits: u8,
    /// The mean volume of one day.
    pub(super) daily_volume: f64,
    /// Digits behind the point of a volume.
    pub(super) volume_digits: u8,
}

/// Draws bar after bar; the same seed draws the same bars on every machine, as nothing but sums, products and
/// square roots is used.
pub(super) struct Walk {
    random: ChaCha8Rng,
    character: Character,
    price: f64,
}

impl Walk {
    pub(super) fn new(seed: u64, character: Character) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            character,
            price: character.start,
        }
    }

    /// Draws the bar that opens at `time` and lasts `share` of a trading day; `overnight` opens it away from the
    /// last close.
    pub(super) fn bar(&mut self, time: i64, share: f64, overnight: bool) -> Bar {
        let character = self.character;
        if overnight {
            self.price *= 1.0 + 0.3 * character.daily_move * self.normal();
        }
        let open = rounded(self.price, character.price_digits);
        let (mut high, mut low) = (open, open);
        let step = share / f64::from(STEPS);
        for _ in 0..STEPS {
            let shock = character.daily_move * step.sqrt() * self.normal();
            self.price *= 1.0 + character.daily_drift * step + shock;
            let printed = rounded(self.price, character.price_digits);
            high = high.max(printed);
            low = low.min(printed);
        }
        let close = rounded(self.price, character.price_digits);
        // Three uniforms make a hump with a tail; wide bars trade more.
        let busy = 0.4 + (0..3).map(|_| self.random.random::<f64>()).product::<f64>() * 4.8;
        let width = (high - low) / (open * character.daily_move * share.sqrt());
        let volume = character.daily_volume * share * busy * (0.6 + 0.25 * width);
        Bar {
            time,
            open,
            high,
            low,
            close,
            volume: rounded(volume, character.volume_digits),
        }
    }

    /// Draws a number that is nearly normal: mean 0, deviation 1, never beyond 6.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.random.random::<f64>()).sum::<f64>() - 6.0
    }
}

fn rounded(value: f64, digits: u8) -> f64 {
    let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
    (value * scale).round() / scale
}
