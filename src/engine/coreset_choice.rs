//! Choosing a coreset: which real images a run without iterations, or one that starts from them, gets.
//!
//! The rules look at the whole data set through a network that was trained on it ([`WholeSet`]). That takes
//! far longer than choosing, and does not depend on the rule nor on the images per class: the trained
//! network is kept in the data directory, under a name that is a digest of everything it depends on.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    coreset::{Points, herding, k_center, most_forgotten},
    data::DataSet,
    evaluate::{TrainedOnAll, TrainingImages, WholeSet},
    nets::{NetworkState, inference},
    record::tensor_file::{self, Array, Values},
    spec::Init,
};

use super::{failure::Failure, kept, laboratory::Laboratory, transfer};

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

/// What is kept of a network trained on all data, beside its numbers.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    network: String,
    data: String,
    epochs: usize,
    accuracy: f64,
}

/// The images that train a network.
struct Train<'a>(&'a DataSet);

impl TrainingImages for Train<'_> {
    fn count(&self) -> usize {
        self.0.train.len()
    }

    fn images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
        self.0.train_images(indices, device)
    }

    fn class(&self, index: usize) -> usize {
        usize::from(self.0.train.labels()[index])
    }
}

/// Chooses `ipc` images of every class by the rule that the spec starts from; `None` when it was broken off.
/// `heard` is told steps done and steps in all; false breaks off.
pub fn choose(
    laboratory: &Laboratory,
    heard: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Choice>, Failure> {
    let (trained, from) = match trained_before(laboratory)? {
        Some(trained) => (trained, "kept from before"),
        None => match train(laboratory, heard)? {
            Some(trained) => (trained, "trained now"),
            None => return Ok(None),
        },
    };
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

fn train(
    laboratory: &Laboratory,
    heard: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<TrainedOnAll>, Failure> {
    let Laboratory { spec, network, data, device, capacity, .. } = laboratory;
    let (data, capacity, settings, seed) = (&Train(data), *capacity, &spec.coreset, spec.seed);
    let whole = WholeSet { network, data, settings, seed, device, capacity };
    let steps = whole.steps() as u64;
    let trained = whole.train(|done| {
        if heard(done as u64, steps) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let advice = "lower coreset.lr, or `retry`";
    let trained = trained.map_err(|error| Failure::new(error, advice))?;
    if let (Some(trained), Some(path)) = (&trained, place(laboratory)) {
        keep(laboratory, trained, &path)?;
    }
    Ok(trained)
}

/// Where the trained network of this laboratory is kept; nowhere for data that no folder belongs to.
fn place(laboratory: &Laboratory) -> Option<PathBuf> {
    let Laboratory { spec, data, .. } = laboratory;
    let folder = laboratory.trained_networks.as_ref()?;
    let network = spec.network.to_string();
    let depends_on = format!("1 {network} {:?} {} {:?}", spec.network, spec.seed, spec.coreset);
    Some(kept::path(folder, &network, &depends_on, data))
}

fn keep(laboratory: &Laboratory, trained: &TrainedOnAll, path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        crate::record::atomic::create_folder(folder)?;
    }
    let NetworkState { parameters, statistics } = &trained.state;
    let flat = |name: &str, values: Vec<f32>| Array::f32(name, &[values.len()], values);
    let events = trained.forgetting.iter().map(|events| i64::from(*events)).collect();
    let arrays = [
        flat("parameters", transfer::parameters_to_host(parameters)?),
        flat("statistics", transfer::statistics_to_host(statistics)?),
        Array::i64("forgetting", events),
    ];
    let about = Kept {
        network: laboratory.spec.network.to_string(),
        data: laboratory.data.info.name.clone(),
        epochs: laboratory.spec.coreset.epochs,
        accuracy: trained.accuracy,
    };
    Ok(tensor_file::write(path, &about, &arrays)?)
}

/// What the file of a trained network holds.
struct Stored {
    about: Kept,
    parameters: Vec<f32>,
    statistics: Vec<f32>,
    forgetting: Vec<u32>,
}

impl Stored {
    /// Reads it; nothing where it is damaged.
    fn read(path: &Path) -> Option<Self> {
        let (about, mut arrays) = tensor_file::read(path).ok()?;
        let (_, parameters) = tensor_file::take_f32(path, &mut arrays, "parameters").ok()?;
        let (_, statistics) = tensor_file::take_f32(path, &mut arrays, "statistics").ok()?;
        let events = arrays.into_iter().find(|array| array.name == "forgetting")?;
        let Values::I64(events) = events.values else { return None };
        let forgetting =
            events.into_iter().map(|one| one.try_into().ok()).collect::<Option<_>>()?;
        Some(Self { about, parameters, statistics, forgetting })
    }
}

/// The trained network of this laboratory, if one is kept; a damaged file is none.
fn trained_before(laboratory: &Laboratory) -> Result<Option<TrainedOnAll>, Failure> {
    let stored =
        place(laboratory).filter(|path| path.exists()).and_then(|path| Stored::read(&path));
    let Some(Stored { about, parameters, statistics, forgetting }) = stored else {
        return Ok(None);
    };
    if forgetting.len() != laboratory.data.train.len() {
        return Ok(None);
    }
    let state = NetworkState {
        parameters: transfer::parameters(laboratory, parameters)?,
        statistics: transfer::statistics(laboratory, &statistics)?,
    };
    Ok(Some(TrainedOnAll { state, forgetting, accuracy: about.accuracy }))
}

#[cfg(test)]
mod tests {
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
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_network_is_trained_again_and_gives_the_same_choice() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path(), Init::Herding);
        let (first, _) = choice(&laboratory);
        let path = place(&laboratory).unwrap();
        std::fs::write(&path, b"damaged").unwrap();
        let (second, _) = choice(&laboratory);
        assert_eq!(first, second);
        assert!(Stored::read(&path).is_some());
    }

    #[test]
    fn a_choice_can_be_broken_off() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path(), Init::KCenter);
        assert_eq!(choose(&laboratory, &mut |_, _| false).unwrap(), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
