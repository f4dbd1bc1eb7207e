//! The accuracies behind DD-Ranking's scores of a set, measured ([`Ranking`]).
//!
//! Random real images take the set's place image by image, each with the class of the one that it stands for, so
//! a recipe that goes by groups of images goes by the same groups. Every network has images of its own. Networks
//! are as many as the spec evaluates with.

use crate::{
    evaluate::{Accuracies, Ranking, Regime, Summary},
    random::{Purpose, stream},
    record::{self, SyntheticSet, event::Subject},
    spec::{EvaluationAugmentation, Method, defaults::published},
};

use super::{
    failure::Failure,
    file_evaluation::FileEvaluation,
    laboratory::Laboratory,
    lesson::Lesson,
    scoring::{self, Scored},
};

/// Told which measurement is under way: how many are done, of how many, and what it is.
pub type Heard<'a> = &'a mut dyn FnMut(usize, usize, &str);

/// Measurements in all.
const MEASUREMENTS: usize = 8;

/// Ranks `set` with the network, epochs and augmentation of the laboratory's spec; all real data are trained on
/// for `whole_epochs` epochs.
///
/// # Errors
/// When the set does not fit the laboratory's data, training diverges or the device fails.
pub fn rank(
    laboratory: &mut Laboratory,
    set: &SyntheticSet,
    whole_epochs: usize,
    heard: Heard<'_>,
) -> Result<(Accuracies, Ranking), Failure> {
    let own = FileEvaluation::new(laboratory, set)?.into_lesson();
    let classes: Vec<usize> = (0..set.labels.len()).map(|at| set.labels.class_of(at)).collect();
    let hard = record::Labels::Hard(classes.iter().map(|class| *class as i64).collect());
    let random = random_lessons(laboratory, &classes, &own)?;
    let (usual, augment) = (laboratory.spec.evaluate.clone(), laboratory.spec.augment.clone());
    let mut done = 0;
    let mut measure = |laboratory: &Laboratory, what: &str, lessons: &[Lesson]| {
        heard(done, MEASUREMENTS, what);
        done += 1;
        accuracy(laboratory, lessons)
    };
    let ordinary = std::slice::from_ref(&own);
    let own_recipe = measure(laboratory, "the set, by its own recipe", ordinary)?;
    let random_own_recipe = measure(laboratory, "random images, by its recipe", &random)?;
    let lesson = Lesson::of_set(laboratory, own.images().clone(), &hard, None, None)?;
    let hard_labels = measure(laboratory, "the set, with hard labels", &[lesson])?;
    if augment.strategy.is_empty() {
        // Its method augments nothing; the scores ask what it is worth with DSA's augmentation.
        let set = &laboratory.spec.data.set;
        laboratory.spec.augment = published(Method::Dsa, set, 1).augment;
    }
    let mut with = |kind: EvaluationAugmentation, laboratory: &mut Laboratory| {
        laboratory.spec.evaluate.augmentation = kind;
        let scratch = |lesson: &Lesson| lesson.clone().in_regime(Regime::FromScratch);
        let set = measure(laboratory, &format!("the set, augmentation {kind}"), &[scratch(&own)])?;
        let others: Vec<_> = random.iter().map(scratch).collect();
        let random = measure(laboratory, &format!("random images, augmentation {kind}"), &others)?;
        Ok::<_, Failure>((set, random))
    };
    let (augmented, random_augmented) = with(EvaluationAugmentation::Differentiable, laboratory)?;
    let (plain, random_plain) = with(EvaluationAugmentation::None, laboratory)?;
    (laboratory.spec.evaluate, laboratory.spec.augment) = (usual, augment);
    laboratory.spec.evaluate.epochs = whole_epochs;
    let all = Lesson::of_all(laboratory);
    let whole = measure(laboratory, "all real data", &[all])?;
    let found = Accuracies {
        whole,
        hard_labels,
        own_recipe,
        random_own_recipe,
        augmented,
        random_augmented,
        plain,
        random_plain,
    };
    Ok((found, Ranking::from(found)))
}

/// The mean accuracy of the spec's networks.
fn accuracy(laboratory: &Laboratory, lessons: &[Lesson]) -> Result<f64, Failure> {
    let own = Scored::own(Subject::Synthetic);
    let found = scoring::score_all(laboratory, own, lessons, &mut |_| ())?;
    let summary = Summary::of(&found);
    summary.map(|summary| summary.mean).ok_or_else(|| Failure::plain("evaluate.networks is 0"))
}

/// Random real images of these classes, a draw of its own for each network, to learn from as `like`.
fn random_lessons(
    laboratory: &Laboratory,
    classes: &[usize],
    like: &Lesson,
) -> Result<Vec<Lesson>, Failure> {
    let Laboratory { spec, data, device, .. } = laboratory;
    let labels = classes.iter().map(|class| *class as i64).collect();
    let labels = &record::Labels::Hard(labels);
    (0..spec.evaluate.networks as u64)
        .map(|network| {
            let mut pools: Vec<Vec<usize>> = (0..laboratory.classes())
                .map(|class| {
                    let mut rng =
                        stream(spec.seed, Purpose::RandomBaseline, &[network, class as u64]);
                    data.train.draw_from_class(class, usize::MAX, &mut rng)
                })
                .collect();
            let indices = classes.iter().map(|class| pools[*class].pop());
            let indices: Vec<usize> = indices.collect::<Option<_>>().ok_or_else(|| {
                Failure::plain("a class of the set has more images than there are real ones of it")
            })?;
            let images = data.train_images(&indices, device);
            Ok(like.clone().with(images, super::soft_labels::on_device(laboratory, labels)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bench::{tiny, tiny_laboratory},
        record::{PixelSpace, synthetic_set::About},
    };

    #[test]
    fn a_set_is_measured_eight_times_and_real_images_win_nothing_over_real_images() {
        let mut case = tiny();
        case.spec.evaluate.networks = 2;
        case.spec.evaluate.epochs = 2;
        let mut laboratory = tiny_laboratory(&case);
        let images = laboratory.data.train_images(&[0, 1], &laboratory.device);
        let labels = laboratory.data.train.labels();
        let labels = [0, 1].map(|at| i64::from(labels[at])).to_vec();
        let dims = images.dims();
        let set = SyntheticSet {
            images: images.try_into_vec_as().unwrap(),
            shape: dims,
            labels: record::Labels::Hard(labels),
            steps: None,
            about: About::new(
                PixelSpace::Normalised(laboratory.space()),
                laboratory.data.info.classes.clone(),
            ),
        };
        let mut told = Vec::new();
        let (found, scores) =
            rank(&mut laboratory, &set, 1, &mut |done, of, _| told.push((done, of))).unwrap();
        assert_eq!(told, (0..8).map(|done| (done, 8)).collect::<Vec<_>>());
        // Hard labels are its own, and so is the recipe but for the augmentation.
        assert!((found.hard_labels - found.own_recipe).abs() < 1e-12);
        assert_eq!(scores, Ranking::from(found));
    }
}
