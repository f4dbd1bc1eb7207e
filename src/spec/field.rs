//! The one table of everything a spec can say: key, label, unit, range and help.
//!
//! Parsing checks against it, forms are made from it, and `--set` names come from it.

use super::choices::{
    Activation, Architecture, Distance, EvaluationAugmentation, Fit, Init, LabelRule, Method, Mode,
    Norm, Pooling, Precision, Sharing, Start,
};
use super::continual;

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A whole number from the first to the second value, both included.
    Integer(u64, u64),
    /// A number from the first to the second value, both included.
    Number(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// Any text.
    Text,
    /// Tokens joined by underscores, or `none`.
    Strategy,
    /// `auto`, `cpu`, `gpu:N` or `software`.
    Device,
    /// Names and grids of networks with spaces between, or nothing.
    Networks,
    /// `own`, or a width and a height.
    Size,
}

impl Kind {
    /// What is allowed, for messages and forms.
    pub fn allowed(self) -> String {
        match self {
            Self::Integer(low, high) if high == u64::MAX || high == i64::MAX as u64 => {
                format!("a whole number, {low} or more")
            }
            Self::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Self::Number(low, high) => format!("a number from {low} to {high}"),
            Self::Choice(words) => words.join(", "),
            Self::Switch => "true or false".to_owned(),
            Self::Text => "text in quotes".to_owned(),
            Self::Strategy => {
                "color, crop, cutout, flip, scale, rotate joined by `_`, or none".to_owned()
            }
            Self::Device => "auto, cpu, gpu:N, software".to_owned(),
            Self::Networks => {
                "names such as MLP, ConvNetBN, ResNet18 with spaces between, or grids \
                               of them such as ConvNet{D1|D2}{W32|W64}, or nothing"
                    .to_owned()
            }
            Self::Size => "own, or WIDTHxHEIGHT such as 64x64".to_owned(),
        }
    }
}

/// One thing a spec can say.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key in full, section first.
    pub key: &'static str,
    /// A short name for forms.
    pub label: &'static str,
    /// The unit of the value, or nothing.
    pub unit: &'static str,
    /// What is allowed.
    pub kind: Kind,
    /// One sentence.
    pub help: &'static str,
}

pub(super) const fn field(
    key: &'static str,
    label: &'static str,
    unit: &'static str,
    kind: Kind,
    help: &'static str,
) -> Field {
    Field { key, label, unit, kind, help }
}

/// Every field, in the order of forms.
pub const FIELDS: &[Field] =
    &joined::<{ OWN.len() + continual::FIELDS.len() }>([OWN, continual::FIELDS]);

/// The fields of two lists.
const fn joined<const ALL: usize>([first, second]: [&[Field]; 2]) -> [Field; ALL] {
    let mut all = [first[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

/// Those that every run has a use for.
const OWN: &[Field] = &[
    field("name", "name", "", Kind::Text, "A label of your own for lists."),
    field("method", "method", "", Kind::Choice(Method::NAMES), "How the synthetic set is learned."),
    field(
        "ipc",
        "images per class",
        "images",
        Kind::Integer(1, 5000),
        "Synthetic images per class.",
    ),
    field(
        "init",
        "start from",
        "",
        Kind::Choice(Init::NAMES),
        "What the synthetic images start from.",
    ),
    field(
        "seed",
        "seed",
        "",
        Kind::Integer(0, i64::MAX as u64),
        "The root of all randomness: same seed, same images.",
    ),
    field(
        "device",
        "device",
        "",
        Kind::Device,
        "Where to run: auto takes a hardware GPU if there is one.",
    ),
    field("data.set", "data set", "", Kind::Text, "A name that `stillroom data ls` lists."),
    field(
        "data.path",
        "data folder",
        "",
        Kind::Text,
        "Folder or archive; empty for where `data import` put it.",
    ),
    field("data.size", "image size", "pixels", Kind::Size, "Size that images are brought to."),
    field(
        "data.fit",
        "image fit",
        "",
        Kind::Choice(Fit::NAMES),
        "How images of another shape are brought to that size.",
    ),
    field(
        "data.channels",
        "channels",
        "",
        Kind::Integer(0, 3),
        "1 for grey, 3 for colour, 0 for what the images have.",
    ),
    field(
        "network.architecture",
        "architecture",
        "",
        Kind::Choice(Architecture::NAMES),
        "Kind of network; width, depth, activation and pooling are for convnet only.",
    ),
    field(
        "network.width",
        "width",
        "channels",
        Kind::Integer(1, 4096),
        "Channels of every convolution.",
    ),
    field(
        "network.depth",
        "depth",
        "blocks",
        Kind::Integer(1, 8),
        "Blocks of convolution, norm, activation and pooling.",
    ),
    field(
        "network.activation",
        "activation",
        "",
        Kind::Choice(Activation::NAMES),
        "Activation of every block.",
    ),
    field(
        "network.norm",
        "norm",
        "",
        Kind::Choice(Norm::NAMES),
        "Normalisation behind every convolution.",
    ),
    field(
        "network.pooling",
        "pooling",
        "",
        Kind::Choice(Pooling::NAMES),
        "Pooling of every block.",
    ),
    field(
        "condense.iterations",
        "iterations",
        "networks",
        Kind::Integer(0, 10_000_000),
        "Fresh networks met, one after the other; 0 where nothing is learned.",
    ),
    field(
        "condense.outer_steps",
        "outer steps",
        "updates",
        Kind::Integer(1, 10_000),
        "Image updates on one network.",
    ),
    field(
        "condense.inner_epochs",
        "inner epochs",
        "epochs",
        Kind::Integer(0, 10_000),
        "Training of the network between two image updates.",
    ),
    field(
        "condense.real_batch",
        "real batch",
        "images a class",
        Kind::Integer(1, 100_000),
        "Real images per class and update.",
    ),
    field(
        "condense.train_batch",
        "training batch",
        "images",
        Kind::Integer(1, 100_000),
        "Synthetic images per inner training step.",
    ),
    field(
        "condense.image_lr",
        "image rate",
        "",
        Kind::Number(0.0, 1e6),
        "Learning rate of the pixels.",
    ),
    field(
        "condense.image_momentum",
        "image momentum",
        "",
        Kind::Number(0.0, 0.9999),
        "Momentum of the pixels' optimiser.",
    ),
    field(
        "condense.network_lr",
        "network rate",
        "",
        Kind::Number(0.0, 1e6),
        "Learning rate of the network in the inner loop.",
    ),
    field(
        "condense.distance",
        "distance",
        "",
        Kind::Choice(Distance::NAMES),
        "How two sets of gradients are compared.",
    ),
    field(
        "condense.real_precision",
        "real precision",
        "",
        Kind::Choice(Precision::NAMES),
        "Products behind gradients of real batches, on the CPU: f32, or bf16 for speed.",
    ),
    field(
        "augment.strategy",
        "strategy",
        "",
        Kind::Strategy,
        "Augmentations to draw from while matching.",
    ),
    field(
        "augment.mode",
        "mode",
        "",
        Kind::Choice(Mode::NAMES),
        "S: one token a batch; M: all tokens in order.",
    ),
    field(
        "augment.sharing",
        "sharing",
        "",
        Kind::Choice(Sharing::NAMES),
        "Who shares augmentation parameters: siamese is DSA.",
    ),
    field(
        "augment.align_corners",
        "align corners",
        "",
        Kind::Switch,
        "The bilinear sampler of torch 1.2 (true) or of today (false).",
    ),
    field(
        "unroll.groups",
        "groups",
        "groups",
        Kind::Integer(0, 5000),
        "DD: groups of images, one for an inner step; 0 for one image of each class per group.",
    ),
    field(
        "unroll.epochs",
        "inner epochs",
        "epochs",
        Kind::Integer(1, 1000),
        "DD: how often the groups are gone through.",
    ),
    field(
        "unroll.rate",
        "first step size",
        "",
        Kind::Number(1e-6, 1e3),
        "DD: the step sizes before they are learned.",
    ),
    field(
        "unroll.lr",
        "learning rate",
        "",
        Kind::Number(0.0, 1e3),
        "DD: Adam's rate for images and step sizes.",
    ),
    field(
        "unroll.lr_levels",
        "rate levels",
        "levels",
        Kind::Integer(1, 1000),
        "DD: that rate halves from each of so many equal parts of the run to the next.",
    ),
    field(
        "unroll.outer_batch",
        "real batch",
        "images",
        Kind::Integer(1, 1_000_000),
        "DD: real images of all classes together in an update.",
    ),
    field(
        "unroll.start",
        "networks from",
        "",
        Kind::Choice(Start::NAMES),
        "DD: fresh networks, a fixed one, or networks trained on all data.",
    ),
    field(
        "unroll.pool",
        "trained networks",
        "networks",
        Kind::Integer(1, 1000),
        "DD: trained networks to draw from, where they are.",
    ),
    field(
        "unroll.networks",
        "networks averaged",
        "networks",
        Kind::Integer(1, 1000),
        "DD: networks whose gradients are averaged in an update.",
    ),
    field(
        "labels.rule",
        "rule",
        "",
        Kind::Choice(LabelRule::NAMES),
        "LD: labels through a step of descent, or through ridge regression.",
    ),
    field("labels.lr", "label rate", "", Kind::Number(0.0, 1e3), "LD: Adam's rate for labels."),
    field(
        "labels.batch",
        "base batch",
        "images",
        Kind::Integer(1, 100_000),
        "LD: base images in an update and in a training step.",
    ),
    field(
        "labels.outer_batch",
        "real batch",
        "images",
        Kind::Integer(1, 1_000_000),
        "LD: real images of all classes together in an update.",
    ),
    field(
        "labels.inner_lr",
        "inner rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: size of the step that is looked through.",
    ),
    field(
        "labels.model_lr",
        "network rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: Adam's rate for networks, while learning and in the evaluation.",
    ),
    field("labels.ridge", "ridge", "", Kind::Number(1e-9, 1e9), "LD: penalty of the regression."),
    field(
        "labels.ridge_share",
        "ridge share",
        "",
        Kind::Number(1e-6, 1.0),
        "LD: share of a new classifier in the one that is kept.",
    ),
    field(
        "labels.scale_lr",
        "scale rate",
        "",
        Kind::Number(0.0, 1e3),
        "LD: Adam's rate for the regression's scale.",
    ),
    field(
        "labels.window",
        "patience",
        "updates",
        Kind::Integer(1, 1_000_000),
        "LD: a network starts afresh after so many updates without a new minimum.",
    ),
    field(
        "labels.check_every",
        "check every",
        "updates",
        Kind::Integer(1, 10_000_000),
        "LD: how often the labels are tried on held-out images; the best are kept.",
    ),
    field(
        "labels.held_out",
        "held out",
        "",
        Kind::Number(0.001, 0.9),
        "LD: share of the training images that is held out for that.",
    ),
    field(
        "coreset.epochs",
        "coreset epochs",
        "epochs",
        Kind::Integer(1, 100_000),
        "Training on all data of the network that coresets are chosen with.",
    ),
    field(
        "coreset.batch",
        "coreset batch",
        "images",
        Kind::Integer(1, 100_000),
        "Images per step of that training.",
    ),
    field("coreset.lr", "coreset rate", "", Kind::Number(0.0, 1e3), "Its learning rate."),
    field("coreset.momentum", "coreset momentum", "", Kind::Number(0.0, 1.0), "Its momentum."),
    field(
        "evaluate.every",
        "evaluate every",
        "iterations",
        Kind::Integer(0, 10_000_000),
        "0 evaluates only at the end.",
    ),
    field(
        "evaluate.networks",
        "networks",
        "networks",
        Kind::Integer(1, 1000),
        "Fresh networks trained at each evaluation.",
    ),
    field(
        "evaluate.epochs",
        "epochs",
        "epochs",
        Kind::Integer(0, 1_000_000),
        "Index of the last training epoch: 0 is one epoch.",
    ),
    field(
        "evaluate.batch",
        "batch",
        "images",
        Kind::Integer(1, 100_000),
        "Images per training step.",
    ),
    field(
        "evaluate.lr",
        "rate",
        "",
        Kind::Number(0.0, 1e6),
        "Learning rate; a tenth of it in the second half.",
    ),
    field("evaluate.momentum", "momentum", "", Kind::Number(0.0, 0.9999), "Momentum."),
    field("evaluate.weight_decay", "weight decay", "", Kind::Number(0.0, 10.0), "Weight decay."),
    field(
        "evaluate.augmentation",
        "augmentation",
        "",
        Kind::Choice(EvaluationAugmentation::NAMES),
        "How training batches are augmented.",
    ),
    field(
        "evaluate.random_baseline",
        "random baseline",
        "",
        Kind::Switch,
        "Score random real images the same way, as the line to beat.",
    ),
    field(
        "evaluate.also_on",
        "also on",
        "",
        Kind::Networks,
        "Other networks that the finished set is evaluated on.",
    ),
    field(
        "record.snapshot_every",
        "snapshot every",
        "iterations",
        Kind::Integer(0, 10_000_000),
        "0 keeps only the first and the last picture.",
    ),
    field(
        "record.checkpoint_every",
        "checkpoint every",
        "iterations",
        Kind::Integer(0, 10_000_000),
        "0 leaves it to the time alone.",
    ),
    field(
        "record.checkpoint_secs",
        "checkpoint after",
        "seconds",
        Kind::Integer(0, 1_000_000),
        "A checkpoint is due then in any case, even within an iteration; 0 for never.",
    ),
];

/// The field with this key.
pub fn find(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, Spec, defaults};

    /// Every key of a resolved spec is in the table, and the table has no other.
    #[test]
    fn the_table_and_the_spec_name_the_same_keys() {
        let spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let mut keys = Vec::new();
        for (key, value) in toml::Table::try_from(&spec).unwrap() {
            match value {
                toml::Value::Table(section) => {
                    keys.extend(section.keys().map(|inner| format!("{key}.{inner}")));
                }
                _ => keys.push(key),
            }
        }
        let mut listed: Vec<_> = FIELDS.iter().map(|field| field.key.to_owned()).collect();
        keys.sort();
        listed.sort();
        assert_eq!(keys, listed);
        let _: Spec = toml::from_str(&spec.to_toml()).unwrap();
    }
}
