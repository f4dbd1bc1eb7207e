//! The vector instructions of x86 processors.

use std::arch::x86_64::{
    __m256, __m512, _CMP_GT_OQ, _CMP_UNORD_Q, _mm256_add_ps, _mm256_blendv_ps, _mm256_cmp_ps,
    _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_storeu_ps,
    _mm256_sub_ps, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_mask_blend_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

use super::{Job, Simd};

#[target_feature(enable = "avx2,fma")]
pub unsafe fn run_avx2<J: Job>(job: J) -> J::Output {
    // SAFETY: the attribute of this function is the level's instructions.
    unsafe { job.run::<Avx2>() }
}

#[target_feature(enable = "avx512f,avx2,fma")]
pub unsafe fn run_avx512<J: Job>(job: J) -> J::Output {
    // SAFETY: the attribute of this function is the level's instructions.
    unsafe { job.run::<Avx512>() }
}

#[derive(Debug, Clone, Copy)]
pub struct Avx2;

// SAFETY (all methods): callers are compiled for the level, and vouch for their pointers.
impl Simd for Avx2 {
    type V = [__m256; 2];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::V {
        unsafe { [_mm256_set1_ps(value); 2] }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::V) {
        unsafe {
            _mm256_storeu_ps(to, value[0]);
            _mm256_storeu_ps(to.add(8), value[1]);
        }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    unsafe fn where_greater(a: Self::V, b: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        unsafe {
            let greater =
                [_mm256_cmp_ps::<_CMP_GT_OQ>(a[0], b[0]), _mm256_cmp_ps::<_CMP_GT_OQ>(a[1], b[1])];
            [
                _mm256_blendv_ps(otherwise[0], then[0], greater[0]),
                _mm256_blendv_ps(otherwise[1], then[1], greater[1]),
            ]
        }
    }

    #[inline(always)]
    unsafe fn where_nan(a: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        unsafe {
            let nan = [
                _mm256_cmp_ps::<_CMP_UNORD_Q>(a[0], a[0]),
                _mm256_cmp_ps::<_CMP_UNORD_Q>(a[1], a[1]),
            ];
            [
                _mm256_blendv_ps(otherwise[0], then[0], nan[0]),
                _mm256_blendv_ps(otherwise[1], then[1], nan[1]),
            ]
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Avx512;

// SAFETY (all methods): callers are compiled for the level, and vouch for their pointers.
impl Simd for Avx512 {
    type V = __m512;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::V {
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::V) {
        unsafe { _mm512_storeu_ps(to, value) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    unsafe fn where_greater(a: Self::V, b: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        unsafe {
            let greater = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b);
            _mm512_mask_blend_ps(greater, otherwise, then)
        }
    }

    #[inline(always)]
    unsafe fn where_nan(a: Self::V, then: Self::V, otherwise: Self::V) -> Self::V {
        unsafe {
            let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a);
            _mm512_mask_blend_ps(nan, otherwise, then)
        }
    }
}
