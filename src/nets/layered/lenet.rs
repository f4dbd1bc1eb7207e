//! `LeNet`: two convolutions and two hidden linear layers (reference section 3.3).

use crate::nets::layers::pooling::Window;
use crate::spec::Norm;

use super::builder::Builder;

/// Everything before the classifier. Grey images are padded from 28 to 32 pixels.
pub fn layers(images: Builder, _: Norm) -> Builder {
    let padding = if images.channels() == 1 { 2 } else { 0 };
    let block = |x: Builder, outputs, padding| {
        x.convolution(outputs, 5, padding).relu().max_pool(Window::tiles(2))
    };
    let x = block(block(images, 6, padding), 16, 0);
    x.flatten().linear(120).relu().linear(84).relu()
}
