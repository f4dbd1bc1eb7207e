//! The paper's values, by method, data set and number of images per class (reference sections 1.1,
//! 1.2, 1.8 and 2.1), which everything a user leaves out falls back to.

use super::{
    choices::{
        Architecture, DeviceChoice, Distance, EvaluationAugmentation, Fit, Init, Method, Mode,
        Precision, Sharing, Strategy,
    },
    continual::ContinualSpec,
    image_size::ImageSize,
    label_learning::LabelSpec,
    loops::loops,
    networks::Networks,
    types::{
        AugmentSpec, CondenseSpec, CoresetSpec, DataSpec, EvaluateSpec, NetworkSpec, RecordSpec,
        Spec,
    },
    unroll::UnrollSpec,
};

/// Data sets of digits: a mirrored digit is another sign, so they are never flipped.
const DIGITS: [&str; 5] = ["mnist", "mnist-5k", "svhn", "usps", "optdigits"];
/// Data sets that the reference's DC evaluates with its own augmentation (section 2.6).
const CLASSIC: [&str; 2] = ["mnist", "mnist-5k"];

/// Data sets of one channel, and the classes of the data sets that have not ten.
const GREY: [&str; 5] = ["mnist", "mnist-5k", "fashion-mnist", "usps", "optdigits"];
const CLASSES: [(&str, usize); 2] = [("cifar100", 100), ("tiny-imagenet", 200)];

/// Updates of dataset and of label distillation: 400 epochs of 1024 images each, of 50 000 images (reference
/// sections 5.6 and 5.7).
const DISTILLATION_UPDATES: usize = 19_600;

/// Networks of an evaluation on the whole data set: each takes long, and they differ little.
const WHOLE_NETWORKS: usize = 5;
/// Epochs of training on the whole data set (the experts of later work; reference section 5.5).
const WHOLE_EPOCHS: usize = 50;

/// The published spec for `ipc` images per class of `set`, learned by `method`.
///
/// Coresets are evaluated as DC is, as in the papers' tables (reference section 4.1). They are a set of
/// real images with no iteration behind it.
pub fn published(method: Method, set: &str, ipc: usize) -> Spec {
    let loops = loops(ipc);
    let strategy = if DIGITS.contains(&set) { Strategy::DIGITS } else { Strategy::NATURAL };
    let augmented = matches!(method, Method::Dsa | Method::Dm | Method::Whole);
    let augmentation = match () {
        () if augmented => EvaluationAugmentation::Differentiable,
        () if CLASSIC.contains(&set) => EvaluationAugmentation::Classic,
        () => EvaluationAugmentation::None,
    };
    let iterations = match method {
        Method::Dc | Method::Dsa => 1000,
        Method::Dm => 20_000,
        Method::Dd | Method::Ld => DISTILLATION_UPDATES,
        _ => 0,
    };
    let (outer_steps, inner_epochs) =
        if method.trains_networks() { (loops.outer_steps, loops.inner_epochs) } else { (1, 1) };
    let distributions = method == Method::Dm;
    let distils = matches!(method, Method::Dd | Method::Ld);
    let often = if distributions || distils { 200 } else { 10 };
    let is_natural = !GREY.contains(&set) && !DIGITS.contains(&set);
    let classes = CLASSES.iter().find(|(name, _)| *name == set).map_or(10, |(_, classes)| *classes);
    // The networks that the papers used.
    let network = match () {
        () if distils && GREY.contains(&set) => NetworkSpec::of(Architecture::LeNet),
        () if distils => NetworkSpec::of(Architecture::AlexCifarNet),
        () => NetworkSpec::default(),
    };
    let whole = method == Method::Whole;
    Spec {
        name: String::new(),
        method,
        ipc,
        init: match method {
            Method::Dc | Method::Dd => Init::Noise,
            Method::Herding => Init::Herding,
            Method::KCenter => Init::KCenter,
            Method::Forgetting => Init::Forgetting,
            Method::Dsa | Method::Dm | Method::Ld | Method::Random | Method::Whole => Init::Real,
        },
        seed: 0,
        device: DeviceChoice::Auto,
        memory: 0.0,
        data: DataSpec {
            set: set.to_owned(),
            path: String::new(),
            size: ImageSize::Own,
            fit: Fit::Crop,
            channels: 0,
        },
        network,
        condense: CondenseSpec {
            iterations,
            outer_steps,
            inner_epochs,
            real_batch: 256,
            train_batch: 256,
            image_lr: if distributions { 1.0 } else { 0.1 },
            image_momentum: 0.5,
            network_lr: 0.01,
            distance: Distance::Ours,
            real_precision: Precision::F32,
        },
        augment: AugmentSpec {
            strategy: match method {
                Method::Dd if is_natural => Strategy::SHIFTS.parse().unwrap_or_default(),
                Method::Dc | Method::Dd | Method::Ld => Strategy::default(),
                _ => strategy.parse().unwrap_or_default(),
            },
            mode: if method == Method::Dd { Mode::Multiple } else { Mode::Single },
            sharing: if augmented { Sharing::Siamese } else { Sharing::None },
            align_corners: false,
        },
        unroll: UnrollSpec {
            // The published rate for AlexCifarNet.
            rate: if GREY.contains(&set) { 0.02 } else { 0.001 },
            ..UnrollSpec::default()
        },
        labels: LabelSpec::published(classes * ipc, set),
        coreset: CoresetSpec { epochs: 50, batch: 256, lr: 0.01, momentum: 0.9 },
        evaluate: EvaluateSpec {
            every: if distributions || distils { 2000 } else { 500 },
            networks: if whole { WHOLE_NETWORKS } else { 20 },
            epochs: match augmentation {
                _ if whole => WHOLE_EPOCHS,
                EvaluationAugmentation::None => 300,
                _ => 1000,
            },
            batch: 256,
            lr: 0.01,
            momentum: 0.9,
            weight_decay: 5e-4,
            augmentation,
            random_baseline: method.learns(),
            also_on: Networks::default(),
        },
        continual: ContinualSpec::none(),
        record: RecordSpec { snapshot_every: often, checkpoint_every: often, checkpoint_secs: 60 },
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
    fn coresets_have_no_iterations_and_are_evaluated_as_dc_is() {
        for method in [Method::Random, Method::Herding, Method::KCenter, Method::Forgetting] {
            let spec = published(method, "mnist", 10);
            assert_eq!(spec.condense.iterations, 0);
            let dc = published(Method::Dc, "mnist", 10).evaluate;
            assert_eq!(spec.evaluate, EvaluateSpec { random_baseline: false, ..dc });
            assert_eq!(spec.init.is_coreset(), method != Method::Random);
        }
    }

    #[test]
    fn distillation_has_the_networks_of_its_papers() {
        let network = |method, set| published(method, set, 10).network.to_string();
        assert_eq!(network(Method::Dd, "fashion-mnist"), "LeNet");
        assert_eq!(network(Method::Ld, "cifar10"), "AlexCifarNet");
        let augment = |set| published(Method::Dd, set, 10).augment.strategy.to_string();
        assert_eq!([augment("cifar10"), augment("mnist")], ["crop_flip", "none"]);
    }

    #[test]
    fn dm_has_its_own_pace() {
        let spec = published(Method::Dm, "cifar10", 50);
        assert_eq!((spec.condense.iterations, spec.condense.outer_steps), (20_000, 1));
        assert!((spec.condense.image_lr - 1.0).abs() < 1e-12);
        assert_eq!((spec.evaluate.every, spec.evaluate.epochs), (2000, 1000));
        assert_eq!(spec.augment.sharing, Sharing::Siamese);
    }

    #[test]
    fn dc_is_evaluated_as_the_reference_does() {
        let mnist = published(Method::Dc, "mnist", 1).evaluate;
        assert_eq!((mnist.epochs, mnist.augmentation), (1000, EvaluationAugmentation::Classic));
        let cifar = published(Method::Dc, "cifar10", 1).evaluate;
        assert_eq!((cifar.epochs, cifar.augmentation), (300, EvaluationAugmentation::None));
    }
}
