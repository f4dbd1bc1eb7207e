//! Labels of a set as a device takes them: classes, or rows that are probabilities.

use burn::tensor::{Tensor, TensorData};

use crate::{
    nets::Labels,
    record::{self, labels::Meaning},
};

use super::{failure::Failure, laboratory::Laboratory};

/// Labels on the device, rows as probabilities.
///
/// # Errors
/// When they do not fit the data set, or are values that outputs are regressed on.
pub fn on_device(laboratory: &Laboratory, labels: &record::Labels) -> Result<Labels, Failure> {
    let classes = laboratory.classes();
    labels.check(labels.len(), classes).map_err(|problem| {
        Failure::new(problem, "name the data set that it was made from with --data")
    })?;
    match labels {
        record::Labels::Hard(hard) => {
            let hard: Vec<usize> = hard.iter().map(|label| *label as usize).collect();
            Ok(laboratory.hard_labels(&hard))
        }
        record::Labels::Soft { meaning: Meaning::Regression, .. } => Err(Failure::new(
            "its labels are values that outputs are regressed on, and this evaluation trains with \
             cross-entropy",
            "say what they are instead with --label-values",
        )),
        record::Labels::Soft { values, meaning, .. } => {
            let rows = values.chunks(classes).flat_map(|row| match meaning {
                Meaning::Logits => softmax(row),
                _ => row.to_vec(),
            });
            let data = TensorData::new(rows.collect::<Vec<f32>>(), [labels.len(), classes]);
            Ok(Labels::Soft(Tensor::from_data(data, &laboratory.device)))
        }
    }
}

fn softmax(row: &[f32]) -> Vec<f32> {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = row.iter().map(|value| (value - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{tiny, tiny_laboratory};

    #[test]
    fn logits_become_probabilities_and_probabilities_stay() {
        let laboratory = tiny_laboratory(&tiny());
        let rows = |meaning| {
            let values = vec![0.25, 0.75];
            let labels = record::Labels::Soft { values, classes: 2, meaning };
            let Labels::Soft(rows) = on_device(&laboratory, &labels).unwrap() else { panic!() };
            let rows: Vec<f32> = rows.try_into_vec_as().unwrap();
            rows
        };
        assert_eq!(rows(Meaning::Probabilities), [0.25, 0.75]);
        let logits = rows(Meaning::Logits);
        assert!((logits[1] / logits[0] - 0.5_f32.exp()).abs() < 1e-6, "{logits:?}");
    }
}
