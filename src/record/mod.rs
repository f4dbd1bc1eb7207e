//! What a run leaves behind: its folder, its log of facts, its pictures, its checkpoint, its result; and
//! synthetic sets in the formats of other programs.
//!
//! The run folder is the truth about a run. This room knows files and formats; it knows nothing of
//! networks, devices or screens.

pub mod atomic;
pub mod checkpoint;
pub mod checksum;
pub mod contact_sheet;
pub mod digest;
pub mod event;
pub mod event_log;
pub mod exchange;
pub mod history;
pub mod host_name;
pub mod labels;
pub mod long_log;
pub mod number;
pub mod other_scores;
pub mod run_folder;
pub mod run_id;
pub mod set_header;
pub mod space;
pub mod steps;
pub mod synthetic_set;
pub mod task_checkpoint;
pub mod tensor_file;

pub use checkpoint::{Checkpoint, Place};
pub use digest::Digest;
pub use event::{Event, Fact};
pub use event_log::{EventLog, Tail};
pub use history::History;
pub use host_name::HostName;
pub use labels::Labels;
pub use other_scores::OtherScores;
pub use run_folder::RunFolder;
pub use run_id::RunId;
pub use space::{PixelSpace, Space};
pub use steps::Steps;
pub use synthetic_set::SyntheticSet;
pub use task_checkpoint::{TaskCheckpoint, TaskPlace};
