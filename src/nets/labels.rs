//! What the images of a batch are said to show: a class each, or a probability for every class.

use burn::tensor::{DType, Int, Tensor};

/// The targets of a cross-entropy, one entry per image.
#[derive(Debug, Clone)]
pub enum Labels {
    /// Class indices, one per image.
    Hard(Tensor<1, Int>),
    /// Probabilities, [n, classes].
    Soft(Tensor<2>),
}

impl Labels {
    /// Number of images.
    pub fn len(&self) -> usize {
        match self {
            Self::Hard(classes) => classes.dims()[0],
            Self::Soft(probabilities) => probabilities.dims()[0],
        }
    }

    /// True when there are no images.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The labels of the images at these indices.
    #[must_use]
    pub fn select(&self, indices: Tensor<1, Int>) -> Self {
        match self {
            Self::Hard(classes) => Self::Hard(classes.clone().select(0, indices)),
            Self::Soft(probabilities) => Self::Soft(probabilities.clone().select(0, indices)),
        }
    }

    /// The labels of `length` images from `start` on.
    #[must_use]
    pub fn narrow(&self, start: usize, length: usize) -> Self {
        match self {
            Self::Hard(classes) => Self::Hard(classes.clone().narrow(0, start, length)),
            Self::Soft(probabilities) => Self::Soft(probabilities.clone().narrow(0, start, length)),
        }
    }

    /// Labels one after the other; `None` unless all are hard or all are soft.
    pub fn joined(parts: &[Self]) -> Option<Self> {
        let hard = |part: &Self| if let Self::Hard(own) = part { Some(own.clone()) } else { None };
        let soft = |part: &Self| if let Self::Soft(own) = part { Some(own.clone()) } else { None };
        match parts.first()? {
            one if parts.len() == 1 => Some(one.clone()),
            Self::Hard(_) => {
                Some(Self::Hard(Tensor::cat(parts.iter().map(hard).collect::<Option<_>>()?, 0)))
            }
            Self::Soft(_) => {
                Some(Self::Soft(Tensor::cat(parts.iter().map(soft).collect::<Option<_>>()?, 0)))
            }
        }
    }

    /// One probability per class, [n, classes]: soft labels themselves, one-hot rows for hard ones.
    pub fn probabilities(&self, classes: usize, dtype: DType) -> Tensor<2> {
        match self {
            Self::Hard(labels) => {
                // Compared with all class indices at once: the library's own one-hot reads the labels
                // back to check them, which would stall a GPU at every training step.
                let all = Tensor::<1, Int>::arange(0..classes as i64, &labels.device());
                labels.clone().reshape([-1, 1]).equal(all.reshape([1, -1])).float().cast(dtype)
            }
            Self::Soft(probabilities) => probabilities.clone().cast(dtype),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn hard_labels_are_one_hot_rows_in_any_order() {
        let labels = Labels::Hard(Tensor::from_data([2, 0], &Device::flex()));
        let order = Tensor::<1, Int>::from_data([1, 0, 0], &Device::flex());
        let rows = labels.select(order).probabilities(3, DType::F64);
        assert_eq!((labels.len(), rows.dtype()), (2, DType::F64));
        let rows: Vec<f64> = rows.try_into_vec_as().unwrap();
        assert_eq!(rows, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    }
}
