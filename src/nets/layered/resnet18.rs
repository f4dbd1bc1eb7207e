//! `ResNet18` for small images, with strided convolutions or with average pooling in their place (reference
//! section 3.6).

use crate::spec::Norm;

use super::builder::Builder;

/// Channels of the stages, of two basic blocks each; all but the first one halve the image.
const STAGES: [usize; 4] = [64, 128, 256, 512];

/// Everything before the classifier; the norm is instance or batch normalisation.
pub fn strided(images: Builder, norm: Norm) -> Builder {
    let x = stages(images, norm, |x, outputs, halves| {
        let stride = if halves { 2 } else { 1 };
        block(x, outputs, norm, |x, kernel| x.bare_convolution(outputs, kernel, stride), |x| x)
    });
    x.average_pool(4)
}

/// The same with convolutions that move by single pixels and 2x2 averages behind them, and without the
/// average over the last map.
pub fn pooled(images: Builder, norm: Norm) -> Builder {
    stages(images, norm, |x, outputs, halves| {
        let half = move |x: Builder| if halves { x.average_pool(2) } else { x };
        block(x, outputs, norm, |x, kernel| x.bare_convolution(outputs, kernel, 1), half)
    })
}

fn stages(images: Builder, norm: Norm, block: impl Fn(Builder, usize, bool) -> Builder) -> Builder {
    let mut x = images.bare_convolution(STAGES[0], 3, 1).norm(norm).relu();
    for (stage, outputs) in STAGES.into_iter().enumerate() {
        for first in [true, false] {
            x = block(x, outputs, first && stage > 0);
        }
    }
    x
}

/// A basic block: `first` is its first convolution, of that kernel, and that of its shortcut; `half` is what
/// follows both.
fn block(
    x: Builder,
    outputs: usize,
    norm: Norm,
    first: impl Fn(Builder, usize) -> Builder,
    half: impl Fn(Builder) -> Builder,
) -> Builder {
    let changes = x.channels() != outputs;
    let body = |x| half(first(x, 3).norm(norm).relu()).bare_convolution(outputs, 3, 1).norm(norm);
    let shortcut = |x| if changes { half(first(x, 1)).norm(norm) } else { x };
    x.residual(body, shortcut)
}
