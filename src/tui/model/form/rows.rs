//! The fields of the form: which of them matter for what is being put together, section by section.

use crate::spec::{
    Architecture, Method, Spec,
    field::{FIELDS, Field, Kind},
};

/// The heading of a field's section.
pub fn section(field: &Field) -> &'static str {
    match field.key.split_once('.').map(|parts| parts.0) {
        None => "Run",
        Some("data") => "Data",
        Some("network") => "Network",
        Some("condense") => "Condensation",
        Some("augment") => "Augmentation",
        Some("coreset") => "Network on all data",
        Some("evaluate") => "Evaluation",
        Some("record") => "Records",
        Some("unroll") => "Unrolled training",
        Some("labels") => "Label learning",
        Some("continual") => "Continual learning",
        Some(_) => "Other",
    }
}

/// Whether a field makes a difference to a run of this spec.
fn matters(field: &Field, spec: &Spec) -> bool {
    let (section, name) = field.key.split_once('.').unwrap_or(("", field.key));
    let matching = matches!(spec.method, Method::Dc | Method::Dsa | Method::Dm);
    match section {
        "" => name != "init" || spec.method.learns(),
        "condense" => match name {
            "inner_epochs" | "train_batch" | "network_lr" | "distance" => {
                spec.method.trains_networks()
            }
            "real_batch" | "real_precision" => matching,
            _ => spec.method.learns(),
        },
        "augment" => spec.method.learns(),
        "unroll" => spec.method == Method::Dd,
        "labels" => spec.method == Method::Ld,
        "coreset" => spec.init.is_coreset() || !spec.method.learns(),
        "network" => match name {
            "width" | "depth" | "activation" | "pooling" => {
                spec.network.architecture == Architecture::ConvNet
            }
            _ => true,
        },
        "continual" => spec.continual.is_on() || name == "tasks" || name == "steps",
        _ => true,
    }
}

/// The fields to show: those that matter or have a fault, or all, and of these those that have every word of
/// `wanted`.
pub fn fields(
    spec: Option<&Spec>,
    all: bool,
    wanted: &str,
    has_fault: impl Fn(&Field) -> bool,
) -> Vec<&'static Field> {
    let matters = |field: &Field| spec.is_none_or(|spec| matters(field, spec));
    let shown = FIELDS.iter().filter(|field| all || matters(field) || has_fault(field));
    shown.filter(|field| is_wanted(field, wanted)).collect()
}

/// Every word of what is wanted is somewhere in a field's key, label or section.
fn is_wanted(field: &Field, wanted: &str) -> bool {
    let text = format!("{} {} {}", field.key, field.label, section(field)).to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// The words that a field goes through when it is turned, where it has some.
pub fn choices(field: &Field, devices: &[String]) -> Vec<String> {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match (field.key, field.kind) {
        ("data.set", _) => crate::data::registry::names().map(ToOwned::to_owned).collect(),
        (_, Kind::Choice(words)) => own(words),
        (_, Kind::Switch) => own(&["false", "true"]),
        (_, Kind::Device) => {
            let mut words = vec!["auto".to_owned()];
            words.extend(devices.iter().cloned());
            words
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::defaults::published;

    fn keys(method: Method) -> Vec<&'static str> {
        let spec = published(method, "mnist-5k", 1);
        fields(Some(&spec), false, "", |_| false).into_iter().map(|field| field.key).collect()
    }

    #[test]
    fn only_what_matters_is_shown() {
        let dsa = keys(Method::Dsa);
        assert!(dsa.contains(&"augment.sharing") && dsa.contains(&"condense.inner_epochs"));
        assert!(!dsa.iter().any(|key| key.starts_with("unroll.") || key.starts_with("labels.")));
        assert!(keys(Method::Dd).contains(&"unroll.groups"));
        let random = keys(Method::Random);
        assert!(!random.iter().any(|key| key.starts_with("augment.")), "{random:?}");
        assert_eq!(fields(None, false, "", |_| false).len(), FIELDS.len());
        assert_eq!(fields(None, true, "", |_| false).len(), FIELDS.len());
    }

    #[test]
    fn a_field_is_found_by_words_of_its_name_or_section() {
        let found = fields(None, true, "evaluation epochs", |_| false);
        assert_eq!(found.iter().map(|field| field.key).collect::<Vec<_>>(), ["evaluate.epochs"]);
        assert!(fields(None, true, "zebra", |_| false).is_empty());
    }

    #[test]
    fn every_section_has_a_name() {
        assert!(FIELDS.iter().all(|field| section(field) != "Other"));
    }
}
