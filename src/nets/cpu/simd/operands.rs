//! What the products of convolutions in tiles multiply: floats as they are, or rounded to bf16.
//!
//! A bf16 is the upper half of a float: its sign, its exponent, and seven bits of its mantissa. Two of them
//! share a word, and one instruction of the level [`Avx512Bf16`](Level::Avx512Bf16) multiplies sixteen such
//! pairs by sixteen others and adds both products of each to a float: twice the multiplications of a fused
//! multiply-add, from half the memory. Where there is no such instruction the values are rounded likewise
//! and multiplied as floats, so the numbers agree but for the rounding of sums.

use crate::spec::Precision;

use super::{Job, LANES, Level, Simd, Wide, with};

/// How products are computed, decided once for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Products(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Floats as they are.
    Single,
    /// Floats that are rounded to bf16.
    Rounded,
    /// Pairs of bf16; only where their instructions were found.
    Paired,
}

impl Products {
    /// Products in single precision.
    pub const SINGLE: Self = Self(Kind::Single);

    /// The products in a precision with what a level has.
    pub fn of(precision: Precision, level: Level) -> Self {
        let paired = level == Level::Avx512Bf16 && Level::available().contains(&level);
        Self(match precision {
            // Half precision is not for the CPU, and a run that asks for it there is refused.
            Precision::F32 | Precision::F16 => Kind::Single,
            Precision::Bf16 if paired => Kind::Paired,
            Precision::Bf16 => Kind::Rounded,
        })
    }

    /// Values that share a word.
    pub const fn depth(self) -> usize {
        match self.0 {
            Kind::Single | Kind::Rounded => 1,
            Kind::Paired => 2,
        }
    }

    /// Does `job` with vectors of `level`.
    pub fn with<J: ProductJob>(self, level: Level, job: J) -> J::Output {
        match self.0 {
            Kind::Single => with(level, InFloats::<_, false>(job)),
            Kind::Rounded => with(level, InFloats::<_, true>(job)),
            // SAFETY: there are no pairs but where their instructions were found on this very processor.
            #[cfg(target_arch = "x86_64")]
            Kind::Paired => unsafe { super::pairs::run_pairs(job) },
            #[cfg(not(target_arch = "x86_64"))]
            Kind::Paired => with(level, InFloats::<_, true>(job)),
        }
    }
}

/// Vectors of sixteen words that are multiplied with one another. A word is a float's bits or a pair's.
///
/// # Safety
/// As said of [`Simd`]; loads touch sixteen words behind the pointer, `splat` one.
pub trait Operands: Copy {
    /// The vectors that products are summed in.
    type S: Simd;
    /// Sixteen words.
    type V: Copy;
    /// Values that share a word.
    const DEPTH: usize;

    /// Sixteen words from memory, at any alignment.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn load(from: *const f32) -> Self::V;
    /// The same word in every lane.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn splat(word: *const f32) -> Self::V;
    /// The product of two words, or both products of two pairs, added to each lane of `sum`.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn mul_add(a: Self::V, b: Self::V, sum: <Self::S as Simd>::V) -> <Self::S as Simd>::V;
    /// Writes sixteen values side by side, neighbours sharing words: `16 / DEPTH` words from `words[at]` on.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn store_along(value: Wide<Self::S>, words: &mut [f32], at: usize);
    /// Writes sixteen words from `words[at]` on; each is what a lane has in the first `DEPTH` values.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn store_across(values: [Wide<Self::S>; 2], words: &mut [f32], at: usize);
}

/// A piece of work over operands of any kind.
pub trait ProductJob {
    /// What it gives.
    type Output;
    /// Does it.
    ///
    /// # Safety
    /// Only where the instructions of the operands exist.
    unsafe fn run<O: Operands>(self) -> Self::Output;
}

struct InFloats<J, const ROUNDED: bool>(J);

impl<J: ProductJob, const ROUNDED: bool> Job for InFloats<J, ROUNDED> {
    type Output = J::Output;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> J::Output {
        // SAFETY: the caller vouches for the level.
        unsafe { self.0.run::<Floats<S, ROUNDED>>() }
    }
}

/// Floats, rounded as they are stored or left as they are.
#[derive(Debug, Clone, Copy)]
struct Floats<S, const ROUNDED: bool>(S);

// SAFETY (all methods): callers vouch for the level and for their pointers.
impl<S: Simd, const ROUNDED: bool> Operands for Floats<S, ROUNDED> {
    type S = S;
    type V = S::V;
    const DEPTH: usize = 1;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> S::V {
        unsafe { S::load(from) }
    }

    #[inline(always)]
    unsafe fn splat(word: *const f32) -> S::V {
        unsafe { S::splat(*word) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: S::V, b: S::V, sum: S::V) -> S::V {
        unsafe { S::mul_add(a, b, sum) }
    }

    #[inline(always)]
    unsafe fn store_along(value: Wide<S>, words: &mut [f32], at: usize) {
        value.store(words, at);
        if ROUNDED {
            words[at..at + LANES].iter_mut().for_each(|value| *value = round(*value));
        }
    }

    #[inline(always)]
    unsafe fn store_across([value, _]: [Wide<S>; 2], words: &mut [f32], at: usize) {
        unsafe { Self::store_along(value, words, at) }
    }
}

/// The nearest bf16, the even one of two, as the instruction finds it: numbers below the smallest normal
/// one become zero, and what is no number stays none.
#[inline(always)]
fn round(value: f32) -> f32 {
    const UPPER: u32 = 0xffff_0000;
    const SIGN: u32 = 0x8000_0000;
    const INFINITY: u32 = 0x7f80_0000;
    let bits = value.to_bits();
    let nearest = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & UPPER;
    let none = (bits & UPPER) | 0x0040_0000;
    let normal = if bits & !SIGN > INFINITY { none } else { nearest };
    f32::from_bits(if bits & INFINITY == 0 { bits & SIGN } else { normal })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every exponent with mantissas around the ties, and what is no number, in either sign.
    fn values() -> Vec<f32> {
        let mantissas = [0, 1, 0x7fff, 0x8000, 0x8001, 0x1_8000, 0x5_4321, 0x7f_7fff, 0x7f_ffff];
        let exponents = (0..256).flat_map(|exponent| mantissas.map(|low| exponent << 23 | low));
        let mut values: Vec<f32> =
            exponents.flat_map(|bits| [bits, bits | 1 << 31]).map(f32::from_bits).collect();
        values.resize(values.len().next_multiple_of(2 * LANES), 1.0);
        values
    }

    #[test]
    fn values_are_rounded_to_the_nearest_and_to_the_even_of_two() {
        let of = |steps: f32| 1.0 + steps / 128.0;
        for (value, rounded) in [
            (of(0.49), of(0.0)),
            (of(0.5), of(0.0)),
            (of(0.51), of(1.0)),
            (of(1.5), of(2.0)),
            (-of(2.5), -of(2.0)),
            (f32::MAX, f32::INFINITY),
            (f32::NEG_INFINITY, f32::NEG_INFINITY),
            (-1e-40, -0.0),
        ] {
            assert_eq!(round(value).to_bits(), rounded.to_bits(), "{value}");
        }
        for value in values() {
            let (found, scale) = (round(value), value.abs() / 256.0);
            assert!((found - value).abs() <= scale || !found.is_normal(), "{value} {found}");
            assert_eq!(found.is_nan(), value.is_nan());
            assert_eq!(found.to_bits() & 0xffff, 0);
        }
    }

    /// Two vectors, written along and across, and the sum of their products with themselves.
    struct Written<'a>(&'a [f32]);

    impl ProductJob for Written<'_> {
        type Output = [Vec<f32>; 3];

        #[inline(always)]
        unsafe fn run<O: Operands>(self) -> [Vec<f32>; 3] {
            let zeros = || vec![0.0; 2 * LANES / O::DEPTH];
            let (mut along, mut across, mut sums) = (zeros(), zeros(), vec![0.0; LANES]);
            let both = [Wide::load(self.0, 0), Wide::load(self.0, LANES)];
            let words = LANES / O::DEPTH;
            // SAFETY: the caller vouches for the level; there are as many words as are read.
            unsafe {
                let mut sum = O::S::splat(0.0);
                for at in 0..2 {
                    O::store_along(both[at], &mut along, at * words);
                }
                for at in (0..2).step_by(O::DEPTH) {
                    O::store_across([both[at], both[1]], &mut across, at * words);
                    let vector = O::load(across.as_ptr().add(at * words));
                    sum = O::mul_add(vector, vector, sum);
                }
                O::S::store(sums.as_mut_ptr(), sum);
            }
            [along, across, sums]
        }
    }

    /// The two halves of words.
    fn halves(words: &[f32]) -> Vec<[f32; 2]> {
        let half = |bits: u32| f32::from_bits(bits << 16);
        words.iter().map(|word| [half(word.to_bits()), half(word.to_bits() >> 16)]).collect()
    }

    #[test]
    fn pairs_hold_what_is_rounded_in_software_bit_for_bit() {
        for level in Level::available() {
            let products = Products::of(Precision::Bf16, *level);
            assert_eq!(Products::of(Precision::F32, *level), Products::SINGLE);
            for values in values().chunks_exact(2 * LANES) {
                let wanted: Vec<f32> = values.iter().map(|value| round(*value)).collect();
                let [along, across, sums] = products.with(*level, Written(values));
                let (along, across) = if products.depth() == 1 {
                    (along, across)
                } else {
                    let across = halves(&across);
                    let one = |at: usize| across.iter().map(move |pair| pair[at]);
                    (halves(&along).concat(), one(0).chain(one(1)).collect())
                };
                let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&along), bits(&wanted), "{level:?}");
                assert_eq!(bits(&across), bits(&wanted), "{level:?}");
                for lane in 0..LANES {
                    let (a, b) = (f64::from(wanted[lane]), f64::from(wanted[LANES + lane]));
                    let exact = (a * a + b * b) as f32;
                    let off = (sums[lane] - exact).abs();
                    let same = sums[lane].to_bits() == exact.to_bits()
                        || (sums[lane].is_nan() && exact.is_nan());
                    // Products below the smallest normal number may count as zero.
                    let near = off <= exact.abs() * 2.0 * f32::EPSILON + 2.0 * f32::MIN_POSITIVE;
                    assert!(same || near, "{level:?} {a} {b}: {}", sums[lane]);
                }
            }
        }
    }
}
