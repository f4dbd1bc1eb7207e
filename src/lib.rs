//! Stillroom distils data sets: it learns a few synthetic images per class, so that a network trained on
//! them alone does nearly as well as one trained on everything.
//!
//! ```text
//! spec ─► queue ─► worker process: engine ─► events.jsonl + artefacts ─► daemon ─► wire ─► TUI / CLI
//!          ▲                (condense · evaluate · nets · augment · data)     ▲             │
//!          └────────────────────────── commands ◄─────────────────────────────┴──── keys ◄──┘
//! ```
//!
//! A run is a process that appends facts to a log. A host is a byte stream that speaks one protocol. The
//! screen is a pure function of the facts received. Every wish of the user is one
//! [`Command`](queue::Command), and it goes to one place.
//!
//! # The house
//!
//! | room | what it is for |
//! |---|---|
//! | [`spec`] | what a run is: vocabulary, defaults from the paper, parsing with good messages, presets |
//! | [`record`] | what a run leaves behind: folder, event log, pictures, checkpoint, result; sets of other programs |
//! | [`random`] | where every random number comes from |
//! | [`data`] | real data sets, as bytes in memory and normalised batches on a device |
//! | [`nets`] | networks, written once over values that may carry a tangent |
//! | [`augment`] | differentiable augmentation, and who shares its parameters |
//! | [`coreset`] | which real images to keep: herding, K-Center, forgetting |
//! | [`condense`] | gradient matching (DC and DSA), distribution matching (DM), dataset and label distillation (DD, LD) |
//! | [`evaluate`] | training from scratch on a synthetic set, its statistics; learning task after task with one as memory |
//! | [`study`] | named sets of runs that fill a table, with the published numbers beside ours |
//! | [`figure`] | figures on paper, as SVG and PNG: sheet, legend, marks |
//! | [`engine`] | a spec becomes events: device, loop, control points, checkpoints |
//! | [`mod@bench`] | how long all of that takes, in parts, beside another program, as it grows |
//! | [`machine`] | what a machine is busy with: processor, memory, graphics cards |
//! | [`harmless`] | text from outside, before a terminal sees it |
//! | [`queue`] | order and state of runs, scheduler, daemon, worker processes and Slurm jobs |
//! | [`wire`] | messages, framing, socket, server and client |
//! | [`config`] | what the user has set: settings, keys, themes, and what is wrong with them |
//! | [`cli`] | one file per sub-command |
//! | [`tui`] | the screen |
//!
//! Arrows point one way: `tui, cli → wire → queue → engine → condense, evaluate, coreset → nets, augment, data`;
//! `bench` stands on the engine beside the queue, and `cli` alone asks it; `config` is for `tui` and `cli`,
//! and for the daemon, which reads the user's own studies and how workers are to be started.
//! `spec`, `record`, `random`, `harmless`, `machine` and `figure` are below them all. The screen never imports the engine; the
//! engine never imports a terminal, a socket or an async runtime.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod augment;
pub mod bench;
pub mod cli;
pub mod condense;
pub mod config;
pub mod coreset;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod figure;
pub mod harmless;
pub mod machine;
pub mod nets;
pub mod queue;
pub mod random;
pub mod record;
pub mod spec;
pub mod study;
pub mod tui;
pub mod wire;
