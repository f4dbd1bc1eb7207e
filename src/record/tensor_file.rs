//! Named arrays and a header of JSON in one safetensors file, written whole or not at all.
//!
//! The header is one metadata entry, `stillroom`, so that equal contents make equal bytes.

use std::{collections::HashMap, fs, io, path::Path};

use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};
use serde::{Serialize, de::DeserializeOwned};

use super::atomic::{self, WriteError};

const HEADER: &str = "stillroom";

/// The values of an array, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

/// A named array.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its name in the file.
    pub name: String,
    /// Its shape; the product is the number of values.
    pub shape: Vec<usize>,
    /// Its values.
    pub values: Values,
}

impl Array {
    /// An array of floats.
    pub fn f32(name: &str, shape: &[usize], values: Vec<f32>) -> Self {
        Self { name: name.to_owned(), shape: shape.to_vec(), values: Values::F32(values) }
    }

    /// An array of whole numbers.
    pub fn i64(name: &str, values: Vec<i64>) -> Self {
        Self { name: name.to_owned(), shape: vec![values.len()], values: Values::I64(values) }
    }
}

/// What can be wrong with a tensor file.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It could not be opened or read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It is no safetensors file, or a damaged one.
    #[error("{path} is not a sound safetensors file: {source}")]
    Format {
        /// The file.
        path: String,
        /// What the format's reader says.
        source: SafeTensorError,
    },
    /// It lacks something, or what is there does not fit.
    #[error("{path}: {problem}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Writes `arrays` under `header` to `path`.
pub fn write<H: Serialize>(
    path: &Path,
    header: &H,
    arrays: &[Array],
) -> Result<(), TensorFileError> {
    let shown = || path.display().to_string();
    let header = serde_json::to_string(header)
        .map_err(|error| TensorFileError::Content { path: shown(), problem: error.to_string() })?;
    let bytes: Vec<(Vec<u8>, Dtype)> = arrays
        .iter()
        .map(|array| match &array.values {
            Values::F32(values) => {
                (values.iter().flat_map(|value| value.to_le_bytes()).collect(), Dtype::F32)
            }
            Values::I64(values) => {
                (values.iter().flat_map(|value| value.to_le_bytes()).collect(), Dtype::I64)
            }
        })
        .collect();
    let format = |source| TensorFileError::Format { path: shown(), source };
    let views = arrays
        .iter()
        .zip(&bytes)
        .map(|(array, (bytes, dtype))| {
            Ok((array.name.as_str(), TensorView::new(*dtype, array.shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(format)?;
    let metadata = HashMap::from([(HEADER.to_owned(), header)]);
    let file = safetensors::serialize(views, Some(metadata)).map_err(format)?;
    Ok(atomic::write(path, &file)?)
}

/// Reads the header and every array of `path`.
pub fn read<H: DeserializeOwned>(path: &Path) -> Result<(H, Vec<Array>), TensorFileError> {
    let shown = || path.display().to_string();
    let file = fs::read(path).map_err(|source| TensorFileError::Read { path: shown(), source })?;
    let format = |source| TensorFileError::Format { path: shown(), source };
    let content = |problem: String| TensorFileError::Content { path: shown(), problem };
    let (_, metadata) = SafeTensors::read_metadata(&file).map_err(format)?;
    let header = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(HEADER))
        .ok_or_else(|| content(format!("no `{HEADER}` entry: not written by this program")))?;
    let header = serde_json::from_str(header).map_err(|error| content(error.to_string()))?;
    let tensors = SafeTensors::deserialize(&file).map_err(format)?;
    let arrays = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::F32 => Values::F32(
                    view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
                ),
                Dtype::I64 => Values::I64(
                    view.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b)).collect(),
                ),
                other => {
                    return Err(content(format!("`{name}` has the unexpected type {other:?}")));
                }
            };
            Ok(Array { name, shape: view.shape().to_vec(), values })
        })
        .collect::<Result<_, _>>()?;
    Ok((header, arrays))
}

/// Takes the floats called `name` out of `arrays`.
pub fn take_f32(
    path: &Path,
    arrays: &mut Vec<Array>,
    name: &str,
) -> Result<(Vec<usize>, Vec<f32>), TensorFileError> {
    let at = arrays.iter().position(|array| array.name == name);
    match at.map(|at| arrays.swap_remove(at)) {
        Some(Array { shape, values: Values::F32(values), .. }) => Ok((shape, values)),
        Some(_) => Err(TensorFileError::Content {
            path: path.display().to_string(),
            problem: format!("`{name}` does not hold 32-bit floats"),
        }),
        None => Err(TensorFileError::Content {
            path: path.display().to_string(),
            problem: format!("`{name}` is missing"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_header_come_back_and_equal_contents_make_equal_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let arrays = [
            Array::f32("x", &[2, 2], vec![1.0, -0.0, f32::MIN_POSITIVE, 4.5]),
            Array::i64("y", vec![-1, 2]),
        ];
        write(&a, &"head", &arrays).unwrap();
        write(&b, &"head", &arrays).unwrap();
        assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        let (header, mut back): (String, _) = read(&a).unwrap();
        assert_eq!(header, "head");
        let (shape, x) = take_f32(&a, &mut back, "x").unwrap();
        assert_eq!((shape, x), (vec![2, 2], vec![1.0, -0.0, f32::MIN_POSITIVE, 4.5]));
        assert_eq!(back, [Array::i64("y", vec![-1, 2])]);
    }

    #[test]
    fn damaged_and_foreign_files_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set");
        write(&path, &1, &[Array::i64("y", vec![1, 2, 3])]).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(read::<i32>(&path).unwrap_err().to_string().contains("set"), "{length}");
        }
        let foreign = safetensors::serialize(Vec::<(&str, TensorView<'_>)>::new(), None).unwrap();
        fs::write(&path, foreign).unwrap();
        assert!(
            read::<i32>(&path).unwrap_err().to_string().contains("not written by this program")
        );
    }
}
