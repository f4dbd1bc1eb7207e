//! The only names of Python that a pickle may ask for, and what they stand for here.

use super::PickleFault;
use crate::record::exchange::element::Element;

/// Something of Python that this program makes values for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// `torch.FloatStorage` and its like.
    Storage(Element),
    /// `torch._utils._rebuild_tensor` and `_rebuild_tensor_v2`.
    Tensor,
    /// `torch._utils._rebuild_parameter`: the tensor that it is given.
    Parameter,
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `numpy.core.multiarray.scalar`.
    NumpyScalar,
    /// `numpy.dtype`.
    NumpyType,
    /// `numpy.core.multiarray._reconstruct`: an array to be filled.
    NumpyArray,
    /// `numpy.ndarray`, which that names.
    NumpyArrayClass,
    /// `_codecs.encode`: how older protocols write bytes.
    Encode,
}

impl Name {
    /// What `module.name` stands for.
    ///
    /// # Errors
    /// [`PickleFault::Asks`] for anything that is not on the list.
    pub fn find(module: &str, name: &str) -> Result<Self, PickleFault> {
        let storage = |name| match name {
            "HalfStorage" => Some(Element::F16),
            "BFloat16Storage" => Some(Element::BF16),
            "FloatStorage" => Some(Element::F32),
            "DoubleStorage" => Some(Element::F64),
            "ByteStorage" => Some(Element::U8),
            "CharStorage" => Some(Element::I8),
            "ShortStorage" => Some(Element::I16),
            "IntStorage" => Some(Element::I32),
            "LongStorage" => Some(Element::I64),
            "BoolStorage" => Some(Element::Bool),
            _ => None,
        };
        let known = match (module, name) {
            ("torch", name) => storage(name).map(Self::Storage),
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Self::Tensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::Parameter),
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => {
                Some(Self::NumpyScalar)
            }
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Some(Self::NumpyArray)
            }
            ("numpy", "dtype") => Some(Self::NumpyType),
            ("numpy", "ndarray") => Some(Self::NumpyArrayClass),
            ("_codecs", "encode") => Some(Self::Encode),
            _ => None,
        };
        known.ok_or_else(|| PickleFault::Asks(shown(module, name)))
    }
}

/// A name as a message shows it: short, and nothing in it that a terminal would obey.
fn shown(module: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    format!("{module}.{name}").chars().take(80).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_refused_by_name() {
        for (module, name) in [
            ("os", "system"),
            ("builtins", "eval"),
            ("torch", "load"),
            ("torch.storage", "_load_from_bytes"),
            ("numpy", "load"),
            ("collections", "namedtuple"),
            ("_codecs", "lookup"),
            ("torch._utils", "_rebuild_tensor_v2.__globals__"),
        ] {
            let fault = Name::find(module, name).unwrap_err();
            assert_eq!(fault, PickleFault::Asks(format!("{module}.{name}")));
        }
        let fault = Name::find("a\x1b[2J", &"x".repeat(9000)).unwrap_err().to_string();
        assert!(fault.contains("`a?[2J.xxx") && fault.len() < 250, "{fault}");
    }
}
