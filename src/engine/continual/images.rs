//! The images of tasks as training and scoring take them: classes are outputs of the network.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::{
    data::DataSet,
    evaluate::{TestBatches, TrainingImages},
};

use super::tasks::Task;

/// The real images of the task that has come, if it is not forgotten yet, and behind them those of the memory.
pub struct Lessons<'a> {
    /// The task.
    pub task: Option<&'a Task>,
    /// Images of the memory [images, channels, height, width], on the device; none where there are none yet.
    pub memory: Option<Tensor<4>>,
    /// The output of each of them.
    pub outputs: &'a [usize],
}

impl Lessons<'_> {
    fn data(&self) -> Option<&DataSet> {
        self.task.map(|task| &task.data)
    }

    /// Number of real images.
    fn real(&self) -> usize {
        self.data().map_or(0, |data| data.train.len())
    }
}

impl TrainingImages for Lessons<'_> {
    fn count(&self) -> usize {
        self.real() + self.outputs.len()
    }

    fn images(&self, indices: &[usize], device: &Device) -> Tensor<4> {
        let real = self.real();
        let (first, behind): (Vec<usize>, Vec<usize>) =
            indices.iter().partition(|index| **index < real);
        let mut parts = Vec::new();
        if let Some(data) = self.data().filter(|_| !first.is_empty()) {
            parts.push(data.train_images(&first, device));
        }
        if let Some(memory) = self.memory.as_ref().filter(|_| !behind.is_empty()) {
            let places: Vec<i64> = behind.iter().map(|index| (index - real) as i64).collect();
            parts.push(memory.clone().select(0, whole(places, device)));
        }
        let images = Tensor::cat(parts, 0);
        if indices.is_sorted_by_key(|index| *index >= real) {
            return images;
        }
        // Where each of the images asked for lies: real ones first.
        let (mut at_real, mut at_memory) = (0, first.len() as i64);
        let order = indices.iter().map(|index| {
            let next = if *index < real { &mut at_real } else { &mut at_memory };
            *next += 1;
            *next - 1
        });
        images.select(0, whole(order.collect(), device))
    }

    fn class(&self, index: usize) -> usize {
        match self.task.filter(|_| index < self.real()) {
            Some(Task { data, outputs, .. }) => outputs[usize::from(data.train.labels()[index])],
            None => self.outputs[index - self.real()],
        }
    }
}

fn whole(values: Vec<i64>, device: &Device) -> Tensor<1, Int> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

/// The test images of a task.
pub struct Exam<'a>(pub &'a Task);

impl TestBatches for Exam<'_> {
    fn count(&self) -> usize {
        self.0.data.test.len()
    }

    fn batch(&self, range: Range<usize>, device: &Device) -> (Tensor<4>, Vec<usize>) {
        let Task { data, outputs, .. } = self.0;
        let labels = data.test.labels()[range.clone()].iter();
        let labels = labels.map(|label| outputs[usize::from(*label)]).collect();
        (data.test_images(&range.collect::<Vec<_>>(), device), labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{tiny, tiny_laboratory};

    #[test]
    fn real_and_remembered_images_come_in_the_order_asked_for() {
        let data = tiny_laboratory(&tiny()).data;
        let device = Device::flex();
        let real = data.train.len();
        let remembered = data.test_images(&[0, 1], &device);
        let task = Task { name: String::new(), outputs: vec![4, 2], set: 0, data: data.clone() };
        let lessons =
            Lessons { task: Some(&task), memory: Some(remembered.clone()), outputs: &[7, 8] };
        assert_eq!(lessons.count(), real + 2);
        let host = |images: Tensor<4>| images.try_into_vec_as::<f32>().unwrap();
        let wanted = |image: usize| {
            if image < real {
                host(data.train_images(&[image], &device))
            } else {
                host(remembered.clone().narrow(0, image - real, 1))
            }
        };
        for order in [vec![1, real + 1, 0, real], vec![0, 2, real], vec![real + 1], vec![3, 1]] {
            let found = host(lessons.images(&order, &device));
            assert_eq!(found, order.iter().flat_map(|at| wanted(*at)).collect::<Vec<_>>());
        }
        assert_eq!(lessons.class(real + 1), 8);
        let label = usize::from(data.train.labels()[0]);
        assert_eq!(lessons.class(0), [4, 2][label]);
        let memory = Lessons { task: None, ..lessons };
        assert_eq!((memory.count(), memory.class(0)), (2, 7));
        let (_, labels) = Exam(&task).batch(0..1, &device);
        assert_eq!(labels, [[4, 2][usize::from(data.test.labels()[0])]]);
    }
}
