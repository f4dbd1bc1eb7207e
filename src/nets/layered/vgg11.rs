//! VGG11 for small images (reference section 3.5).

use crate::nets::layers::pooling::Window;
use crate::spec::Norm;

use super::builder::Builder;

/// Channels of the convolutions; a maximum over 2x2 windows follows every group.
const GROUPS: [&[usize]; 5] = [&[64], &[128], &[256, 256], &[512, 512], &[512, 512]];

/// Everything before the classifier; the norm is instance or batch normalisation. Grey images are padded
/// from 28 to 32 pixels.
pub fn layers(images: Builder, norm: Norm) -> Builder {
    let mut padding = if images.channels() == 1 { 3 } else { 1 };
    let mut x = images;
    for group in GROUPS {
        for &outputs in group {
            x = x.convolution(outputs, 3, padding).norm(norm).relu();
            padding = 1;
        }
        x = x.max_pool(Window::tiles(2));
    }
    x
}
