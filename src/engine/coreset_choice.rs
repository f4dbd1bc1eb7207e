//! Choosing a coreset: which real images a run without iterations, or one that starts from them, gets.
//!
//! The rules look at the whole data set through a network that was trained on it ([`trained_network()`]).

use crate::{
    coreset::{Points, herding, k_center, most_forgotten},
    nets::{NetworkState, inference},
    spec::Init,
};

use super::{failure::Failure, laboratory::Laboratory, trained_network::trained_network, transfer};

/// Images that are embedded at a time.
const EMBEDDED_AT_ONCE: usize = 256;

/// What was chosen, and with what.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Numbers of real images, those of class 0, then those of class 1, …
    pub images: Vec<usize>,
    /// How it came about, for the log.
    pub text: String,
}

/// Chooses `ipc` images of every class by the rule that the spec starts from; `None` when it was broken off.
/// `heard` is told steps done and steps in all; false breaks off.
pub fn choose(
    laboratory: &Laboratory,
    heard: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Choice>, Failure> {
    let Some((trained, kept)) = trained_network(laboratory, 0, heard)? else { return Ok(None) };
    let from = if kept { "kept from before" } else { "trained now" };
    let Laboratory { spec, data, .. } = laboratory;
    let mut images = Vec::new();
    for class in 0..laboratory.classes() {
        let of_class = data.train.of_class(class);
        let places = match spec.init {
            Init::Forgetting => {
                let events: Vec<u32> = of_class.iter().map(|at| trained.forgetting[*at]).collect();
                most_forgotten(&events, spec.ipc)
            }
            rule => {
                let features = laboratory.network.features();
                let rows = embed(laboratory, &trained.state, of_class)?;
                let points = Points::new(&rows, features);
                if rule == Init::KCenter {
                    k_center(points, spec.ipc)
                } else {
                    herding(points, spec.ipc)
                }
            }
        };
        images.extend(places.into_iter().map(|place| of_class[place]));
        if !heard(class as u64 + 1, laboratory.classes() as u64) {
            return Ok(None);
        }
    }
    let text = format!(
        "{} images chosen by {} with a {} that has {:.1} % of all training images right after {} \
         epochs ({from})",
        images.len(),
        spec.init,
        spec.network,
        100.0 * trained.accuracy,
        spec.coreset.epochs,
    );
    Ok(Some(Choice { images, text }))
}

/// Embeddings `[images][features]` of these training images.
fn embed(
    laboratory: &Laboratory,
    state: &NetworkState,
    images: &[usize],
) -> Result<Vec<f32>, Failure> {
    let Laboratory { network, data, device, .. } = laboratory;
    let mut rows = Vec::with_capacity(images.len() * network.features());
    for images in images.chunks(EMBEDDED_AT_ONCE) {
        let NetworkState { parameters, statistics } = state;
        let images = data.train_images(images, device);
        let embedded = inference::embeddings(network, parameters, statistics, images);
        rows.extend(transfer::to_host(embedded)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        bench::{tiny, tiny_laboratory},
        spec::Method,
    };

    /// A laboratory whose networks are kept in `folder`.
    fn laboratory(folder: &Path, init: Init) -> Laboratory {
        let mut case = tiny();
        case.spec.method = Method::Herding;
        case.spec.init = init;
        case.spec.ipc = 2;
        case.spec.coreset.epochs = 2;
        let mut laboratory = tiny_laboratory(&case);
        laboratory.trained_networks = Some(folder.to_owned());
        laboratory
    }

    /// Networks that are kept in `folder`.
    fn networks(folder: &Path) -> usize {
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|end| end == "safetensors")).count()
    }

    fn choice(laboratory: &Laboratory) -> (Choice, usize) {
        let mut told = 0;
        let choice = choose(laboratory, &mut |_, _| {
            told += 1;
            true
        });
        (choice.unwrap().unwrap(), told)
    }

    #[test]
    fn every_rule_takes_its_images_from_their_class_and_one_training_serves_all() {
        let folder = tempfile::tempdir().unwrap();
        for (at, init) in [Init::Herding, Init::KCenter, Init::Forgetting].into_iter().enumerate() {
            let laboratory = laboratory(folder.path(), init);
            let (choice, told) = choice(&laboratory);
            let labels = laboratory.data.train.labels();
            let classes: Vec<u16> = choice.images.iter().map(|image| labels[*image]).collect();
            assert_eq!(classes, [0, 0, 1, 1], "{init}");
            assert_ne!(choice.images[0], choice.images[1]);
            let from = if at == 0 { "(trained now)" } else { "(kept from before)" };
            assert!(choice.text.ends_with(from), "{}", choice.text);
            // Steps of training are told only where there was training, classes always.
            assert_eq!(told > 2, at == 0);
        }
        assert_eq!(networks(folder.path()), 1);
    }

    #[test]
    fn a_choice_can_be_broken_off() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path(), Init::KCenter);
        assert_eq!(choose(&laboratory, &mut |_, _| false).unwrap(), None);
        assert_eq!(networks(folder.path()), 0);
    }
}
