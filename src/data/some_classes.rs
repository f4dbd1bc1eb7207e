//! A part of a data set: some of its classes, in an order of their own.
//!
//! Continual learning divides the classes of one data set into tasks (reference section 6.3). A task's set is a
//! data set like any other, whose labels count its own classes; pixels and normalisation stay what they are.

use super::{
    set::{DataSet, SetInfo},
    split::{Split, SplitFault},
};

impl DataSet {
    /// The images of these classes alone, which become classes 0, 1, … in this order.
    ///
    /// # Errors
    /// When there are more classes than labels can name, which a data set has not.
    pub fn of_classes(&self, classes: &[usize]) -> Result<Self, SplitFault> {
        let names = classes.iter().filter_map(|class| self.info.classes.get(*class).cloned());
        let info = SetInfo { classes: names.collect(), ..self.info.clone() };
        Ok(Self {
            info,
            train: self.train.of_classes(classes)?,
            test: self.test.of_classes(classes)?,
        })
    }
}

impl Split {
    /// The images of these classes alone, in the order in which they lie, relabelled.
    fn of_classes(&self, classes: &[usize]) -> Result<Self, SplitFault> {
        let mut images: Vec<(usize, u16)> = (0..)
            .zip(classes)
            .flat_map(|(label, class)| {
                self.of_class(*class).iter().map(move |image| (*image, label))
            })
            .collect();
        images.sort_unstable();
        let pixels = images.iter().flat_map(|(image, _)| self.image(*image)).copied().collect();
        let labels = images.iter().map(|(_, label)| *label).collect();
        Self::new(pixels, labels, self.shape(), classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Normalisation;

    #[test]
    fn a_part_has_its_classes_images_and_names_in_the_order_asked_for() {
        let split = |first: u8| {
            let labels = vec![0, 1, 2, 0, 1, 2];
            Split::new((first..first + 6).collect(), labels, [1, 1, 1], 3).unwrap()
        };
        let whole = DataSet {
            info: SetInfo {
                name: "tiny".to_owned(),
                title: "Tiny".to_owned(),
                shape: [1, 1, 1],
                classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
                normalisation: Normalisation { mean: vec![0.5], std: vec![0.1] },
            },
            train: split(0),
            test: split(10),
        };
        let part = whole.of_classes(&[2, 0]).unwrap();
        assert_eq!(part.info.classes, ["c", "a"]);
        assert_eq!(part.info.normalisation, whole.info.normalisation);
        assert_eq!(part.train.images(), [0, 2, 3, 5]);
        assert_eq!(part.train.labels(), [1, 0, 1, 0]);
        assert_eq!(part.test.images(), [10, 12, 13, 15]);
        assert_eq!(part.train.per_class(), [2, 2]);
    }
}
