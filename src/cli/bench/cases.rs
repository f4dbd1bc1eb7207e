//! From what was typed to cases: a spec with `--set` over it, and the options that are no part of one.

use super::{Args, Failure, spec_source::Found};
use crate::{
    bench::{
        Case, Subject,
        machine::cores,
        measure::faults,
        scale::{Along, Axis},
        side_by_side::Against,
    },
    data::registry::{self, ImageShape},
    spec::{
        Fault,
        fault::nearest,
        field::{self, FIELDS},
    },
};

/// What a table may grow along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Number of classes.
    Classes,
    /// Height and width alike.
    Side,
    /// Channels, height and width.
    Shape,
    /// Threads of the CPU.
    Threads,
    /// Networks of an evaluation.
    EvaluationNetworks,
    /// A key of the spec, in full.
    Spec(&'static str),
}

impl Key {
    /// Those that are no key of a spec.
    const OWN: [Self; 5] =
        [Self::Classes, Self::Side, Self::Shape, Self::Threads, Self::EvaluationNetworks];

    /// The key of this name. A key of a spec may go without its section where no other has that name.
    pub fn find(name: &str) -> Result<Self, Failure> {
        let last = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
        let named = |field: &&field::Field| last(field.key) == name;
        let own = Self::OWN.into_iter().find(|key| key.name() == name);
        let full = || field::find(name).map(|field| Self::Spec(field.key));
        let short = || match FIELDS.iter().filter(named).collect::<Vec<_>>()[..] {
            [field] => Some(Self::Spec(field.key)),
            _ => None,
        };
        own.or_else(full).or_else(short).ok_or_else(|| {
            let own = Self::OWN.map(Self::name);
            let known = own.into_iter().chain(FIELDS.iter().map(|field| field.key));
            let allowed = format!("{}, a key of a spec", own.join(", "));
            let nearest = nearest(name, known);
            Failure::Spec(vec![Fault {
                nearest,
                ..Fault::new("--scale", name, "unknown key", allowed)
            }])
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classes => "classes",
            Self::Side => "side",
            Self::Shape => "shape",
            Self::Threads => "threads",
            Self::EvaluationNetworks => "evaluation_networks",
            Self::Spec(key) => key,
        }
    }
}

/// Reads `3x32x32`.
pub fn shape(text: &str) -> Result<ImageShape, String> {
    let sides: Option<Vec<usize>> = text
        .split('x')
        .map(|side| side.parse().ok().filter(|side| (1..=4096).contains(side)))
        .collect();
    sides.and_then(|sides| sides.try_into().ok()).ok_or_else(|| {
        format!("`{text}` is no shape; channels, height and width are joined by x: 3x32x32")
    })
}

impl Args {
    /// The case that was asked for.
    pub fn case(&self, found: &Found) -> Result<Case, Failure> {
        checked(self.assemble(found, &self.set)?)
    }

    /// What is to be run beside it, if anything.
    pub fn against(&self) -> Option<Against> {
        let command = self.against.clone()?;
        Some(Against { command, key: self.key.clone(), rounds: self.rounds.into() })
    }

    /// The case for each value of an axis.
    pub fn along(&self, found: &Found, axis: &Axis) -> Result<Along, Failure> {
        let key = Key::find(&axis.key)?;
        let of = |value: &String| Ok((value.clone(), self.varied(found, key, value)?));
        let cases = axis.values.iter().map(of).collect::<Result<_, Failure>>()?;
        Ok(Along { key: key.name(), cases })
    }

    fn varied(&self, found: &Found, key: Key, value: &str) -> Result<Case, Failure> {
        let mut set = self.set.clone();
        if let Key::Spec(key) = key {
            set.push(format!("{key}={value}"));
        }
        let mut case = self.assemble(found, &set)?;
        let number = |least: u16| {
            let number = value.parse::<u16>().ok().filter(|number| *number >= least);
            number.map(usize::from).ok_or_else(|| {
                let allowed = format!("a whole number, {least} or more");
                fault(key, format!("`{value}` is not allowed"), allowed)
            })
        };
        match key {
            Key::Classes => case.classes = number(2)?,
            Key::Side => {
                let side = number(1)?;
                case.shape = [case.shape[0], side, side];
            }
            Key::Shape => {
                case.shape = shape(value).map_err(|problem| fault(key, problem, String::new()))?;
            }
            Key::Threads => case.threads = number(1)?,
            Key::EvaluationNetworks => case.evaluation_networks = number(1)?,
            Key::Spec(_) => {}
        }
        checked(case)
    }

    fn assemble(&self, found: &Found, set: &[String]) -> Result<Case, Failure> {
        let spec = found.spec(set)?;
        let (shape, classes) = match (self.shape, self.classes) {
            (Some(shape), Some(classes)) => (shape, classes.into()),
            (shape, classes) => {
                let entry = registry::find(&spec.data.set)?;
                let classes = classes.map_or(entry.classes.len(), usize::from);
                (shape.unwrap_or(entry.shape), classes)
            }
        };
        let measure = match &self.measure[..] {
            [] if self.against.is_some() || !self.scale.is_empty() => vec![Subject::Condense],
            [] => vec![Subject::Condense, Subject::Evaluate],
            asked => asked.to_vec(),
        };
        Ok(Case {
            spec,
            shape,
            classes,
            threads: self.threads.map_or_else(cores, usize::from),
            measure,
            iterations: self.iterations as usize,
            warmup: self.warmup as usize,
            evaluation_epochs: self.evaluation_epochs as usize,
            evaluation_networks: self.evaluation_networks.into(),
        })
    }
}

fn fault(key: Key, problem: String, allowed: String) -> Failure {
    Failure::Spec(vec![Fault::new("--scale", key.name(), problem, allowed)])
}

fn checked(case: Case) -> Result<Case, Failure> {
    let faults = faults(&case, "bench");
    if faults.is_empty() { Ok(case) } else { Err(Failure::Spec(faults)) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        cli::spec_source::find,
        spec::{Method, Spec},
    };

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn typed(line: &str) -> Args {
        Line::try_parse_from(["bench"].into_iter().chain(line.split_whitespace())).unwrap().args
    }

    fn case(line: &str) -> Result<Case, String> {
        let args = typed(line);
        args.case(&find(&args.spec).unwrap()).map_err(|failure| failure.to_string())
    }

    fn along(line: &str) -> Result<Vec<Case>, String> {
        let args = typed(line);
        let found = find(&args.spec).unwrap();
        let along = args.along(&found, &args.scale[0]).map_err(|failure| failure.to_string())?;
        Ok(along.cases.into_iter().map(|(_, case)| case).collect())
    }

    #[test]
    fn without_arguments_it_is_the_published_case() {
        let case = case("").unwrap();
        assert_eq!((case.shape, case.classes), ([3, 32, 32], 10));
        let Spec { method, ipc, network, condense, .. } = &case.spec;
        assert_eq!((*method, *ipc, network.width), (Method::Dsa, 1, 128));
        assert_eq!((condense.real_batch, condense.outer_steps), (256, 1));
        assert_eq!(case.measure, [Subject::Condense, Subject::Evaluate]);
        assert_eq!((case.iterations, case.warmup, case.threads), (5, 1, cores()));
    }

    #[test]
    fn shape_and_classes_follow_the_data_set_unless_they_are_typed() {
        let mnist = case("--set data.set=mnist").unwrap();
        assert_eq!((mnist.shape, mnist.classes), ([1, 28, 28], 10));
        let own = case("--set data.set=mine --shape 3x64x48 --classes 200 --threads 3").unwrap();
        assert_eq!((own.shape, own.classes, own.threads), ([3, 64, 48], 200, 3));
        assert!(case("--set data.set=mine").unwrap_err().contains("mine"));
        for text in ["3x32", "3x32x32x1", "3x0x32", "axbxc", ""] {
            assert!(shape(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_measured_is_typed_or_follows_from_the_rest() {
        assert_eq!(case("--scale ipc=1,2").unwrap().measure, [Subject::Condense]);
        assert_eq!(case("--against true").unwrap().measure, [Subject::Condense]);
        let both = case("--measure forward,evaluate").unwrap();
        assert_eq!(both.measure, [Subject::Forward, Subject::Evaluate]);
    }

    #[test]
    fn an_axis_gives_a_case_for_each_value() {
        let sides = along("--scale side=28,64").unwrap();
        assert_eq!([sides[0].shape, sides[1].shape], [[3, 28, 28], [3, 64, 64]]);
        let classes = along("--scale classes=10,100").unwrap();
        assert_eq!([classes[0].classes, classes[1].classes], [10, 100]);
        let ipcs = along("--set condense.inner_epochs=2 --scale ipc=1,10").unwrap();
        let loops = |case: &Case| (case.spec.ipc, case.spec.condense.outer_steps);
        assert_eq!([loops(&ipcs[0]), loops(&ipcs[1])], [(1, 1), (10, 10)]);
        assert_eq!(ipcs[1].spec.condense.inner_epochs, 2);
        let batches = along("--scale real_batch=64,256").unwrap();
        assert_eq!(batches[0].spec.condense.real_batch, 64);
        let threads = along("--threads 2 --scale threads=1,2").unwrap();
        assert_eq!([threads[0].threads, threads[1].threads], [1, 2]);
    }

    #[test]
    fn keys_and_values_that_cannot_be_are_told() {
        let told = along("--scale clases=1,2").unwrap_err();
        assert!(told.starts_with("--scale, `clases`: unknown key; allowed: classes, side, "));
        assert!(told.ends_with("did you mean `classes`?"), "{told}");
        let told = along("--scale classes=10,1").unwrap_err();
        assert_eq!(
            told,
            "--scale, `classes`: `1` is not allowed; allowed: a whole number, 2 or more"
        );
        assert!(along("--scale ipc=1,x").unwrap_err().contains("`ipc`"));
        let told = along("--scale side=32,4").unwrap_err();
        assert!(told.starts_with("bench, `network.depth`: "), "{told}");
    }

    #[test]
    fn options_that_need_others_are_refused_without_them() {
        for line in ["--rounds 3", "--key secs", "--against true --scale ipc=1,2", "--iterations 0"]
        {
            let words = ["bench"].into_iter().chain(line.split(' '));
            assert!(Line::try_parse_from(words).is_err(), "{line}");
        }
    }
}
