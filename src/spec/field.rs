//! The one table of everything a spec can say: key, label, unit, range and help.
//!
//! Parsing checks against it, forms are made from it, and `--set` names come from it.

use super::choices::{
    Activation, Architecture, Distance, EvaluationAugmentation, Fit, Init, Method, Mode, Norm,
    Pooling, Precision, Sharing,
};
use super::{continual, label_learning, unroll};

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

impl Field {
    /// What is said behind a value: its unit, in the singular for one, or what a value that is no amount
    /// means.
    pub fn unit_of(&self, value: &str) -> String {
        match (self.key, value) {
            ("data.channels", "0") => "as the images have".to_owned(),
            ("evaluate.every", "0") => "at the end only".to_owned(),
            ("record.snapshot_every", "0") => "first and last only".to_owned(),
            ("record.checkpoint_every", "0") => "by the time alone".to_owned(),
            ("record.checkpoint_secs", "0") => "never by the time".to_owned(),
            ("memory", "0" | "0.0") => "not declared".to_owned(),
            // The label says it.
            _ if self.label.ends_with(self.unit) => String::new(),
            (_, "1") => {
                let (first, rest) = self.unit.split_once(' ').unwrap_or((self.unit, ""));
                let one = first.strip_suffix('s').unwrap_or(first);
                format!("{one} {rest}").trim_end().to_owned()
            }
            _ => self.unit.to_owned(),
        }
    }
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

/// The fields of every section, in the order of forms.
const LISTS: [&[Field]; 4] = [OWN, unroll::FIELDS, label_learning::FIELDS, continual::FIELDS];

/// Every field, in the order of forms.
pub const FIELDS: &[Field] = &joined::<{ count(&LISTS) }>(&LISTS);

const fn count(lists: &[&[Field]]) -> usize {
    let (mut all, mut list) = (0, 0);
    while list < lists.len() {
        all += lists[list].len();
        list += 1;
    }
    all
}

/// The fields of several lists.
const fn joined<const ALL: usize>(lists: &[&[Field]]) -> [Field; ALL] {
    let mut all = [lists[0][0]; ALL];
    let (mut at, mut list) = (0, 0);
    while list < lists.len() {
        let mut own = 0;
        while own < lists[list].len() {
            all[at] = lists[list][own];
            own += 1;
            at += 1;
        }
        list += 1;
    }
    all
}

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
    field(
        "memory",
        "device memory",
        "GiB",
        Kind::Number(0.0, 1e6),
        "Memory of its device that the run needs; it starts where so much is not declared by others. 0 declares none.",
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
        "",
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
        "Products behind gradients of real batches: f32; for speed bf16, or f16 on tensor cores.",
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

    #[test]
    fn units_fit_their_values() {
        let told = |key: &str, value: &str| find(key).unwrap().unit_of(value);
        assert_eq!(told("ipc", "10"), "images");
        assert_eq!(told("ipc", "1"), "image");
        assert_eq!(told("condense.real_batch", "1"), "image a class");
        assert_eq!(told("condense.iterations", "250"), "");
        assert_eq!(told("data.channels", "0"), "as the images have");
        assert_eq!(told("data.channels", "1"), "");
        assert_eq!(told("evaluate.networks", "5"), "");
        assert_eq!([told("memory", "0.0"), told("memory", "1.5")], ["not declared", "GiB"]);
    }

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
