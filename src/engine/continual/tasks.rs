//! The tasks of a run: what each of them brings, and which outputs of the network its classes are.
//!
//! A task is a data set, or a part of the classes of one. The outputs are the classes of all tasks by name, in the
//! order in which they come: the digits of three data sets are the same ten, the clothes behind them ten more. All
//! images have the shape that the spec asks for and the normalisation of the first data set: a network has one
//! way of looking at images, which is there before later tasks are.

use std::path::Path;

use rand::seq::SliceRandom;

use crate::{
    data::{self, DataSet},
    random::{Purpose, stream},
    spec::{Fault, Spec},
};

/// Classes that are named one by one where a task is called by its classes.
const NAMED: usize = 4;

/// One task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What people call it.
    pub name: String,
    /// Its images, labelled by its own classes.
    pub data: DataSet,
    /// The output that each of its classes is.
    pub outputs: Vec<usize>,
    /// Which data set it is of, from 0.
    pub set: usize,
}

/// All of them, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tasks {
    /// The tasks.
    pub all: Vec<Task>,
    /// The name of every output.
    pub outputs: Vec<String>,
}

impl Tasks {
    /// Reads the data of every task; messages call the spec `source`.
    ///
    /// # Errors
    /// What is wrong with the tasks, or with their data.
    pub fn open(spec: &Spec, data_dir: &Path, source: &str) -> Result<Self, Fault> {
        let names: Vec<&str> = spec.continual.sets().collect();
        if spec.continual.steps > 0 {
            if !names.is_empty() {
                let problem = "several data sets, and steps, are asked for".to_owned();
                return Err(Fault::new(source, "continual.tasks", problem, "one of both"));
            }
            return Self::parts(spec, &open(spec, &spec.data.set, data_dir, source)?, source);
        }
        if !spec.data.path.is_empty() {
            let problem = "one folder is given for several data sets".to_owned();
            let allowed = "nothing, with data sets that `data import` has put in their place";
            return Err(Fault::new(source, "data.path", problem, allowed));
        }
        let sets = names.iter().map(|name| open(spec, name, data_dir, source));
        Self::sets(sets.collect::<Result<_, _>>()?, source)
    }

    /// A task for every data set.
    fn sets(mut sets: Vec<DataSet>, source: &str) -> Result<Self, Fault> {
        let first = sets.first().map(|first| (first.info.clone(), first.info.shape));
        if let Some((info, shape)) = first {
            for set in &mut sets {
                if set.info.shape != shape {
                    let of = |[channels, height, width]: [usize; 3]| {
                        format!("{channels} x {width}x{height}")
                    };
                    let (own, other) = (of(shape), of(set.info.shape));
                    let problem = format!(
                        "images of {} are {own} (channels, size), those of {} are {other}",
                        info.title, set.info.title
                    );
                    let allowed =
                        "one size and number of channels for all: set data.size and data.channels";
                    return Err(Fault::new(source, "data.size", problem, allowed));
                }
                set.info.normalisation = info.normalisation.clone();
            }
        }
        let named = sets.into_iter().enumerate();
        Ok(Self::of(named.map(|(set, data)| (data.info.name.clone(), data, set)).collect()))
    }

    /// A task for every part of the classes of one data set, in the order that the spec's seed gives them.
    fn parts(spec: &Spec, whole: &DataSet, source: &str) -> Result<Self, Fault> {
        let (classes, steps) = (whole.info.classes.len(), spec.continual.steps);
        let fault = |problem: String, allowed: String| {
            Fault::new(source, "continual.steps", problem, allowed)
        };
        if steps > classes {
            let problem = format!("{} has {classes} classes for {steps} steps", whole.info.title);
            return Err(fault(problem, format!("at most {classes}")));
        }
        let mut order: Vec<usize> = (0..classes).collect();
        order.shuffle(&mut stream(spec.continual.order, Purpose::ClassOrder, &[]));
        let mut parts = Vec::new();
        for step in 0..steps {
            let own = &order[step * classes / steps..(step + 1) * classes / steps];
            let data = whole.of_classes(own);
            let data = data.map_err(|problem| fault(problem.to_string(), String::new()))?;
            let name = if own.len() > NAMED {
                format!("{} classes of {}", own.len(), whole.info.name)
            } else {
                data.info.classes.join(", ")
            };
            parts.push((name, data, 0));
        }
        Ok(Self::of(parts))
    }

    /// Gives every class its output.
    fn of(parts: Vec<(String, DataSet, usize)>) -> Self {
        let (mut all, mut outputs): (Vec<Task>, Vec<String>) = (Vec::new(), Vec::new());
        for (name, data, set) in parts {
            let output = |class: &String| {
                let known = outputs.iter().position(|output| output == class);
                known.unwrap_or_else(|| {
                    outputs.push(class.clone());
                    outputs.len() - 1
                })
            };
            let own = data.info.classes.iter().map(output).collect();
            all.push(Task { name, data, outputs: own, set });
        }
        Self { all, outputs }
    }

    /// How many outputs there are behind a task, from 0.
    pub fn seen(&self, task: usize) -> usize {
        let behind = self.all.iter().take(task + 1).flat_map(|task| &task.outputs);
        behind.max().map_or(0, |last| last + 1)
    }

    /// The data set that each task up to this one is of.
    pub fn sets_of(&self, task: usize) -> Vec<usize> {
        self.all.iter().take(task + 1).map(|task| task.set).collect()
    }
}

fn open(spec: &Spec, name: &str, data_dir: &Path, source: &str) -> Result<DataSet, Fault> {
    let own = crate::spec::DataSpec { set: name.to_owned(), ..spec.data.clone() };
    data::open_spec(&own, data_dir).map_err(|error| {
        let key = if spec.continual.steps > 0 { "data.set" } else { "continual.tasks" };
        Fault::new(source, key, error.to_string(), "")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Method, defaults};

    fn spec(change: impl FnOnce(&mut Spec)) -> Spec {
        let mut spec = defaults::published(Method::Random, "mnist-5k", 1);
        change(&mut spec);
        spec
    }

    fn open(spec: &Spec) -> Result<Tasks, String> {
        Tasks::open(spec, Path::new("/nowhere"), "a.toml").map_err(|fault| fault.to_string())
    }

    #[test]
    fn classes_are_divided_in_an_order_that_its_seed_gives() {
        let tasks = |order| {
            open(&spec(|spec| (spec.continual.steps, spec.continual.order) = (4, order))).unwrap()
        };
        let first = tasks(1);
        let sizes: Vec<usize> = first.all.iter().map(|task| task.outputs.len()).collect();
        assert_eq!(sizes, [2, 3, 2, 3]);
        let outputs: Vec<usize> = first.all.iter().flat_map(|task| task.outputs.clone()).collect();
        assert_eq!(outputs, (0..10).collect::<Vec<_>>());
        assert_eq!([0, 1, 3].map(|task| first.seen(task)), [2, 5, 10]);
        let mut names = first.outputs.clone();
        assert_eq!(first.all[1].name, names[2..5].join(", "));
        assert_eq!(first, tasks(1));
        assert_ne!(names, tasks(2).outputs);
        names.sort();
        assert_eq!(names.concat(), "0123456789");
        assert_eq!(first.sets_of(2), [0, 0, 0]);
    }

    #[test]
    fn classes_of_one_name_share_an_output_and_others_come_behind() {
        let whole = open(&spec(|spec| spec.continual.tasks = "mnist-5k".to_owned())).unwrap();
        let digits = &whole.all[0].data;
        let mut other = digits.of_classes(&[3, 7, 8]).unwrap();
        other.info.classes[1] = "bag".to_owned();
        other.info.normalisation.mean = vec![0.9];
        let tasks = Tasks::sets(vec![digits.clone(), other, digits.clone()], "").unwrap();
        assert_eq!(tasks.all[1].outputs, [3, 10, 8]);
        assert_eq!([0, 1, 2].map(|task| tasks.seen(task)), [10, 11, 11]);
        assert_eq!(tasks.outputs[10], "bag");
        assert_eq!(tasks.sets_of(2), [0, 1, 2]);
        let of = |task: usize| &tasks.all[task].data.info.normalisation;
        assert_eq!(of(1), of(0));
    }

    #[test]
    fn what_cannot_be_a_sequence_of_tasks_says_why() {
        let fault = |change: fn(&mut Spec)| open(&spec(change)).unwrap_err();
        let many = fault(|spec| spec.continual.steps = 11);
        assert!(many.contains("`continual.steps`") && many.ends_with("at most 10"), "{many}");
        let both = fault(|spec| {
            (spec.continual.tasks, spec.continual.steps) = ("mnist-5k".to_owned(), 2);
        });
        assert!(both.ends_with("allowed: one of both"), "{both}");
        let unknown = fault(|spec| spec.continual.tasks = "mnist-5k mnits".to_owned());
        assert!(unknown.contains("`continual.tasks`") && unknown.contains("mnits"), "{unknown}");
        let folder = fault(|spec| {
            (spec.continual.tasks, spec.data.path) = ("mnist-5k".to_owned(), "/x".to_owned());
        });
        assert!(folder.contains("`data.path`"), "{folder}");
    }

    #[test]
    fn images_of_several_shapes_are_refused_with_what_to_set() {
        let whole = open(&spec(|spec| spec.continual.tasks = "mnist-5k".to_owned())).unwrap();
        let mut small = whole.all[0].data.clone();
        small.info.shape = [1, 16, 16];
        let fault = Tasks::sets(vec![whole.all[0].data.clone(), small], "a.toml").unwrap_err();
        let fault = fault.to_string();
        assert!(fault.contains("are 1 x 28x28") && fault.contains("are 1 x 16x16"), "{fault}");
        assert!(fault.ends_with("set data.size and data.channels"), "{fault}");
    }
}
