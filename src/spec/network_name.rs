//! The names that papers give networks, such as `ConvNetD4`, `ConvNetASwishBN` or `ResNet18BN_AP`, and the
//! options behind them (reference sections 1.9 and 3).
//!
//! A `ConvNet`'s name lists what differs from the paper's: depth, width, activation, normalisation, pooling,
//! in this order. Other networks have a fixed shape; what may follow is `BN`, for batch normalisation.

use std::{fmt, str::FromStr};

use super::choices::{Activation, Architecture, Norm, Pooling};
use super::types::NetworkSpec;

/// Names of the activations in a `ConvNet`'s name; the longest of those that begin alike stands first.
const ACTIVATIONS: [(&str, Activation); 4] = [
    ("ASwish", Activation::Swish),
    ("AS", Activation::Sigmoid),
    ("AR", Activation::Relu),
    ("AL", Activation::LeakyRelu),
];
const NORMS: [(&str, Norm); 5] = [
    ("NN", Norm::None),
    ("BN", Norm::Batch),
    ("LN", Norm::Layer),
    ("IN", Norm::Instance),
    ("GN", Norm::Group),
];
const POOLINGS: [(&str, Pooling); 3] =
    [("NP", Pooling::None), ("MP", Pooling::Max), ("AP", Pooling::Average)];
const FIXED: [(&str, Architecture); 6] = [
    ("MLP", Architecture::Mlp),
    ("LeNet", Architecture::LeNet),
    ("AlexNet", Architecture::AlexNet),
    ("AlexCifarNet", Architecture::AlexCifarNet),
    ("VGG11", Architecture::Vgg11),
    ("ResNet18", Architecture::ResNet18),
];

impl Architecture {
    /// Normalisations that it can have; the first one is what it has by itself.
    pub const fn norms(self) -> &'static [Norm] {
        match self {
            Self::ConvNet => Norm::ALL,
            Self::Mlp | Self::LeNet | Self::AlexCifarNet => &[Norm::None],
            Self::AlexNet => &[Norm::None, Norm::Batch],
            Self::Vgg11 | Self::ResNet18 => &[Norm::Instance, Norm::Batch],
            Self::ResNet18Ap => &[Norm::Batch, Norm::Instance],
        }
    }
}

impl NetworkSpec {
    /// A network of this architecture with the options it has by itself.
    pub fn of(architecture: Architecture) -> Self {
        let norm = match architecture {
            Architecture::ConvNet => Norm::Instance,
            other => other.norms()[0],
        };
        Self { architecture, norm, ..Self::default() }
    }
}

impl Default for NetworkSpec {
    /// The paper's: a `ConvNet` of depth 3 and width 128.
    fn default() -> Self {
        Self {
            architecture: Architecture::ConvNet,
            width: 128,
            depth: 3,
            activation: Activation::Relu,
            norm: Norm::Instance,
            pooling: Pooling::Average,
        }
    }
}

impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::of(self.architecture);
        let batch = if self.norm == Norm::Batch { "BN" } else { "" };
        let name = match self.architecture {
            Architecture::ConvNet => {
                let number = |letter: char, value: usize, usual: usize| {
                    if value == usual { String::new() } else { format!("{letter}{value}") }
                };
                let depth = number('D', self.depth, plain.depth);
                let width = number('W', self.width, plain.width);
                let activation = letters(&ACTIVATIONS, self.activation, plain.activation);
                let norm = letters(&NORMS, self.norm, plain.norm);
                let pooling = letters(&POOLINGS, self.pooling, plain.pooling);
                format!("ConvNet{depth}{width}{activation}{norm}{pooling}")
            }
            Architecture::ResNet18Ap => format!("ResNet18{batch}_AP"),
            other => {
                let known = FIXED.iter().find(|(_, architecture)| *architecture == other);
                format!("{}{batch}", known.map_or(other.word(), |(name, _)| name))
            }
        };
        f.pad(&name)
    }
}

impl FromStr for NetworkSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!(
                "`{text}` is no network; there are MLP, LeNet, AlexNet, AlexCifarNet, VGG11, ResNet18, \
                 ResNet18_AP (with BN behind the last four names but AlexCifarNet: AlexNetBN, \
                 ResNet18BN_AP) and ConvNet with options behind it in the order depth, width, activation, \
                 norm, pooling, such as ConvNetD4W64ASwishBNMP"
            )
        };
        if let Some(options) = text.strip_prefix("ConvNet") {
            return convnet(options).ok_or_else(unknown);
        }
        let (name, pooled) = match text.strip_suffix("_AP") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let (name, norm) = match name.strip_suffix("BN") {
            Some(name) => (name, Some(Norm::Batch)),
            None => (name, None),
        };
        let known = FIXED.iter().find(|(known, _)| *known == name);
        let (_, mut architecture) = known.copied().ok_or_else(unknown)?;
        if pooled {
            if architecture != Architecture::ResNet18 {
                return Err(unknown());
            }
            architecture = Architecture::ResNet18Ap;
        }
        let plain = if pooled { Norm::Instance } else { Self::of(architecture).norm };
        let norm = norm.unwrap_or(plain);
        if !architecture.norms().contains(&norm) {
            return Err(unknown());
        }
        Ok(Self { norm, ..Self::of(architecture) })
    }
}

/// The letters for an option, none where it is as usual.
fn letters<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T, usual: T) -> &'static str {
    if value == usual {
        return "";
    }
    names.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

/// The `ConvNet` with these options behind its name.
fn convnet(options: &str) -> Option<NetworkSpec> {
    let mut spec = NetworkSpec::default();
    let mut rest = options;
    spec.depth = number(&mut rest, 'D', spec.depth)?;
    spec.width = number(&mut rest, 'W', spec.width)?;
    if let Some(activation) = take(&mut rest, &ACTIVATIONS) {
        spec.activation = activation;
    }
    if let Some(norm) = take(&mut rest, &NORMS) {
        spec.norm = norm;
    }
    if let Some(pooling) = take(&mut rest, &POOLINGS) {
        spec.pooling = pooling;
    }
    rest.is_empty().then_some(spec)
}

/// Takes a letter and the number behind it off the front, the usual one where there is none; `None` when the
/// number is missing or zero.
fn number(rest: &mut &str, letter: char, usual: usize) -> Option<usize> {
    let Some(behind) = rest.strip_prefix(letter) else { return Some(usual) };
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let (digits, left) = behind.split_at(end);
    *rest = left;
    digits.parse().ok().filter(|number| *number > 0)
}

/// Takes the first of these names that fits off the front.
fn take<T: Copy>(rest: &mut &str, names: &[(&str, T)]) -> Option<T> {
    let (name, value) = names.iter().find(|(name, _)| rest.starts_with(name))?;
    *rest = &rest[name.len()..];
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name of the reference's section 1.9.
    #[test]
    fn names_of_the_papers_read_as_they_are_written() {
        let names = "MLP ConvNet LeNet AlexNet VGG11 ResNet18 ConvNetBN ConvNetASwishBN AlexNetBN VGG11BN \
                     ResNet18BN ResNet18BN_AP ConvNetW32 ConvNetW64 ConvNetW256 ConvNetD1 ConvNetD2 \
                     ConvNetD4 ConvNetAS ConvNetAL ConvNetASwish ConvNetNN ConvNetLN ConvNetGN \
                     ConvNetNP ConvNetMP AlexCifarNet ResNet18_AP ConvNetD4W64ALGNMP";
        for name in names.split_whitespace() {
            assert_eq!(name.parse::<NetworkSpec>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn names_of_the_usual_options_are_the_plain_network() {
        for name in ["ConvNetD3", "ConvNetW128", "ConvNetAR", "ConvNetIN", "ConvNetAP"] {
            assert_eq!(name.parse::<NetworkSpec>().unwrap(), NetworkSpec::default(), "{name}");
        }
    }

    #[test]
    fn options_are_those_of_their_letters() {
        let spec: NetworkSpec = "ConvNetD2W16ASBNNP".parse().unwrap();
        let wanted = NetworkSpec {
            depth: 2,
            width: 16,
            activation: Activation::Sigmoid,
            norm: Norm::Batch,
            pooling: Pooling::None,
            ..NetworkSpec::default()
        };
        assert_eq!(spec, wanted);
        let spec: NetworkSpec = "ResNet18BN_AP".parse().unwrap();
        assert_eq!((spec.architecture, spec.norm), (Architecture::ResNet18Ap, Norm::Batch));
    }

    #[test]
    fn other_names_are_refused_with_those_that_there_are() {
        for name in
            ["", "convnet", "ConvNetD", "ConvNetD0", "ConvNetX", "ConvNetBND2", "MLPBN", "VGG11_AP"]
        {
            let error = name.parse::<NetworkSpec>().unwrap_err();
            assert!(
                error.starts_with(&format!("`{name}` is no network; there are MLP")),
                "{error}"
            );
        }
    }
}
