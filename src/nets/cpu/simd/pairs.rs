//! Pairs of bf16 with the instructions of x86 processors that have them.

use std::{
    arch::x86_64::{
        __m256, __m256bh, __m512, __m512bh, __m512i, _mm256_storeu_ps, _mm512_cvtne2ps_pbh,
        _mm512_cvtneps_pbh, _mm512_dpbf16_ps, _mm512_loadu_ps, _mm512_loadu_si512,
        _mm512_permutexvar_epi16, _mm512_set1_ps, _mm512_storeu_si512,
    },
    mem::transmute,
};

use super::{LANES, Operands, ProductJob, Wide, x86::Avx512};

#[target_feature(enable = "avx512bf16,avx512bw,avx512f,avx2,fma")]
pub unsafe fn run_pairs<J: ProductJob>(job: J) -> J::Output {
    // SAFETY: the attribute of this function is the instructions of pairs.
    unsafe { job.run::<Pairs>() }
}

/// Pairs of bf16, the lower one in the lower half of its word.
#[derive(Debug, Clone, Copy)]
struct Pairs;

/// Puts the halves of thirty-two bf16, first all of one vector and then all of another, together in pairs.
const IN_PAIRS: [u16; 2 * LANES] = {
    let mut places = [0; 2 * LANES];
    let mut at = 0;
    while at < 2 * LANES {
        places[at] = (at / 2 + at % 2 * LANES) as u16;
        at += 1;
    }
    places
};

// SAFETY (all methods): callers are compiled for the instructions, and vouch for their pointers. Vectors of
// the same size are the same bits, whatever they are taken for.
impl Operands for Pairs {
    type S = Avx512;
    type V = __m512bh;
    const DEPTH: usize = 2;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512bh {
        unsafe { transmute::<__m512, __m512bh>(_mm512_loadu_ps(from)) }
    }

    #[inline(always)]
    unsafe fn splat(word: *const f32) -> __m512bh {
        unsafe { transmute::<__m512, __m512bh>(_mm512_set1_ps(*word)) }
    }

    #[inline(always)]
    unsafe fn mul_add(a: __m512bh, b: __m512bh, sum: __m512) -> __m512 {
        unsafe { _mm512_dpbf16_ps(sum, a, b) }
    }

    #[inline(always)]
    unsafe fn store_along(value: Wide<Avx512>, words: &mut [f32], at: usize) {
        let words = &mut words[at..at + LANES / 2];
        unsafe {
            let rounded = transmute::<__m256bh, __m256>(_mm512_cvtneps_pbh(value.0));
            _mm256_storeu_ps(words.as_mut_ptr(), rounded);
        }
    }

    #[inline(always)]
    unsafe fn store_across(values: [Wide<Avx512>; 2], words: &mut [f32], at: usize) {
        let words = &mut words[at..at + LANES];
        unsafe {
            let rounded = _mm512_cvtne2ps_pbh(values[1].0, values[0].0);
            let places = _mm512_loadu_si512(IN_PAIRS.as_ptr().cast());
            let pairs = _mm512_permutexvar_epi16(places, transmute::<__m512bh, __m512i>(rounded));
            _mm512_storeu_si512(words.as_mut_ptr().cast(), pairs);
        }
    }
}
