//! Arithmetic on sixteen lanes, for kernels that read as their formulas are written down.

use std::ops::{Add, Mul, Sub};

use super::{LANES, Simd};

/// Sixteen floats of a level, with arithmetic: the formulas of a kernel read as they are written down.
///
/// Levels can be named only by a [`Job`](super::Job) that [`with`](super::with) runs, so their instructions
/// exist wherever one of these does. Products and sums are rounded one by one, so that all levels give the
/// same numbers.
#[derive(Debug, Clone, Copy)]
pub struct Wide<S: Simd>(pub(super) S::V);

// SAFETY (all methods): a level is named only where its instructions exist, and slices are as long as
// they are asked to be before anything is loaded from them or stored to them.
impl<S: Simd> Wide<S> {
    /// The same value in every lane.
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self(unsafe { S::splat(value) })
    }

    /// The values from `values[at]` on.
    #[inline(always)]
    pub fn load(values: &[f32], at: usize) -> Self {
        Self(unsafe { S::load(values[at..at + LANES].as_ptr()) })
    }

    /// Writes the values from `values[at]` on.
    #[inline(always)]
    pub fn store(self, values: &mut [f32], at: usize) {
        unsafe { S::store(values[at..at + LANES].as_mut_ptr(), self.0) }
    }

    /// Adds the values to those from `values[at]` on.
    #[inline(always)]
    pub fn add_to(self, values: &mut [f32], at: usize) {
        (Self::load(values, at) + self).store(values, at);
    }

    /// Lane by lane `then` where this is greater than `other`, else `otherwise`; NaN is never greater.
    #[inline(always)]
    #[must_use]
    pub fn where_greater(self, other: Self, then: Self, otherwise: Self) -> Self {
        Self(unsafe { S::where_greater(self.0, other.0, then.0, otherwise.0) })
    }

    /// Lane by lane `then` where this is NaN, else `otherwise`.
    #[inline(always)]
    #[must_use]
    pub fn where_nan(self, then: Self, otherwise: Self) -> Self {
        Self(unsafe { S::where_nan(self.0, then.0, otherwise.0) })
    }

    /// A function of each lane, one after the other.
    #[inline(always)]
    #[must_use]
    pub fn map(self, function: impl Fn(f32) -> f32) -> Self {
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes, 0);
        Self::load(&lanes.map(function), 0)
    }
}

impl<S: Simd> Add for Wide<S> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { S::add(self.0, other.0) })
    }
}

impl<S: Simd> Sub for Wide<S> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(unsafe { S::sub(self.0, other.0) })
    }
}

impl<S: Simd> Mul for Wide<S> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(unsafe { S::mul(self.0, other.0) })
    }
}
