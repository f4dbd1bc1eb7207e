//! `AlexCifarNet`: the network that Dataset Distillation and label distillation condense CIFAR-10 with
//! (reference sections 3.6, 5.6 and 5.7).

use crate::nets::layers::{pooling::Window, response_norm::ResponseNorm};
use crate::spec::Norm;

use super::builder::Builder;

const POOL: Window = Window { side: 3, stride: 2, padding: 1 };
const RESPONSE: ResponseNorm = ResponseNorm { size: 4, alpha: 0.001 / 9.0, beta: 0.75, k: 1.0 };

/// Everything before the classifier.
pub fn layers(images: Builder, _: Norm) -> Builder {
    let x = images.convolution(64, 5, 2).relu().max_pool(POOL).response_norm(RESPONSE);
    let x = x.convolution(64, 5, 2).relu().response_norm(RESPONSE).max_pool(POOL);
    x.flatten().linear(384).relu().linear(192).relu()
}
