//! How good a condensed set is: networks trained from scratch on it, scored on real test images.
//!
//! ```text
//! TrainingSet ─► Candidates ─► Evaluation::run ─► Scores ─► Summary (mean ± std)
//!                TestBatches ──────┘    └─ Progress ─► the caller: show, wait, stop
//! ```
//!
//! The same evaluation scores any set of labelled images: a condensed set, randomly drawn real images, a
//! coreset, the whole training set. It knows no file format: test images come through [`TestBatches`].

mod accuracy;
mod adam_course;
#[cfg(test)]
mod blobs;
pub mod continual;
mod correlation;
mod course;
mod curriculum;
mod error;
mod losses;
mod paired;
mod ranking;
mod regime;
mod schedule;
mod several_tests;
mod statistics;
mod train_from_scratch;
mod training_set;
mod whole_set;

pub use accuracy::{Score, TestBatches};
pub use adam_course::AdamCourse;
pub use correlation::Correlation;
pub use course::CourseStep;
pub use error::EvaluationError;
pub use paired::Paired;
pub use ranking::{Accuracies, Ranking};
pub use regime::Regime;
pub use statistics::Summary;
pub use train_from_scratch::{Candidate, Evaluation, Progress};
pub use training_set::{TrainingAugmentation, TrainingSet};
pub use whole_set::{TrainedOnAll, TrainingImages, WholeSet};
