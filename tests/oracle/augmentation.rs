//! Augmentations with explicit parameters, as the fixtures write them.

use serde_json::Value;
use stillroom::augment::{Augmentation, Centre, Factors, Operation, Parameters, Translation};

/// One operation from its name and, for each of its parameters, the numbers of all sets: one set is
/// shared, several are one per image.
pub fn operation(name: &str, parameters: &[Value]) -> Operation {
    let numbers = |at: usize| -> Vec<f64> {
        parameters[at].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let two = || numbers(0).into_iter().zip(numbers(1));
    match name {
        "brightness" => Operation::Brightness(sets(numbers(0))),
        "saturation" => Operation::Saturation(sets(numbers(0))),
        "contrast" => Operation::Contrast(sets(numbers(0))),
        "crop" => Operation::Crop(sets(
            two().map(|(dy, dx)| Translation { dy: dy as isize, dx: dx as isize }).collect(),
        )),
        "cutout" => Operation::Cutout(sets(
            two().map(|(y, x)| Centre { row: y as usize, column: x as usize }).collect(),
        )),
        "flip" => {
            let mirrored = parameters[0].as_array().unwrap();
            Operation::Flip(sets(mirrored.iter().map(|value| value.as_bool().unwrap()).collect()))
        }
        "scale" => Operation::Scale(sets(two().map(|(x, y)| Factors { x, y }).collect())),
        "rotate" => Operation::Rotate(sets(numbers(0))),
        other => panic!("the fixtures hold an unknown operation {other}"),
    }
}

fn sets<P>(mut sets: Vec<P>) -> Parameters<P> {
    if sets.len() == 1 { Parameters::Shared(sets.remove(0)) } else { Parameters::PerImage(sets) }
}

/// A list of operations, `[["rotate", [[6.5]]], …]`.
#[allow(dead_code, reason = "not every test file that reads operations reads lists of them")]
pub fn augmentation(operations: &Value) -> Augmentation {
    let one = |entry: &Value| operation(entry[0].as_str().unwrap(), entry[1].as_array().unwrap());
    let operations = operations.as_array().unwrap().iter().map(one).collect();
    Augmentation { operations, align_corners: false }
}
