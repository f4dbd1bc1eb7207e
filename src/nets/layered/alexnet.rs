//! `AlexNet` for small images: five convolutions, three of them pooled (reference section 3.4).

use crate::nets::layers::pooling::Window;
use crate::spec::Norm;

use super::builder::Builder;

/// Everything before the classifier; the norm is none or batch normalisation. Grey images are padded from
/// 28 to 32 pixels.
pub fn layers(images: Builder, norm: Norm) -> Builder {
    let first = if images.channels() == 1 { 4 } else { 2 };
    let block = |x: Builder, outputs, kernel, padding| {
        x.convolution(outputs, kernel, padding).norm(norm).relu()
    };
    let x = block(images, 128, 5, first).max_pool(Window::tiles(2));
    let x = block(x, 192, 5, 2).max_pool(Window::tiles(2));
    let x = block(block(block(x, 256, 3, 1), 192, 3, 1), 192, 3, 1);
    x.max_pool(Window::tiles(2))
}
