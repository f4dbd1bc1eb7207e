//! The closed vocabularies of a spec: every word a user may write where only some words are allowed.
//!
//! Each is written once, with its spelling, so that parsing, forms, help and messages agree.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one spelling each, with `ALL`, `NAMES`, `Display`, `FromStr`
/// and serde through that spelling.
macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "&'static str", try_from = "String")]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            /// Every value, in the order in which they are listed to users.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The spelling of every value, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// The spelling of this value in a spec.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.word()) }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("`{other}` is not one of {}", Self::NAMES.join(", "))),
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self { value.word() }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> { text.parse() }
        }
    };
}

words! {
    /// How the synthetic set is learned.
    Method {
        /// Gradient matching without augmentation (Zhao, Mopuri & Bilen 2021).
        Dc = "dc",
        /// Gradient matching with differentiable Siamese augmentation (Zhao & Bilen 2021).
        Dsa = "dsa",
        /// Distribution matching in the embedding of fresh networks (Zhao & Bilen 2023).
        Dm = "dm",
        /// Images and step sizes that a network is good after (Wang et al. 2018).
        Dd = "dd",
        /// Soft labels for real images that stay as they are (Bohdal, Yang & Hospedales 2020).
        Ld = "ld",
        /// Real images drawn at random.
        Random = "random",
        /// Real images whose mean embedding stays at that of their class (Welling 2009).
        Herding = "herding",
        /// Real images such that none is far from the nearest of them (Sener & Savarese 2018).
        KCenter = "k-center",
        /// Real images that training forgets most often (Toneva et al. 2019).
        Forgetting = "forgetting",
        /// All real images.
        Whole = "whole",
    }
}

words! {
    /// What the synthetic images start from (reference sections 1.4 and 5).
    Init {
        /// Standard normal noise in normalised space.
        Noise = "noise",
        /// Copies of randomly drawn real images of the class.
        Real = "real",
        /// Copies of the real images of the class that herding chooses.
        Herding = "herding",
        /// Copies of those that K-Center chooses.
        KCenter = "k-center",
        /// Copies of those that training forgets most often.
        Forgetting = "forgetting",
    }
}

impl Method {
    /// True when something is learned: there are iterations.
    pub const fn learns(self) -> bool {
        self.matches() || matches!(self, Self::Dd | Self::Ld)
    }

    /// True when the images of a class are learned by holding them against real ones of the class.
    pub const fn matches(self) -> bool {
        matches!(self, Self::Dc | Self::Dsa | Self::Dm)
    }

    /// What is made small; nothing where nothing is learned.
    pub const fn objective(self) -> &'static str {
        match self {
            Self::Dc | Self::Dsa | Self::Dm => "matching distance",
            Self::Dd | Self::Ld => "loss on real images",
            Self::Random | Self::Herding | Self::KCenter | Self::Forgetting | Self::Whole => "",
        }
    }

    /// True when networks are trained on the synthetic set between two image updates.
    pub const fn trains_networks(self) -> bool {
        matches!(self, Self::Dc | Self::Dsa)
    }
}

impl Init {
    /// True when the choice of images needs a network that was trained on the whole data set.
    pub const fn is_coreset(self) -> bool {
        matches!(self, Self::Herding | Self::KCenter | Self::Forgetting)
    }
}

words! {
    /// Which networks dataset distillation makes its images for (reference section 5.6).
    Start {
        /// Any fresh one: another in every update.
        Fresh = "fresh",
        /// One fresh network, always the same.
        Fixed = "fixed",
        /// Networks that were trained on the whole data set.
        Trained = "trained",
    }
}

words! {
    /// How label distillation pulls labels (reference section 5.7).
    LabelRule {
        /// Through a step of gradient descent.
        SecondOrder = "second-order",
        /// Through ridge regression on the embedding.
        Ridge = "ridge",
    }
}

words! {
    /// How an image of another shape is brought to a size.
    Fit {
        /// The middle of the image, as much of it as has the right proportions.
        Crop = "crop",
        /// The whole image, stretched.
        Resize = "resize",
        /// The whole image in its own proportions, with black at two sides.
        Pad = "pad",
    }
}

words! {
    /// The matching distance of two sets of gradients (reference section 1.6).
    Distance {
        /// One minus cosine, summed over the rows of every tensor of rank two and more.
        Ours = "ours",
        /// Sum of squared differences over all parameters.
        Mse = "mse",
        /// One minus the cosine over all parameters as one vector.
        Cos = "cos",
    }
}

words! {
    /// What kind of network it is (reference section 3).
    Architecture {
        /// Blocks of convolution, normalisation, activation and pooling, all of them to be chosen.
        ConvNet = "convnet",
        /// Two hidden layers of 128.
        Mlp = "mlp",
        /// Two convolutions, two hidden layers.
        LeNet = "lenet",
        /// Five convolutions.
        AlexNet = "alexnet",
        /// The network of Dataset Distillation on CIFAR-10.
        AlexCifarNet = "alexcifarnet",
        /// Eight convolutions.
        Vgg11 = "vgg11",
        /// Residual blocks with strided convolutions.
        ResNet18 = "resnet18",
        /// Residual blocks with average pooling.
        ResNet18Ap = "resnet18-ap",
    }
}

words! {
    /// How the products of convolutions are computed; sums are in single precision either way.
    Precision {
        /// From single precision.
        F32 = "f32",
        /// From values rounded to bf16, eight bits of mantissa.
        Bf16 = "bf16",
        /// From values rounded to half precision, eleven bits of mantissa and a short range.
        F16 = "f16",
    }
}

words! {
    /// The activation of a `ConvNet` block (reference section 3.2).
    Activation {
        /// Logistic sigmoid.
        Sigmoid = "sigmoid",
        /// Rectified linear unit.
        Relu = "relu",
        /// Leaky rectified linear unit, slope 0.01.
        LeakyRelu = "leakyrelu",
        /// x · sigmoid(x).
        Swish = "swish",
    }
}

words! {
    /// The normalisation of a `ConvNet` block (reference section 3.2).
    Norm {
        /// None.
        None = "none",
        /// Batch normalisation (its statistics are frozen while matching, reference section 1.5 a).
        Batch = "batchnorm",
        /// Layer normalisation over channels, height and width, elementwise affine.
        Layer = "layernorm",
        /// One group per channel.
        Instance = "instancenorm",
        /// Four groups.
        Group = "groupnorm",
    }
}

words! {
    /// The pooling of a `ConvNet` block (reference section 3.2).
    Pooling {
        /// No down-sampling.
        None = "none",
        /// 2x2 maximum, stride 2.
        Max = "maxpooling",
        /// 2x2 average, stride 2.
        Average = "avgpooling",
    }
}

words! {
    /// One family of augmentations, a part of a [`Strategy`] (reference section 2.2).
    Token {
        /// Brightness, saturation and contrast, in this order.
        Color = "color",
        /// Integer translation, zero outside.
        Crop = "crop",
        /// A block set to zero.
        Cutout = "cutout",
        /// Left-right mirror.
        Flip = "flip",
        /// Independent scaling of the axes, bilinear.
        Scale = "scale",
        /// Rotation, bilinear.
        Rotate = "rotate",
    }
}

words! {
    /// How many tokens of the strategy one batch meets (reference section 2.3).
    Mode {
        /// One token, drawn uniformly, for the whole batch.
        Single = "S",
        /// All tokens, in the order of the strategy.
        Multiple = "M",
    }
}

words! {
    /// Who shares augmentation parameters while matching (reference sections 2.4 and 4.5).
    Sharing {
        /// One parameter set for every real and every synthetic image of a class: DSA.
        Siamese = "siamese",
        /// One parameter set for the real batch and another for the synthetic batch.
        Independent = "independent",
        /// Every image of either side has its own parameters.
        PerImage = "per-image",
        /// Only the real batch is augmented.
        RealOnly = "real-only",
        /// Only the synthetic batch is augmented.
        SyntheticOnly = "synthetic-only",
        /// Neither side is augmented: DC.
        None = "none",
    }
}

words! {
    /// How training batches of an evaluation are augmented (reference section 1.8).
    EvaluationAugmentation {
        /// Not at all.
        None = "none",
        /// With the differentiable operations, every image its own parameters: DSA.
        Differentiable = "differentiable",
        /// With DC's own operations (reference section 2.6).
        Classic = "classic",
    }
}

words! {
    /// How a network learns one task after the other (reference sections 6.2 and 6.3).
    TaskTraining {
        /// One network all the way, on the real images of the task and the memory of those before.
        EndToEnd = "end-to-end",
        /// New networks after every task, on the memories alone.
        FromScratch = "from-scratch",
    }
}

/// An ordered list of tokens, written with underscores: `color_crop_cutout_flip_scale_rotate`.
/// The empty strategy is written `none`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Strategy(pub Vec<Token>);

impl Strategy {
    /// The paper's strategy for natural images and for Fashion-MNIST.
    pub const NATURAL: &'static str = "color_crop_cutout_flip_scale_rotate";
    /// The paper's strategy for digits, which a mirror would spoil.
    pub const DIGITS: &'static str = "color_crop_cutout_scale_rotate";

    /// What dataset distillation does to real images of natural scenes (reference section 5.6).
    pub const SHIFTS: &'static str = "crop_flip";

    /// True when nothing is augmented.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let words: Vec<_> = self.0.iter().map(|token| token.word()).collect();
        f.write_str(&words.join("_"))
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::default());
        }
        text.split('_').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Strategy> for String {
    fn from(strategy: Strategy) -> Self {
        strategy.to_string()
    }
}

impl TryFrom<String> for Strategy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Where a run shall happen. The engine turns the wish into a device, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum DeviceChoice {
    /// A hardware GPU where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The n-th hardware GPU, as `stillroom doctor` numbers them.
    Gpu(usize),
    /// A software Vulkan driver: right numbers, very slow.
    Software,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Cpu => f.pad("cpu"),
            Self::Gpu(index) => f.pad(&format!("gpu:{index}")),
            Self::Software => f.pad("software"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "software" => Ok(Self::Software),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|index| index.parse().ok())
                .map(Self::Gpu)
                .ok_or_else(|| format!("`{text}` is not one of auto, cpu, gpu:N, software")),
        }
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_reads_as_it_is_written() {
        for text in [Strategy::NATURAL, Strategy::DIGITS, "rotate", "none"] {
            assert_eq!(text.parse::<Strategy>().unwrap().to_string(), text);
        }
        assert!("color_spin".parse::<Strategy>().is_err());
        assert!("".parse::<Strategy>().is_err());
    }

    #[test]
    fn a_device_reads_as_it_is_written() {
        for text in ["auto", "cpu", "gpu:0", "gpu:12", "software"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        for text in ["gpu", "gpu:", "gpu:-1", "cuda"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_word_is_its_own_value() {
        for (method, word) in Method::ALL.iter().zip(Method::NAMES) {
            assert_eq!(word.parse::<Method>().unwrap(), *method);
        }
    }
}
