//! Sixteen floats at a time, with what the processor has: AVX-512, AVX2 or plain code.
//!
//! Kernels are written once over [`Simd`] and compiled for each level; which one runs is decided when the
//! program runs. All levels keep the same sixteen lanes and the same order of operations; they differ in
//! whether a product and its addition are rounded once or twice.

// Vector instructions and raw loads are unsafe by nature. So is this folder, and each kernel's `run`.
#![allow(unsafe_code)]

mod operands;
#[cfg(target_arch = "x86_64")]
mod pairs;
mod wide;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

pub use operands::{Operands, ProductJob, Products};
pub use wide::Wide;

/// Lanes of a vector at every level.
pub const LANES: usize = 16;

/// Sixteen lanes of f32.
///
/// # Safety
/// A level's methods may be called only where its instructions exist, which [`with`] takes care of; loads
/// and stores touch sixteen floats behind the pointer.
pub trait Simd: Copy {
    /// The sixteen lanes.
    type V: Copy;
    /// The same value in every lane.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn splat(value: f32) -> Self::V;
    /// Sixteen values from memory, at any alignment.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn load(from: *const f32) -> Self::V;
    /// Sixteen values to memory, at any alignment.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn store(to: *mut f32, value: Self::V);
    /// a · b + c.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// a + b.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    /// a − b.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    /// a · b.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// Lane by lane `then` where a > b, else `otherwise`; NaN is never greater.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn where_greater(a: Self::V, b: Self::V, then: Self::V, otherwise: Self::V) -> Self::V;
    /// Lane by lane `then` where a is NaN, else `otherwise`.
    ///
    /// # Safety
    /// As said of the trait.
    unsafe fn where_nan(a: Self::V, then: Self::V, otherwise: Self::V) -> Self::V;
}

/// A piece of work over vectors of any level.
pub trait Job {
    /// What it gives.
    type Output;
    /// Does it.
    ///
    /// # Safety
    /// Only where the level's instructions exist.
    unsafe fn run<S: Simd>(self) -> Self::Output;
}

/// What the processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever the compiler makes of plain loops.
    Portable,
    /// 256-bit vectors with fused multiply and add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
    /// The same, and products of pairs of bf16.
    Avx512Bf16,
}

/// What the whole process is held to, if anything.
static LIMIT: OnceLock<Level> = OnceLock::new();

impl Level {
    /// All of them, the best one last.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Avx512Bf16];

    /// The levels of this processor, the best one last.
    pub fn available() -> &'static [Self] {
        static FOUND: OnceLock<Vec<Level>> = OnceLock::new();
        FOUND.get_or_init(|| {
            let mut found = vec![Self::Portable];
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    found.push(Self::Avx2);
                    if is_x86_feature_detected!("avx512f") {
                        found.push(Self::Avx512);
                        if is_x86_feature_detected!("avx512bw")
                            && is_x86_feature_detected!("avx512bf16")
                        {
                            found.push(Self::Avx512Bf16);
                        }
                    }
                }
            }
            found
        })
    }

    /// The level that kernels use: the best one of this processor, or what the process is held to.
    pub fn in_use() -> Self {
        let best = Self::available().last().copied().unwrap_or(Self::Portable);
        LIMIT.get().map_or(best, |limit| best.min(*limit))
    }

    /// Holds the whole process to this level or a lower one, to compare them. Only the first call counts.
    pub fn hold_to(self) {
        LIMIT.get_or_init(|| self);
    }

    /// Its name in settings and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Avx512Bf16 => "avx512-bf16",
        }
    }
}

/// Does `job` with vectors of `level`, or of the best one that there is below it.
pub fn with<J: Job>(level: Level, job: J) -> J::Output {
    let level = if Level::available().contains(&level) { level } else { Level::Portable };
    match level {
        // SAFETY: plain code runs anywhere; the other levels were found on this very processor.
        Level::Portable => unsafe { job.run::<Portable>() },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::run_avx2(job) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Avx512Bf16 => unsafe { x86::run_avx512(job) },
        #[cfg(not(target_arch = "x86_64"))]
        Level::Avx2 | Level::Avx512 | Level::Avx512Bf16 => unsafe { job.run::<Portable>() },
    }
}

/// Plain code.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

impl Simd for Portable {
    type V = [f32; LANES];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::V {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        // SAFETY: the caller vouches for sixteen floats.
        unsafe { from.cast::<Self::V>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::V) {
        // SAFETY: the caller vouches for sixteen floats.
        unsafe { to.cast::<Self::V>().write_unaligned(value) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        // Without the instruction a fused operation would be a slow call.
        std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|lane| a[lane] * b[lane])
    }

    #[inline(always)]
    unsafe fn where_greater(a: Self::V, b: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        std::array::from_fn(|lane| if a[lane] > b[lane] { then[lane] } else { otherwise[lane] })
    }

    #[inline(always)]
    unsafe fn where_nan(a: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        std::array::from_fn(|lane| if a[lane].is_nan() { then[lane] } else { otherwise[lane] })
    }
}
