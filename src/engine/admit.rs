//! What only a look at data set and network can find wrong with a spec.
//!
//! The spec's own checks know ranges and words. Here a spec meets the classes and the image size that
//! it is for: before it is queued, with what the registry knows, and before it starts, with what was read.

use std::path::Path;

use crate::{
    data::{self, SetInfo},
    nets::{Network, NetworkError},
    spec::{Fault, Init, Method, Spec, parse},
};

use super::{continual, precision};

/// Every fault of a spec that was typed as `text`, with its line, after a look at its data.
pub fn admit_typed(spec: &Spec, data_dir: &Path, source: &str, text: &str) -> Vec<Fault> {
    let mut faults = if spec.continual.is_on() {
        continual::admit::faults(spec, data_dir, source)
    } else {
        match data::open_spec(&spec.data, data_dir) {
            Ok(data) => admit(spec, &data.info, &data.train.per_class(), source),
            Err(error) => vec![Fault::new(source, "data.set", error.to_string(), "")],
        }
    };
    for fault in &mut faults {
        fault.line = parse::line_of_key(text, &fault.key);
    }
    faults
}

/// Every fault of `spec` for a data set whose classes have `per_class` training images.
///
/// A class that is smaller than the real batch shows all its images, as in the reference; a batch that is
/// larger than every class is a slip.
pub fn admit(spec: &Spec, data: &SetInfo, per_class: &[usize], source: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let title = &data.title;
    let smallest = per_class.iter().copied().min().unwrap_or(0);
    let largest = per_class.iter().copied().max().unwrap_or(0);
    if spec.method.matches() && spec.condense.real_batch > largest {
        faults.push(Fault::new(
            source,
            "condense.real_batch",
            format!(
                "{} real images are asked for, and no class of {title} has more than {largest}",
                spec.condense.real_batch
            ),
            format!("1 to {largest}"),
        ));
    }
    let from_real = spec.init != Init::Noise || spec.evaluate.random_baseline;
    if from_real && spec.ipc > smallest {
        faults.push(Fault::new(
            source,
            "ipc",
            format!(
                "{} images are to be drawn from a class of {title} that has {smallest}",
                spec.ipc
            ),
            format!("1 to {smallest}, or init = \"noise\" without a random baseline"),
        ));
    }
    faults.extend(precision::fault_of_wish(spec, source));
    faults.extend(fault_of_distillation(spec, data.classes.len(), source));
    if let Err(error) = Network::new(&spec.network, data.shape, data.classes.len()) {
        let (key, allowed) = match &error {
            NetworkError::TooDeep { deepest, .. } => {
                ("network.depth", format!("at most {deepest} for {title}"))
            }
            NetworkError::UnevenGroups { .. } => ("network.width", "a multiple of 4".to_owned()),
            NetworkError::TooSmall { .. } => ("network.architecture", String::new()),
        };
        faults.push(Fault::new(source, key, error.to_string(), allowed));
    }
    faults.extend(fault_of_others(spec, data, source));
    faults
}

/// What dataset and label distillation cannot do with a spec.
fn fault_of_distillation(spec: &Spec, classes: usize, source: &str) -> Option<Fault> {
    let (groups, images) = (spec.unroll.groups, classes * spec.ipc);
    match spec.method {
        Method::Dd | Method::Ld if spec.condense.outer_steps != 1 => Some(Fault::new(
            source,
            "condense.outer_steps",
            format!(
                "{} are asked for, and an iteration of {} is one update",
                spec.condense.outer_steps, spec.method
            ),
            "1",
        )),
        Method::Dd if groups > 0 && !spec.ipc.is_multiple_of(groups) => Some(Fault::new(
            source,
            "unroll.groups",
            format!("{} images per class are not shared out evenly over {groups} groups", spec.ipc),
            "a number that divides ipc, or 0",
        )),
        Method::Ld if spec.init != Init::Real => Some(Fault::new(
            source,
            "init",
            format!("{} learns labels for real images, not for {} ones", spec.method, spec.init),
            Init::Real.word(),
        )),
        Method::Ld if spec.labels.batch > images => Some(Fault::new(
            source,
            "labels.batch",
            format!(
                "{} images are to be shown at a time, and there are {images}",
                spec.labels.batch
            ),
            format!("1 to {images}"),
        )),
        _ => None,
    }
}

/// What keeps other networks from these images: the first of them, for a grid can have hundreds.
fn fault_of_others(spec: &Spec, data: &SetInfo, source: &str) -> Option<Fault> {
    let mut unfit = spec.evaluate.also_on.list().iter().filter_map(|other| {
        let error = Network::new(other, data.shape, data.classes.len()).err()?;
        Some(format!("{other}: {error}"))
    });
    let first = unfit.next()?;
    let problem = match unfit.count() {
        0 => first,
        more => format!("{first}; and {more} more do not fit"),
    };
    Some(Fault::new(source, "evaluate.also_on", problem, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::registry,
        spec::{Norm, defaults},
    };

    fn faults(change: impl FnOnce(&mut Spec)) -> Vec<String> {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        change(&mut spec);
        let info = SetInfo::from(registry::find("mnist-5k").unwrap());
        admit(&spec, &info, &[400; 10], "run.toml").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_published_spec_is_admitted() {
        assert_eq!(faults(|_| ()), [""; 0]);
    }

    #[test]
    fn more_real_images_than_a_class_has_are_refused() {
        let found = faults(|spec| spec.condense.real_batch = 401);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("run.toml, `condense.real_batch`: 401 real images"));
        assert!(found[0].ends_with("allowed: 1 to 400"));
        assert_eq!(faults(|spec| spec.ipc = 401).len(), 1);
        let noise = faults(|spec| {
            spec.ipc = 401;
            spec.init = Init::Noise;
            spec.evaluate.random_baseline = false;
        });
        assert_eq!(noise, [""; 0]);
    }

    #[test]
    fn another_network_that_does_not_fit_is_refused_by_its_name() {
        let found = faults(|spec| spec.evaluate.also_on = "MLP ConvNetD7".parse().unwrap());
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("run.toml, `evaluate.also_on`: ConvNetD7: a ConvNet of depth 7")
        );
        let grid = "ConvNet{D3|D6|D7}{W8|W16}".parse().unwrap();
        let found = faults(|spec| spec.evaluate.also_on = grid);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("ConvNetD6W8: "), "{found:?}");
        assert!(found[0].ends_with("and 3 more do not fit"), "{found:?}");
    }

    #[test]
    fn a_class_may_be_smaller_than_the_batch_but_not_than_what_is_drawn_from_it() {
        let mut spec = defaults::published(Method::Dsa, "mnist-5k", 1);
        let info = SetInfo::from(registry::find("mnist-5k").unwrap());
        (spec.condense.real_batch, spec.ipc) = (256, 20);
        assert_eq!(admit(&spec, &info, &[300, 20], "run.toml"), []);
        let found = admit(&spec, &info, &[255, 19], "run.toml");
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("allowed: 1 to 255") && found[1].contains("that has 19"));
    }

    #[test]
    fn distillation_is_refused_what_it_cannot_do() {
        let of = |method: Method, change: fn(&mut Spec)| {
            let found = faults(|spec| {
                *spec = defaults::published(method, "mnist-5k", 4);
                change(spec);
            });
            found.join("; ")
        };
        assert_eq!(of(Method::Dd, |spec| spec.unroll.groups = 2), "");
        assert!(of(Method::Dd, |spec| spec.unroll.groups = 3).contains("over 3 groups"));
        assert_eq!(of(Method::Ld, |_| ()), "");
        assert!(of(Method::Ld, |spec| spec.init = Init::Noise).contains("not for noise ones"));
        assert!(of(Method::Ld, |spec| spec.labels.batch = 41).ends_with("allowed: 1 to 40"));
        for method in [Method::Dd, Method::Ld] {
            let found = of(method, |spec| spec.condense.outer_steps = 2);
            assert!(found.contains("an iteration of") && found.ends_with("allowed: 1"), "{found}");
        }
    }

    #[test]
    fn a_network_that_does_not_fit_is_refused_with_the_deepest_that_does() {
        let found = faults(|spec| spec.network.depth = 6);
        assert!(
            found[0].contains("`network.depth`")
                && found[0].ends_with("at most 5 for MNIST, 5 000 images"),
            "{found:?}"
        );
        let found = faults(|spec| (spec.network.norm, spec.network.width) = (Norm::Group, 10));
        assert!(found[0].contains("`network.width`"), "{found:?}");
    }
}
