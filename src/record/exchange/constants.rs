//! Normalisation constants that other programs use, by data set: needed to know what their pixels are.
//!
//! DC, DSA, DM and those built on them share one table (reference section 1.3); dataset distillation has its
//! own for some sets (section 5.6). The same name may so mean two different spaces.

use crate::record::Space;

/// A data set as other programs name it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The name that specs use.
    pub name: &'static str,
    /// The name that other programs use in file names.
    pub theirs: &'static str,
    /// Classes.
    pub classes: usize,
    mean: &'static [f32],
    std: &'static [f32],
    distilled: Option<(&'static [f32], &'static [f32])>,
}

/// The sets of both tables; longer names first, since some contain others.
const SETS: &[Known] = &[
    set("fashion-mnist", "FashionMNIST", 10, &[0.2861], &[0.3530]),
    Known {
        distilled: Some((&[0.1307], &[0.3081])),
        ..set("mnist", "MNIST", 10, &[0.1307], &[0.3081])
    },
    Known {
        distilled: Some((&[0.4379, 0.4440, 0.4729], &[0.1980, 0.2010, 0.1970])),
        ..set("svhn", "SVHN", 10, &[0.4377, 0.4438, 0.4728], &[0.1980, 0.2010, 0.1970])
    },
    set("cifar100", "CIFAR100", 100, &[0.5071, 0.4866, 0.4409], &[0.2673, 0.2564, 0.2762]),
    Known {
        distilled: Some((&[0.4914, 0.4822, 0.4465], &[0.247, 0.243, 0.261])),
        ..set("cifar10", "CIFAR10", 10, &[0.4914, 0.4822, 0.4465], &[0.2023, 0.1994, 0.2010])
    },
    set("tiny-imagenet", "TinyImageNet", 200, &[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]),
];

const fn set(
    name: &'static str,
    theirs: &'static str,
    classes: usize,
    mean: &'static [f32],
    std: &'static [f32],
) -> Known {
    Known { name, theirs, classes, mean, std, distilled: None }
}

impl Known {
    /// The set of this name, theirs or ours, however it is written.
    pub fn find(name: &str) -> Option<&'static Self> {
        let plain = plain(name);
        SETS.iter().find(|set| plain == self::plain(set.name) || plain == self::plain(set.theirs))
    }

    /// The set that a path speaks of: a word of its last three parts, the last part first.
    pub fn in_path(path: &std::path::Path) -> Option<&'static Self> {
        let parts = path.iter().rev().take(3).filter_map(|part| part.to_str());
        parts.flat_map(|part| part.split(|c: char| !c.is_alphanumeric())).find_map(Self::find)
    }

    /// The space in which DC and its kin work on this set.
    pub fn space(&self) -> Space {
        Space { mean: self.mean.to_vec(), std: self.std.to_vec() }
    }

    /// The space in which dataset distillation works on this set.
    pub fn distilled_space(&self) -> Space {
        let (mean, std) = self.distilled.unwrap_or((self.mean, self.std));
        Space { mean: mean.to_vec(), std: std.to_vec() }
    }

    /// Channels of its images.
    pub const fn channels(&self) -> usize {
        self.mean.len()
    }

    /// The names of all sets, as specs use them.
    pub fn names() -> Vec<&'static str> {
        SETS.iter().map(|set| set.name).collect()
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn names_are_found_in_paths_and_not_within_others() {
        let name = |path: &str| Known::in_path(Path::new(path)).map(|set| set.name);
        assert_eq!(name("result/res_DSA_CIFAR10_ConvNet_10ipc.pt"), Some("cifar10"));
        assert_eq!(name("res_DC_FashionMNIST_ConvNet_1ipc.pt"), Some("fashion-mnist"));
        assert_eq!(name("logged_files/CIFAR100/run-7/images_best.pt"), Some("cifar100"));
        assert_eq!(name("a/MNIST/b/c/d/images.pt"), None);
        assert_eq!(name("images_best.pt"), None);
    }

    #[test]
    fn every_entry_has_a_mean_and_a_std_per_channel() {
        for set in SETS {
            assert_eq!(set.space().mean.len(), set.space().std.len(), "{}", set.name);
            assert_eq!(set.distilled_space().mean.len(), set.channels(), "{}", set.name);
            assert_eq!(Known::find(set.theirs).map(|found| found.name), Some(set.name));
        }
    }
}
