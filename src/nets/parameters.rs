//! A network's parameters as a list in network order, and gradients as the same kind of list.
//!
//! Every parameter is stored flat; layers reshape it where they use it. Names, order and shapes are
//! those of `PyTorch`'s `named_parameters()`, so lists can be held against `PyTorch`'s one by one, and
//! distances see the rank that each gradient has there (reference section 1.6).

use std::sync::Arc;

use burn::tensor::{DType, Device, Element, Gradients, Tensor, TensorData};

use super::value::Value;

/// What a parameter is, which decides how it starts (see [`super::initialisation`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Weight or bias of a convolution or linear layer in which `fan_in` inputs meet in one output.
    Affine {
        /// in · kernel height · kernel width, or the inputs of a linear layer.
        fan_in: usize,
    },
    /// Scale of a normalisation.
    NormWeight,
    /// Shift of a normalisation.
    NormBias,
}

/// Name, shape and role of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterInfo {
    /// `PyTorch`'s name, such as `features.0.weight`.
    pub name: String,
    /// `PyTorch`'s shape, such as `[out, in, kernel height, kernel width]`.
    pub shape: Vec<usize>,
    /// Its role.
    pub kind: ParameterKind,
}

impl ParameterInfo {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True when the parameter has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values that do not fit the network, or cannot be read from its device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Another number of tensors.
    #[error("{found} parameter tensors were given, but this network has {expected}")]
    Count {
        /// Tensors of the network.
        expected: usize,
        /// Tensors given.
        found: usize,
    },
    /// A tensor of another size.
    #[error("parameter `{name}` has {found} values, but this network needs {expected}")]
    Length {
        /// The parameter.
        name: String,
        /// Elements of the network's tensor.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// The device failed while a tensor was copied from it.
    #[error("parameter `{name}` could not be read from its device: {reason}")]
    Read {
        /// The parameter.
        name: String,
        /// What the device said.
        reason: String,
    },
}

/// One flat tensor per parameter of a network, in network order: parameters, gradients, momentum.
#[derive(Debug, Clone)]
pub struct Parameters {
    infos: Arc<[ParameterInfo]>,
    tensors: Vec<Tensor<1>>,
}

impl Parameters {
    /// Pairs infos with tensors of the same order; `tensors[i]` has `infos[i].len()` elements.
    pub fn new(infos: Arc<[ParameterInfo]>, tensors: Vec<Tensor<1>>) -> Self {
        debug_assert_eq!(infos.len(), tensors.len());
        Self { infos, tensors }
    }

    /// Takes values from the host (a checkpoint, a fixture, an initialisation) to a device, as `dtype`.
    ///
    /// # Errors
    /// When number or size of the tensors are not those of `infos`.
    pub fn from_host<E: Element>(
        infos: Arc<[ParameterInfo]>,
        values: Vec<Vec<E>>,
        device: &Device,
        dtype: DType,
    ) -> Result<Self, ParameterError> {
        if infos.len() != values.len() {
            return Err(ParameterError::Count { expected: infos.len(), found: values.len() });
        }
        let mut tensors = Vec::with_capacity(values.len());
        for (info, values) in infos.iter().zip(values) {
            let (expected, found) = (info.len(), values.len());
            if expected != found {
                return Err(ParameterError::Length { name: info.name.clone(), expected, found });
            }
            tensors.push(Tensor::from_data(TensorData::new(values, [found]), (device, dtype)));
        }
        Ok(Self { infos, tensors })
    }

    /// Copies all values to the host: one read-back per tensor.
    ///
    /// # Errors
    /// When the device can no longer be read.
    pub fn to_host<E: Element>(&self) -> Result<Vec<Vec<E>>, ParameterError> {
        let values = |(info, tensor): (&ParameterInfo, &Tensor<1>)| {
            tensor.try_to_vec_as().map_err(|error| ParameterError::Read {
                name: info.name.clone(),
                reason: error.to_string(),
            })
        };
        self.infos.iter().zip(&self.tensors).map(values).collect()
    }

    /// Zeros of the same shapes, dtype and device, outside any autodiff graph.
    #[must_use]
    pub fn zeros_like(&self) -> Self {
        self.map(|tensor| tensor.inner().zeros_like())
    }

    /// Name, shape and role of each tensor.
    pub fn infos(&self) -> &Arc<[ParameterInfo]> {
        &self.infos
    }

    /// The flat tensors.
    pub fn tensors(&self) -> &[Tensor<1>] {
        &self.tensors
    }

    /// The flat tensors, to be replaced one by one.
    pub fn tensors_mut(&mut self) -> &mut [Tensor<1>] {
        &mut self.tensors
    }

    /// The flat tensors, taken out of the list.
    pub fn into_tensors(self) -> Vec<Tensor<1>> {
        self.tensors
    }

    /// Number of scalars in all tensors together.
    pub fn count(&self) -> usize {
        self.infos.iter().map(ParameterInfo::len).sum()
    }

    /// The same values on another device.
    #[must_use]
    pub fn to_device(&self, device: &Device) -> Self {
        self.map(|tensor| tensor.to_device(device))
    }

    /// Leaves of a new autodiff graph whose gradients a backward pass keeps.
    #[must_use]
    pub fn require_grad(&self) -> Self {
        self.map(|tensor| tensor.inner().autodiff().require_grad())
    }

    /// The values outside any autodiff graph.
    #[must_use]
    pub fn detach(&self) -> Self {
        self.map(Tensor::inner)
    }

    /// The gradients of these leaves, taken out of a backward pass; zero where the loss did not depend
    /// on a parameter. They are outside any autodiff graph.
    #[must_use]
    pub fn take_gradients(&self, gradients: &mut Gradients) -> Self {
        let take = |tensor: &Tensor<1>| match tensor.grad_remove(gradients) {
            Some(gradient) => gradient,
            None => tensor.clone().inner().zeros_like(),
        };
        let tensors = self.tensors.iter().map(take).collect();
        Self { infos: Arc::clone(&self.infos), tensors }
    }

    /// As the plain inputs of a forward pass.
    pub fn values(&self) -> Vec<Value<1>> {
        self.tensors.iter().cloned().map(Value::from).collect()
    }

    /// As θ + ε·direction. Where the direction is `None` it is zero, and layers skip its work.
    pub fn values_along(&self, direction: &[Option<Tensor<1>>]) -> Vec<Value<1>> {
        let pair = |(primal, tangent): (&Tensor<1>, &Option<Tensor<1>>)| Value {
            primal: primal.clone(),
            tangent: tangent.clone(),
        };
        self.tensors.iter().zip(direction).map(pair).collect()
    }

    /// θ + factor · direction, outside any autodiff graph if both are.
    #[must_use]
    pub fn plus(&self, direction: &Self, factor: f64) -> Self {
        let pairs = self.tensors.iter().zip(&direction.tensors);
        let tensors = pairs.map(|(own, along)| own.clone() + along.clone() * factor).collect();
        Self { infos: Arc::clone(&self.infos), tensors }
    }

    /// The same list with every tensor mapped.
    #[must_use]
    pub fn map(&self, map: impl FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        let tensors = self.tensors.iter().cloned().map(map).collect();
        Self { infos: Arc::clone(&self.infos), tensors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infos() -> Arc<[ParameterInfo]> {
        let kind = ParameterKind::Affine { fan_in: 2 };
        let info = |name: &str, shape: &[usize]| ParameterInfo {
            name: name.into(),
            shape: shape.to_vec(),
            kind,
        };
        [info("classifier.weight", &[1, 2]), info("classifier.bias", &[1])].into()
    }

    fn read(values: Vec<Vec<f32>>) -> Result<Parameters, ParameterError> {
        Parameters::from_host(infos(), values, &Device::flex(), DType::F32)
    }

    #[test]
    fn values_come_back_from_the_device_as_they_went() {
        let values = vec![vec![0.1_f32, -2.5], vec![3.0]];
        let parameters = read(values.clone()).unwrap();
        assert_eq!(parameters.to_host::<f32>().unwrap(), values);
        assert_eq!(parameters.count(), 3);
        assert_eq!(parameters.zeros_like().to_host::<f32>().unwrap(), [vec![0.0; 2], vec![0.0]]);
    }

    #[test]
    fn values_of_another_network_are_refused() {
        assert_eq!(
            read(vec![vec![1.0; 2]]).unwrap_err().to_string(),
            "1 parameter tensors were given, but this network has 2"
        );
        assert_eq!(
            read(vec![vec![1.0; 2], vec![1.0; 4]]).unwrap_err().to_string(),
            "parameter `classifier.bias` has 4 values, but this network needs 1"
        );
    }

    #[test]
    fn gradients_are_a_list_of_their_own_and_zero_where_nothing_flows() {
        let leaves = read(vec![vec![2.0, 3.0], vec![1.0]]).unwrap().require_grad();
        let mut gradients = leaves.tensors()[0].clone().square().sum().backward();
        let found = leaves.take_gradients(&mut gradients);
        assert_eq!(found.to_host::<f32>().unwrap(), [vec![4.0, 6.0], vec![0.0]]);
        assert!(found.tensors().iter().all(|gradient| !gradient.is_autodiff()));
    }
}
