//! The bilinear sampler that scale and rotate share.
//!
//! Output pixel `p` with normalised coordinates `u = (x, y) ∈ [−1, 1]²` reads the input at `θu`, between
//! its four neighbours, and zero outside the image: torch's `affine_grid` and `grid_sample`
//! in one.
//! Where −1 and 1 lie is the corner convention: the outer edges of the border pixels (torch 1.3 and
//! later), or with `align_corners` their centres (torch 1.2, which the paper's code names).
//!
//! With shared parameters the sampler is one sparse linear map for all images: the host works out four
//! indices and weights for each output pixel, in double precision, and the device reads and adds. With
//! parameters per image the grid is laid out on the device from the matrices' four numbers.

use burn::tensor::{
    DType, Device, Int, Tensor, TensorData,
    ops::{GridSampleOptions, InterpolateMode},
};

use super::parameters::{Parameters, column};

/// The linear part of a sampling matrix: the point `(x, y)` reads at `(x·(x, y), y·(x, y))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affine {
    /// Coefficients of the column to read at.
    pub x: [f64; 2],
    /// Coefficients of the row to read at.
    pub y: [f64; 2],
}

/// Images `[n, c, h, w]` in, the same shape out; linear in the images, and so is the gradient.
pub(super) fn sample(
    images: Tensor<4>,
    maps: &Parameters<Affine>,
    align_corners: bool,
) -> Tensor<4> {
    match maps {
        Parameters::Shared(map) => sample_all(images, *map, align_corners),
        Parameters::PerImage(maps) => sample_each(images, maps, align_corners),
    }
}

/// The normalised coordinate of pixel `index` on a side of `size` pixels.
fn coordinate(index: usize, size: usize, align_corners: bool) -> f64 {
    match (align_corners, size) {
        (true, 1) => 0.0,
        (true, _) => 2.0 * index as f64 / (size - 1) as f64 - 1.0,
        (false, _) => (2 * index + 1) as f64 / size as f64 - 1.0,
    }
}

/// The pixel position of a normalised coordinate: whole numbers are pixel centres.
fn position(coordinate: f64, size: usize, align_corners: bool) -> f64 {
    if align_corners {
        (coordinate + 1.0) * (size - 1) as f64 / 2.0
    } else {
        ((coordinate + 1.0) * size as f64 - 1.0) / 2.0
    }
}

/// The two pixels around a position, with their weights; a pixel outside has none.
fn neighbours(position: f64, size: usize) -> [(usize, f64); 2] {
    let first = position.floor();
    let share = position - first;
    [(first, 1.0 - share), (first + 1.0, share)].map(|(index, weight)| {
        if index >= 0.0 && index < size as f64 { (index as usize, weight) } else { (0, 0.0) }
    })
}

fn sample_all(images: Tensor<4>, map: Affine, align_corners: bool) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let pixels = h * w;
    let mut indices = vec![0_i32; 4 * pixels];
    let mut weights = vec![0.0_f64; 4 * pixels];
    for pixel in 0..pixels {
        let x = coordinate(pixel % w, w, align_corners);
        let y = coordinate(pixel / w, h, align_corners);
        let columns = position(map.x[0] * x + map.x[1] * y, w, align_corners);
        let rows = position(map.y[0] * x + map.y[1] * y, h, align_corners);
        for (j, (row, share)) in neighbours(rows, h).into_iter().enumerate() {
            for (i, (column, part)) in neighbours(columns, w).into_iter().enumerate() {
                let at = (2 * j + i) * pixels + pixel;
                indices[at] = (row * w + column) as i32;
                weights[at] = share * part;
            }
        }
    }
    let device = images.device();
    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [4 * pixels]), &device);
    let weights = TensorData::new(weights, [1, 4, pixels]);
    let weights = Tensor::<3>::from_data(weights, (&device, images.dtype()));
    images
        .reshape([n * c, pixels])
        .select(1, indices)
        .reshape([n * c, 4, pixels])
        .mul(weights)
        .sum_dim(1)
        .reshape([n, c, h, w])
}

fn sample_each(images: Tensor<4>, maps: &[Affine], align_corners: bool) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let coefficient =
        |pick: fn(&Affine) -> f64| column(&images, &maps.iter().map(pick).collect::<Vec<_>>());
    let (device, dtype) = (images.device(), images.dtype());
    let x = axis(w, [1, 1, w, 1], align_corners, &device, dtype);
    let y = axis(h, [1, h, 1, 1], align_corners, &device, dtype);
    let along = |with_x: Tensor<4>, with_y: Tensor<4>| {
        with_x.mul(x.clone()).add(with_y.mul(y.clone())).expand([n, h, w, 1])
    };
    let columns = along(coefficient(|map| map.x[0]), coefficient(|map| map.x[1]));
    let rows = along(coefficient(|map| map.y[0]), coefficient(|map| map.y[1]));
    let grid = Tensor::cat(vec![columns, rows], 3); // [n, h, w, 2]
    let options =
        GridSampleOptions::new(InterpolateMode::Bilinear).with_align_corners(align_corners);
    images.grid_sample_2d(grid, options)
}

/// The normalised coordinates along one side.
fn axis(
    size: usize,
    shape: [usize; 4],
    align_corners: bool,
    device: &Device,
    dtype: DType,
) -> Tensor<4> {
    let coordinates: Vec<f64> = (0..size).map(|i| coordinate(i, size, align_corners)).collect();
    Tensor::from_data(TensorData::new(coordinates, shape), (device, dtype))
}
