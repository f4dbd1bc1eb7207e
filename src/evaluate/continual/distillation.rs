//! Knowledge distillation: a network is held to what an earlier one said of the same image (Castro et al. 2018;
//! reference section 6.2).
//!
//! ```text
//! L = CE(softmax(z), y) + λ · CE(softmax(z_old / T), softmax(t / T))
//! ∂L/∂z = softmax(z) − y + (λ / T) · (softmax(z_old / T) − softmax(t / T))
//! ```
//!
//! with z the logits, `z_old` those of the teacher's classes, t the teacher's. The second term depends on the
//! logits alone, so it can stand in the labels: a step of plain cross-entropy on the soft labels
//! y − (λ / T)·(softmax(`z_old` / T) − softmax(t / T)), which sum to one, has the gradient of L. So every way of
//! training serves it as it is, at the price of one more look at the images that are taught, before the step.
//!
//! Both terms are cross-entropies, as in Castro's paper. The code that the reference describes takes binary
//! cross-entropies of the same softmax outputs; that is the scale of its learning rates, not another aim.

/// How strongly a teacher is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Teaching {
    /// T.
    pub temperature: f64,
    /// λ.
    pub weight: f64,
}

impl Teaching {
    /// Draws the labels of one image towards its teacher's answer: `labels` and `logits` for all classes,
    /// `teacher`'s logits for the first of them.
    pub fn draw(self, labels: &mut [f32], logits: &[f32], teacher: &[f32]) {
        let Self { temperature, weight } = self;
        let said = softened(&logits[..teacher.len()], temperature);
        let wanted = softened(teacher, temperature);
        for ((label, said), wanted) in labels.iter_mut().zip(said).zip(wanted) {
            *label -= (weight / temperature * (said - wanted)) as f32;
        }
    }
}

/// Softmax of logits over a temperature.
fn softened(logits: &[f32], temperature: f64) -> Vec<f64> {
    let top = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let powers = logits.iter().map(|logit| ((f64::from(*logit) - top) / temperature).exp());
    let powers: Vec<f64> = powers.collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L as the formula says it.
    fn loss(logits: &[f32], class: usize, teacher: &[f32], teaching: Teaching) -> f64 {
        let own = softened(logits, 1.0)[class].ln();
        let said = softened(&logits[..teacher.len()], teaching.temperature);
        let wanted = softened(teacher, teaching.temperature);
        let taught: f64 = said.iter().zip(&wanted).map(|(said, wanted)| wanted * said.ln()).sum();
        -own - teaching.weight * taught
    }

    #[test]
    fn cross_entropy_on_the_drawn_labels_has_the_gradient_of_the_whole_loss() {
        let teaching = Teaching { temperature: 2.0, weight: 0.5 };
        let (logits, teacher, class) = ([0.3_f32, -1.2, 2.0, 0.7], [1.5_f32, 0.2, -0.4], 3);
        let mut labels = [0.0; 4];
        labels[class] = 1.0;
        teaching.draw(&mut labels, &logits, &teacher);
        assert!((labels.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let probabilities = softened(&logits, 1.0);
        for at in 0..4 {
            let moved = |by: f32| {
                let mut logits = logits;
                logits[at] += by;
                loss(&logits, class, &teacher, teaching)
            };
            let wanted = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let found = probabilities[at] - f64::from(labels[at]);
            assert!((found - wanted).abs() < 1e-4, "{at}: {found} {wanted}");
        }
    }

    #[test]
    fn who_agrees_with_the_teacher_is_not_drawn() {
        let mut labels = [0.0, 1.0];
        let teaching = Teaching { temperature: 3.0, weight: 9.0 };
        teaching.draw(&mut labels, &[0.5, -0.5], &[0.5, -0.5]);
        assert!(labels[0].abs() < 1e-6 && (labels[1] - 1.0).abs() < 1e-6, "{labels:?}");
    }
}
