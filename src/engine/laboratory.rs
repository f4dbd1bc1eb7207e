//! What a run works with and never changes: spec, device, data, network.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::distr::Distribution;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::{
    augment::Recipe,
    data::{self, DataSet, Resident},
    nets::{Batch, Capacity, Labels, Network},
    random::{Purpose, stream},
    record::Space,
    spec::{Init, Method, Spec, Start, defaults::published, loops},
};

use super::{admit::admit, devices::Chosen, failure::Failure, precision, stopwatch::Stopwatch};

/// Everything that the steps of a run read.
#[derive(Debug)]
pub struct Laboratory {
    /// What the user asked for.
    pub spec: Spec,
    /// Where tensors live.
    pub device: Device,
    /// How much it takes at once.
    pub capacity: Capacity,
    /// The real data.
    pub data: DataSet,
    /// The images to train on, where the device keeps them.
    resident: Option<Resident>,
    /// The network that is matched and evaluated.
    pub network: Network,
    /// The other networks that the finished set is evaluated on, with their names.
    pub others: Vec<(String, Network)>,
    /// The folder of networks trained on all data; none where nothing is to be kept.
    pub trained_networks: Option<PathBuf>,
    /// Whether the set is scored; not one that others learn from, which a run over tasks scores all together.
    pub is_scored: bool,
    /// What matching augmentations are drawn from.
    pub recipe: Recipe,
    /// Where the time goes; off in a run.
    pub stopwatch: Stopwatch,
}

impl Laboratory {
    /// Reads the data and makes the network, or says why that is not possible.
    pub fn prepare(spec: Spec, data_dir: &Path, chosen: &Chosen) -> Result<Self, Failure> {
        let data = data::open_spec(&spec.data, data_dir).map_err(Failure::plain)?;
        let laboratory = Self::over(data, spec, chosen)?;
        Ok(Self { trained_networks: Some(data_dir.join("networks")), ..laboratory })
    }

    /// The same over data that are in memory, whatever data set the spec names.
    pub fn over(data: DataSet, spec: Spec, chosen: &Chosen) -> Result<Self, Failure> {
        let mut faults = admit(&spec, &data.info, &data.train.per_class(), "spec.toml");
        if faults.is_empty() {
            faults.extend(precision::fault_on(chosen, &spec, "spec.toml"));
        }
        if !faults.is_empty() {
            return Err(Failure::of_faults(&faults));
        }
        let shape = data.info.shape;
        let network =
            Network::new(&spec.network, shape, data.info.classes.len()).map_err(Failure::plain)?;
        // The run's own network may be in a grid; it is scored as the run's own.
        let others = spec.evaluate.also_on.list().iter().filter(|other| **other != spec.network);
        let others = others.map(|other| {
            let network = Network::new(other, shape, data.info.classes.len());
            network.map(|network| (other.to_string(), network)).map_err(Failure::plain)
        });
        let others = others.collect::<Result<_, _>>()?;
        let recipe = Recipe::new(&spec.augment, [shape[1], shape[2]]);
        let Chosen { handle, capacity, .. } = chosen;
        let keeps = *handle != Device::flex() && capacity.keeps(Resident::bytes(&data.train));
        let resident = keeps.then(|| Resident::new(&data.train, &data.info.normalisation, handle));
        let (device, capacity) = (handle.clone(), *capacity);
        let stopwatch = Stopwatch::default();
        let trained_networks = None;
        Ok(Self {
            spec,
            device,
            capacity,
            data,
            resident,
            network,
            others,
            trained_networks,
            is_scored: true,
            recipe,
            stopwatch,
        })
    }

    /// Real images to train on at each of the lists of indices, normalised, [indices, channels, height,
    /// width]. Those that the device keeps are drawn all at once.
    pub fn real_images(&self, lists: &[&[usize]]) -> Vec<Tensor<4>> {
        let Some(resident) = &self.resident else {
            return lists.iter().map(|list| self.data.train_images(list, &self.device)).collect();
        };
        let images = resident.images(&lists.concat());
        let mut start = 0;
        let part = |list: &&[usize]| {
            start += list.len();
            images.clone().narrow(0, start - list.len(), list.len())
        };
        lists.iter().map(part).collect()
    }

    /// Real images to train on at these indices, with their classes.
    pub fn real_batch(&self, indices: &[usize]) -> Batch {
        let train = &self.data.train;
        let labels: Vec<usize> =
            indices.iter().map(|index| usize::from(train.labels()[*index])).collect();
        Batch { images: self.real_images(&[indices]).remove(0), labels: self.hard_labels(&labels) }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.data.info.classes.len()
    }

    /// Synthetic images in all.
    pub fn images(&self) -> usize {
        self.classes() * self.spec.ipc
    }

    /// Images that networks of an evaluation are trained on.
    pub fn scored_images(&self) -> usize {
        if self.spec.method == Method::Whole { self.data.train.len() } else { self.images() }
    }

    /// Images, channels, height, width of the synthetic set.
    pub fn shape(&self) -> [usize; 4] {
        let [channels, height, width] = self.data.info.shape;
        [self.images(), channels, height, width]
    }

    /// The space that all pixels of the run live in.
    pub fn space(&self) -> Space {
        let normalisation = &self.data.info.normalisation;
        Space { mean: normalisation.mean.clone(), std: normalisation.std.clone() }
    }

    /// The class of each synthetic image: `ipc` of class 0, then of class 1, … (reference section 1.4).
    pub fn labels(&self) -> Vec<usize> {
        (0..self.classes()).flat_map(|class| std::iter::repeat_n(class, self.spec.ipc)).collect()
    }

    /// Labels on the device.
    pub fn hard_labels(&self, labels: &[usize]) -> Labels {
        let values: Vec<i64> = labels.iter().map(|label| *label as i64).collect();
        let count = values.len();
        Labels::Hard(Tensor::<1, Int>::from_data(TensorData::new(values, [count]), &self.device))
    }

    /// Places in a list, on the device.
    pub fn indices(&self, places: &[usize]) -> Tensor<1, Int> {
        let places: Vec<i64> = places.iter().map(|place| *place as i64).collect();
        let count = places.len();
        Tensor::from_data(TensorData::new(places, [count]), &self.device)
    }

    /// The real images that the synthetic ones start as, where they start as randomly drawn ones, by class.
    pub fn initial_indices(&self) -> Vec<usize> {
        let draw = |class: usize| {
            self.data.train.draw_from_class(class, self.spec.ipc, &mut self.initial_stream(class))
        };
        (0..self.classes()).flat_map(draw).collect()
    }

    fn initial_stream(&self, class: usize) -> ChaCha8Rng {
        stream(self.spec.seed, Purpose::SyntheticInit, &[class as u64])
    }

    /// The synthetic images before the first iteration, normalised (reference section 1.4).
    pub fn initial_images(&self) -> Tensor<4> {
        let shape = self.shape();
        match self.spec.init {
            // A coreset's rule chooses later, when it has a trained network.
            Init::Real | Init::Herding | Init::KCenter | Init::Forgetting => {
                self.data.train_images(&self.initial_indices(), &self.device)
            }
            Init::Noise => {
                let per_class = shape.iter().product::<usize>() / self.classes();
                let values: Vec<f32> = (0..self.classes())
                    .flat_map(|class| {
                        let mut rng = self.initial_stream(class);
                        (0..per_class)
                            .map(|_| StandardNormal.sample(&mut rng))
                            .collect::<Vec<f32>>()
                    })
                    .collect();
                Tensor::from_data(TensorData::new(values, shape), &self.device)
            }
        }
    }

    /// How many networks trained on all data the run needs: one to choose a coreset with, if that is still
    /// to be chosen, or those that dataset distillation starts from and is evaluated with.
    pub fn trained_networks_needed(&self, to_choose: bool) -> u64 {
        let Spec { method, unroll, evaluate, .. } = &self.spec;
        if *method == Method::Dd && unroll.start == Start::Trained {
            return (unroll.pool + evaluate.networks) as u64;
        }
        u64::from(to_choose)
    }

    /// Where the loops of this spec come from, for the user.
    pub fn loops_reason(&self) -> String {
        if !self.spec.method.trains_networks() {
            return format!("no inner loop in {}", self.spec.method);
        }
        let usual = loops::loops(self.spec.ipc);
        let condense = &self.spec.condense;
        let is_usual = (usual.outer_steps, usual.inner_epochs)
            == (condense.outer_steps, condense.inner_epochs);
        let published = published(self.spec.method, &self.spec.data.set, self.spec.ipc);
        match condense.iterations == published.condense.iterations {
            _ if !is_usual => "set in the spec".to_owned(),
            true => usual.reason.to_owned(),
            false => format!("{}; the number of iterations is set in the spec", usual.reason),
        }
    }
}
