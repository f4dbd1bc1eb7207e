//! From what networks see back to pictures: byte = round(255 · clamp(x · std + mean, 0, 1)), channel by
//! channel (reference section 1.11). Synthetic images are not confined to 0 to 1; pictures are.

use super::registry::ImageShape;
use super::set::Normalisation;

/// Normalised images, one after the other and [channels, height, width] each, as bytes in the same order.
///
/// What is not a number becomes 0.
pub fn denormalised(values: &[f32], shape: ImageShape, normalisation: &Normalisation) -> Vec<u8> {
    let [channels, height, width] = shape;
    let channel_of = |plane: usize| plane % channels.max(1);
    let mut bytes = Vec::with_capacity(values.len());
    for (plane, values) in values.chunks((height * width).max(1)).enumerate() {
        let mean = normalisation.mean.get(channel_of(plane)).copied().unwrap_or(0.0);
        let std = normalisation.std.get(channel_of(plane)).copied().unwrap_or(1.0);
        let byte = |x: &f32| ((x * std + mean).clamp(0.0, 1.0) * 255.0).round() as u8;
        bytes.extend(values.iter().map(byte));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::batch::normalised_values;
    use crate::data::registry::ENTRIES;
    use crate::data::set::SetInfo;
    use crate::data::split::Split;

    #[test]
    fn every_byte_of_every_data_set_survives_the_way_there_and_back() {
        for entry in ENTRIES {
            let info = SetInfo::from(entry);
            let image_bytes: usize = entry.shape.iter().product();
            let images: Vec<_> =
                (0..2 * image_bytes).map(|place| (place * 7 % 256) as u8).collect();
            let split = Split::new(images.clone(), vec![0, 1], entry.shape, 10).unwrap();
            let values = normalised_values(&split, &info.normalisation, &[0, 1]);
            assert_eq!(denormalised(&values, entry.shape, &info.normalisation), images);
        }
    }

    #[test]
    fn what_lies_outside_is_clamped_and_channels_keep_their_own_constants() {
        let normalisation = Normalisation { mean: vec![0.5, 0.0], std: vec![0.5, 1.0] };
        let values = [-9.0, 9.0, 0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, 0.25];
        assert_eq!(
            denormalised(&values, [2, 1, 2], &normalisation),
            [0, 255, 128, 0, 255, 0, 0, 64]
        );
    }
}
