//! The augmentations of a trajectory: operations with explicit parameters, as the index lists them.

use serde_json::Value;
use stillroom::augment::{Augmentation, Operation, Parameters, Translation};

/// From `[["rotate", [[6.5]]], …]`: names, and for each parameter one number per set. One set is shared
/// by the whole batch.
pub fn augmentation(operations: &Value) -> Augmentation {
    let operations = operations.as_array().unwrap().iter().map(operation).collect();
    Augmentation { operations, align_corners: false }
}

fn operation(entry: &Value) -> Operation {
    let of = |at: usize| entry[1][at].as_array().unwrap();
    match entry[0].as_str().unwrap() {
        "rotate" => Operation::Rotate(sets(of(0).iter().map(|v| v.as_f64().unwrap()).collect())),
        "flip" => Operation::Flip(sets(of(0).iter().map(|v| v.as_bool().unwrap()).collect())),
        "crop" => {
            let moves = of(0).iter().zip(of(1)).map(|(dy, dx)| Translation {
                dy: dy.as_i64().unwrap() as isize,
                dx: dx.as_i64().unwrap() as isize,
            });
            Operation::Crop(sets(moves.collect()))
        }
        other => panic!("no trajectory of the fixtures has {other}"),
    }
}

fn sets<P: Clone>(sets: Vec<P>) -> Parameters<P> {
    match &sets[..] {
        [shared] => Parameters::Shared(shared.clone()),
        _ => Parameters::PerImage(sets),
    }
}
