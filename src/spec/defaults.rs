//! The paper's values, by method, data set and number of images per class (reference sections 1.1,
//! 1.2, 1.8 and 2.1), which everything a user leaves out falls back to.

use super::{
    choices::{
        Activation, DeviceChoice, Distance, EvaluationAugmentation, Fit, Init, Method, Mode, Norm,
        Pooling, Sharing, Strategy,
    },
    image_size::ImageSize,
    loops::loops,
    types::{AugmentSpec, CondenseSpec, DataSpec, EvaluateSpec, NetworkSpec, RecordSpec, Spec},
};

/// Data sets of digits: a mirrored digit is another sign, so they are never flipped.
const DIGITS: [&str; 5] = ["mnist", "mnist-5k", "svhn", "usps", "optdigits"];
/// Data sets that the reference's DC evaluates with its own augmentation (section 2.6).
const CLASSIC: [&str; 2] = ["mnist", "mnist-5k"];

/// The published spec for `ipc` images per class of `set`, learned by `method`.
pub fn published(method: Method, set: &str, ipc: usize) -> Spec {
    let loops = loops(ipc);
    let strategy = if DIGITS.contains(&set) { Strategy::DIGITS } else { Strategy::NATURAL };
    let siamese = method == Method::Dsa;
    let augmentation = match method {
        Method::Dsa => EvaluationAugmentation::Differentiable,
        Method::Dc if CLASSIC.contains(&set) => EvaluationAugmentation::Classic,
        Method::Dc => EvaluationAugmentation::None,
    };
    Spec {
        name: String::new(),
        method,
        ipc,
        init: if siamese { Init::Real } else { Init::Noise },
        seed: 0,
        device: DeviceChoice::Auto,
        data: DataSpec {
            set: set.to_owned(),
            path: String::new(),
            size: ImageSize::Own,
            fit: Fit::Crop,
            channels: 0,
        },
        network: NetworkSpec {
            width: 128,
            depth: 3,
            activation: Activation::Relu,
            norm: Norm::Instance,
            pooling: Pooling::Average,
        },
        condense: CondenseSpec {
            iterations: 1000,
            outer_steps: loops.outer_steps,
            inner_epochs: loops.inner_epochs,
            real_batch: 256,
            train_batch: 256,
            image_lr: 0.1,
            image_momentum: 0.5,
            network_lr: 0.01,
            distance: Distance::Ours,
        },
        augment: AugmentSpec {
            strategy: if siamese {
                strategy.parse().unwrap_or_default()
            } else {
                Strategy::default()
            },
            mode: Mode::Single,
            sharing: if siamese { Sharing::Siamese } else { Sharing::None },
            align_corners: false,
        },
        evaluate: EvaluateSpec {
            every: 500,
            networks: 20,
            epochs: if augmentation == EvaluationAugmentation::None { 300 } else { 1000 },
            batch: 256,
            lr: 0.01,
            momentum: 0.9,
            weight_decay: 5e-4,
            augmentation,
            random_baseline: true,
        },
        record: RecordSpec { snapshot_every: 10, checkpoint_every: 10, checkpoint_secs: 60 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_never_flipped() {
        let digits = published(Method::Dsa, "mnist", 1);
        assert_eq!(digits.augment.strategy.to_string(), Strategy::DIGITS);
        let natural = published(Method::Dsa, "cifar10", 1);
        assert_eq!(natural.augment.strategy.to_string(), Strategy::NATURAL);
    }

    #[test]
    fn dc_is_evaluated_as_the_reference_does() {
        let mnist = published(Method::Dc, "mnist", 1).evaluate;
        assert_eq!((mnist.epochs, mnist.augmentation), (1000, EvaluationAugmentation::Classic));
        let cifar = published(Method::Dc, "cifar10", 1).evaluate;
        assert_eq!((cifar.epochs, cifar.augmentation), (300, EvaluationAugmentation::None));
    }
}
