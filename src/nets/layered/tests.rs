//! Shapes, names and counts of the architectures; their numbers are held against `PyTorch`'s elsewhere.

use burn::tensor::{DType, Device};

use super::*;
use crate::nets::{Network, layers::finite_differences::normal, value::Value};
use crate::random::{Purpose, stream};

const GREY: [usize; 3] = [1, 28, 28];
const COLOUR: [usize; 3] = [3, 32, 32];

fn network(name: &str, shape: [usize; 3]) -> Result<Network, NetworkError> {
    Network::new(&name.parse().unwrap(), shape, 10)
}

/// The counts of reference sections 3.1 to 3.6, for grey and for colour images.
#[test]
fn networks_have_the_published_number_of_parameters() {
    for (name, counts) in [
        ("MLP", [118_282, 411_146]),
        ("LeNet", [61_706, 62_006]),
        ("AlexNet", [1_865_802, 1_872_202]),
        ("VGG11", [9_229_962, 9_231_114]),
        ("ResNet18", [11_172_810, 11_173_962]),
        ("ResNet18BN", [11_172_810, 11_173_962]),
        ("ResNet18BN_AP", [11_213_770, 11_250_762]),
    ] {
        for (shape, count) in [GREY, COLOUR].into_iter().zip(counts) {
            assert_eq!(network(name, shape).unwrap().parameter_count(), count, "{name} {shape:?}");
        }
    }
    // Two convolutions of 5x5, then 4096, 384, 192 and 10.
    let count = 64 * 76 + 64 * 1601 + 384 * 4097 + 192 * 385 + 10 * 193;
    assert_eq!(network("AlexCifarNet", COLOUR).unwrap().parameter_count(), count);
}

#[test]
fn images_of_any_size_that_fits_give_logits() {
    let device = Device::flex();
    for (name, shape, features) in [
        ("MLP", [2, 5, 7], 128),
        ("LeNet", [3, 40, 32], 84),
        ("AlexNetBN", [1, 17, 11], 192 * 2),
        ("AlexCifarNet", [1, 9, 9], 192),
        ("VGG11", [3, 32, 33], 512),
        ("ResNet18", [3, 25, 32], 512),
        ("ResNet18_AP", [3, 16, 17], 512 * 2 * 2),
    ] {
        let network = network(name, shape).unwrap();
        assert_eq!(network.features(), features, "{name}");
        let mut random = stream(1, Purpose::NetworkInit, &[0]);
        let parameters = network.initialise(&mut random, &device, DType::F32);
        let mut statistics = network.fresh_statistics(&device, DType::F32);
        let images = normal(2 * shape.iter().product::<usize>(), 0).cast(DType::F32);
        let images = Value::from(images.reshape([2, shape[0], shape[1], shape[2]]));
        let values = parameters.values();
        for statistics in
            [Statistics::Batch(&mut statistics.clone()), Statistics::Frozen(&statistics)]
        {
            let logits = network.forward(&values, images.clone(), statistics).primal;
            assert_eq!(logits.dims(), [2, 10]);
            let logits: Vec<f32> = logits.try_into_vec_as().unwrap();
            assert!(logits.iter().all(|logit| logit.is_finite()), "{name}");
        }
        network.gather_statistics(&parameters, &mut statistics, images.primal);
    }
}

#[test]
fn an_image_that_is_too_small_is_refused() {
    assert_eq!(
        network("VGG11", [3, 16, 31]).unwrap_err().to_string(),
        "vgg11 is too deep for a 16x31 image: a window does not fit into the 1 pixels that are left; \
         take a larger image, or a convnet of less depth"
    );
    for (name, shape) in [("LeNet", [3, 15, 32]), ("ResNet18", [1, 24, 24]), ("AlexNet", [3, 7, 7])]
    {
        let error = network(name, shape).unwrap_err();
        assert!(matches!(error, NetworkError::TooSmall { .. }), "{name}: {error}");
    }
}

/// Convolutions of `LeNet` at 28x28 and 10x10, then its linear layers.
#[test]
fn multiply_adds_are_counted_layer_by_layer() {
    let counts = network("LeNet", GREY).unwrap().multiply_adds();
    assert_eq!(counts, [6 * 25 * 784, 16 * 150 * 100, 400 * 120, 120 * 84, 84 * 10]);
    let residual = network("ResNet18", COLOUR).unwrap().multiply_adds();
    // One convolution, eight blocks of two, three shortcuts, the classifier.
    assert_eq!(residual.len(), 1 + 16 + 3 + 1);
    assert_eq!(residual.iter().sum::<u64>(), 555_422_720);
}
