//! Networks that were trained on the whole data set, and are kept.
//!
//! Coresets are chosen in their embedding and by what they forgot, dataset distillation can start from them. To
//! train one takes far longer than all else about them and depends on little, so it is kept in the data
//! directory, under a name that is a digest of everything it depends on.

use std::{
    fs::{File, TryLockError},
    ops::ControlFlow,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::{
    data::DataSet,
    evaluate::{TrainedOnAll, TrainingImages, WholeSet},
    nets::NetworkState,
    record::tensor_file::{self, Array, Values},
};

use super::{failure::Failure, kept, laboratory::Laboratory, transfer};

/// How long a run waits before it asks again whether it is its turn to train.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

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

/// The network number `index` of those trained on all data, and whether it was there already; `None` when its
/// training was broken off. `heard` is told steps done and steps in all; false breaks off.
pub fn trained_network(
    laboratory: &Laboratory,
    index: u64,
    heard: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<(TrainedOnAll, bool)>, Failure> {
    if let Some(kept) = trained_before(laboratory, index)? {
        return Ok(Some((kept, true)));
    }
    let _turn = match place(laboratory, index) {
        Some(path) => match turn(&path, &mut || heard(0, 1))? {
            Some(turn) => Some(turn),
            None => return Ok(None),
        },
        None => None,
    };
    // Whoever had the turn before may have trained it.
    if let Some(kept) = trained_before(laboratory, index)? {
        return Ok(Some((kept, true)));
    }
    Ok(train(laboratory, index, heard)?.map(|trained| (trained, false)))
}

/// Waits until no other run trains the network of `path`, so that runs side by side train it once; the turn lasts
/// as long as the file is open, and ends with the process however that ends. None when `goes_on` said no.
fn turn(path: &Path, goes_on: &mut dyn FnMut() -> bool) -> Result<Option<File>, Failure> {
    if let Some(folder) = path.parent() {
        crate::record::atomic::create_folder(folder)?;
    }
    let lock = path.with_extension("lock");
    let fail = |error: &dyn std::fmt::Display| {
        Failure::plain(format!("cannot lock {}: {error}", lock.display()))
    };
    let file = File::options().create(true).truncate(false).write(true).open(&lock);
    let file = file.map_err(|error| fail(&error))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(error)) => return Err(fail(&error)),
            Err(TryLockError::WouldBlock) if !goes_on() => return Ok(None),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN_TRIES),
        }
    }
}

/// True when the network number `index` need not be trained any more.
pub fn is_kept(laboratory: &Laboratory, index: u64) -> bool {
    place(laboratory, index).is_some_and(|path| path.exists())
}

fn train(
    laboratory: &Laboratory,
    index: u64,
    heard: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<TrainedOnAll>, Failure> {
    let Laboratory { spec, network, data, device, capacity, .. } = laboratory;
    let (data, capacity, settings, seed) = (&Train(data), *capacity, &spec.coreset, spec.seed);
    let whole = WholeSet { network, data, settings, seed, index, device, capacity };
    let steps = whole.steps() as u64;
    let trained = whole.train(|done| {
        if heard(done as u64, steps) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let advice = "lower coreset.lr, or `retry`";
    let trained = trained.map_err(|error| Failure::new(error, advice))?;
    if let (Some(trained), Some(path)) = (&trained, place(laboratory, index)) {
        keep(laboratory, trained, &path)?;
    }
    Ok(trained)
}

/// Where the trained network of this laboratory is kept; nowhere for data that no folder belongs to.
fn place(laboratory: &Laboratory, index: u64) -> Option<PathBuf> {
    let Laboratory { spec, data, .. } = laboratory;
    let folder = laboratory.trained_networks.as_ref()?;
    let network = spec.network.to_string();
    // The first one has had its name since there was no other.
    let number = if index == 0 { String::new() } else { format!(" {index}") };
    let depends_on =
        format!("1 {network} {:?} {} {:?}{number}", spec.network, spec.seed, spec.coreset);
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
fn trained_before(laboratory: &Laboratory, index: u64) -> Result<Option<TrainedOnAll>, Failure> {
    let stored =
        place(laboratory, index).filter(|path| path.exists()).and_then(|path| Stored::read(&path));
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
    use crate::bench::{tiny, tiny_laboratory};

    fn laboratory(folder: &Path) -> Laboratory {
        let mut case = tiny();
        case.spec.coreset.epochs = 1;
        let mut laboratory = tiny_laboratory(&case);
        laboratory.trained_networks = Some(folder.to_owned());
        laboratory
    }

    fn weights(laboratory: &Laboratory, index: u64) -> (Vec<f32>, bool) {
        let (trained, kept) =
            trained_network(laboratory, index, &mut |_, _| true).unwrap().unwrap();
        (transfer::parameters_to_host(&trained.state.parameters).unwrap(), kept)
    }

    #[test]
    fn every_index_is_a_network_of_its_own_and_is_trained_once() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path());
        let (first, kept) = weights(&laboratory, 0);
        assert!(!kept);
        assert_eq!(weights(&laboratory, 0), (first.clone(), true));
        let (second, kept) = weights(&laboratory, 1);
        assert!(!kept && second != first);
    }

    #[test]
    fn a_run_waits_for_another_that_trains_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path());
        let path = place(&laboratory, 0).unwrap();
        let other = turn(&path, &mut || true).unwrap();
        assert!(other.is_some());
        let mut asked = 0;
        let waited = trained_network(&laboratory, 0, &mut |_, _| {
            asked += 1;
            asked < 3
        });
        assert!(waited.unwrap().is_none() && asked == 3);
        drop(other);
        assert!(!weights(&laboratory, 0).1);
    }

    #[test]
    fn a_damaged_network_is_trained_again_and_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let laboratory = laboratory(folder.path());
        let (first, _) = weights(&laboratory, 0);
        let path = place(&laboratory, 0).unwrap();
        std::fs::write(&path, b"damaged").unwrap();
        assert_eq!(weights(&laboratory, 0), (first, false));
        assert!(Stored::read(&path).is_some());
    }
}
