//! From what a user typed to a complete [`Spec`], or to every fault in it at once.
//!
//! Two stages: each typed value is held against its [`field`], where line numbers are
//! known; then the typed values are laid over the published ones.

use toml_edit::{Document, Item, TableLike, Value};

use super::{
    Architecture, NetworkSpec, Spec, defaults,
    fault::{Fault, line_of, nearest},
    field::{self, FIELDS, Kind},
};

/// The text of a spec, with the changes of `--set`, under the name that messages call it by.
#[derive(Debug, Clone)]
pub struct Typed<'a> {
    /// How messages call the text: a file name or `preset first-light`.
    pub source: &'a str,
    /// TOML.
    pub text: &'a str,
    /// `key=value` pairs that go over the text.
    pub set: &'a [String],
}

/// One typed value, where it stands.
struct Entry {
    key: String,
    value: Value,
    source: String,
    line: Option<usize>,
}

/// Reads, checks and completes a spec. All faults are reported, in the order of the text.
pub fn parse(typed: &Typed<'_>) -> Result<Spec, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut entries = Vec::new();
    match Document::parse(typed.text) {
        Ok(document) => {
            collect(document.as_table(), "", typed, &mut entries, &mut faults);
        }
        Err(error) => {
            let mut fault = Fault::new(typed.source, "", error.message().trim().to_owned(), "TOML");
            fault.line = error.span().map(|span| line_of(typed.text, span.start));
            return Err(vec![fault]);
        }
    }
    for pair in typed.set {
        match read_pair(pair) {
            Ok(entry) => {
                entries.retain(|known| known.key != entry.key);
                entries.push(entry);
            }
            Err(fault) => faults.push(fault),
        }
    }
    entries.retain(|entry| match check(entry) {
        Ok(()) => true,
        Err(fault) => {
            faults.push(fault);
            false
        }
    });
    if !faults.is_empty() {
        return Err(faults);
    }
    complete(typed.source, &entries)
}

/// The line of `key` in a spec's text, for faults that are found only when the data are known.
pub fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let document = Document::parse(text).ok()?;
    let mut item: &Item = document.as_item();
    for part in key.split('.') {
        item = item.as_table_like()?.get(part)?;
    }
    item.span().map(|span| line_of(text, span.start))
}

fn collect(
    table: &dyn TableLike,
    prefix: &str,
    typed: &Typed<'_>,
    entries: &mut Vec<Entry>,
    faults: &mut Vec<Fault>,
) {
    for (name, item) in table.iter() {
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        let line = item.span().map(|span| line_of(typed.text, span.start));
        let is_section = FIELDS.iter().any(|field| field.key.starts_with(&format!("{key}.")));
        match (item.as_table_like(), item.as_value()) {
            (Some(inner), _) if is_section => collect(inner, &key, typed, entries, faults),
            (None, Some(value)) => entries.push(Entry {
                key,
                value: value.clone(),
                source: typed.source.to_owned(),
                line,
            }),
            _ => faults.push(Fault { line, ..unknown(typed.source, &key) }),
        }
    }
}

fn unknown(source: &str, key: &str) -> Fault {
    let mut fault = Fault::new(source, key, "unknown key", "");
    let sections = [
        "data",
        "network",
        "condense",
        "augment",
        "unroll",
        "labels",
        "coreset",
        "evaluate",
        "continual",
        "record",
    ];
    let last = key.rsplit('.').next().unwrap_or(key);
    // A right name in the wrong section is the commonest slip, so it is looked for first.
    fault.nearest = FIELDS
        .iter()
        .find(|field| field.key.rsplit('.').next() == Some(last))
        .map(|field| field.key.to_owned())
        .or_else(|| nearest(key, FIELDS.iter().map(|field| field.key).chain(sections)));
    fault
}

fn read_pair(pair: &str) -> Result<Entry, Fault> {
    let source = format!("--set {pair}");
    let Some((key, text)) = pair.split_once('=') else {
        return Err(Fault::new(&source, "", "no `=`", "key=value"));
    };
    let (key, text) = (key.trim(), text.trim());
    // A bare word is text: `--set method=dc` needs no quotes.
    let value = text.parse::<Value>().unwrap_or_else(|_| Value::from(text));
    Ok(Entry { key: key.to_owned(), value, source, line: None })
}

fn check(entry: &Entry) -> Result<(), Fault> {
    let Some(field) = field::find(&entry.key) else {
        return Err(Fault { line: entry.line, ..unknown(&entry.source, &entry.key) });
    };
    let fail = |problem: String| Fault {
        line: entry.line,
        ..Fault::new(&entry.source, &entry.key, problem, field.kind.allowed())
    };
    let shown = entry.value.to_string();
    let shown = shown.trim();
    let wrong_type = || fail(format!("{shown} is a {}", entry.value.type_name()));
    let out_of_range = || fail(format!("{shown} is out of range"));
    match field.kind {
        Kind::Integer(low, high) => {
            let value = entry.value.as_integer().ok_or_else(wrong_type)?;
            let inside = u64::try_from(value).is_ok_and(|value| (low..=high).contains(&value));
            inside.then_some(()).ok_or_else(out_of_range)
        }
        Kind::Number(low, high) => {
            let value = number(&entry.value).ok_or_else(wrong_type)?;
            (low..=high).contains(&value).then_some(()).ok_or_else(out_of_range)
        }
        Kind::Choice(words) => {
            let word = entry.value.as_str().ok_or_else(wrong_type)?;
            words.contains(&word).then_some(()).ok_or_else(|| Fault {
                nearest: nearest(word, words.iter().copied()),
                ..fail(format!("`{word}` is not known"))
            })
        }
        Kind::Switch => entry.value.as_bool().map(|_| ()).ok_or_else(wrong_type),
        Kind::Text => entry.value.as_str().map(|_| ()).ok_or_else(wrong_type),
        Kind::Strategy => {
            let text = entry.value.as_str().ok_or_else(wrong_type)?;
            text.parse::<super::Strategy>().map(|_| ()).map_err(fail)
        }
        Kind::Networks => {
            let text = entry.value.as_str().ok_or_else(wrong_type)?;
            text.parse::<super::Networks>().map(|_| ()).map_err(fail)
        }
        Kind::Device => {
            let text = entry.value.as_str().ok_or_else(wrong_type)?;
            text.parse::<super::DeviceChoice>().map(|_| ()).map_err(fail)
        }
        Kind::Size => {
            let text = entry.value.as_str().ok_or_else(wrong_type)?;
            text.parse::<super::ImageSize>().map(|_| ()).map_err(fail)
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

/// Lays checked entries over the published spec for the method, data set and ipc among them.
fn complete(source: &str, entries: &[Entry]) -> Result<Spec, Vec<Fault>> {
    let typed = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let method = typed("method").and_then(Value::as_str).and_then(|word| word.parse().ok());
    // A run over several data sets is about the first of them, where nothing else is said.
    let first = typed("continual.tasks").and_then(Value::as_str).unwrap_or_default();
    let first = first.split_whitespace().next();
    let set = typed("data.set").and_then(Value::as_str).or(first).unwrap_or("mnist-5k");
    let ipc = typed("ipc").and_then(Value::as_integer).unwrap_or(1);
    let mut published =
        defaults::published(method.unwrap_or(super::Method::Dsa), set, ipc.max(1) as usize);
    let word = typed("network.architecture").and_then(Value::as_str);
    if let Some(architecture) = word.and_then(|word| word.parse().ok()) {
        published.network = NetworkSpec::of(architecture);
    }
    let seed = typed("seed").and_then(Value::as_integer).unwrap_or(0);
    published.continual.order = seed.unsigned_abs();

    let internal = |error: String| vec![Fault::new(source, "", error, "")];
    let mut table =
        toml::Table::try_from(&published).map_err(|error| internal(error.to_string()))?;
    for entry in entries {
        let value = match field::find(&entry.key).map(|field| field.kind) {
            Some(Kind::Number(..)) => toml::Value::Float(number(&entry.value).unwrap_or_default()),
            _ => match &entry.value {
                Value::Integer(whole) => toml::Value::Integer(*whole.value()),
                Value::Boolean(switch) => toml::Value::Boolean(*switch.value()),
                other => toml::Value::String(other.as_str().unwrap_or_default().to_owned()),
            },
        };
        match entry.key.split_once('.') {
            Some((section, name)) => {
                if let Some(section) = table.get_mut(section).and_then(toml::Value::as_table_mut) {
                    section.insert(name.to_owned(), value);
                }
            }
            None => {
                table.insert(entry.key.clone(), value);
            }
        }
    }
    let spec: Spec =
        table.try_into().map_err(|error: toml::de::Error| internal(error.to_string()))?;
    let faults = misplaced(&spec, &published.network, entries);
    if faults.is_empty() { Ok(spec) } else { Err(faults) }
}

/// Options of a network that its architecture does not have.
fn misplaced(spec: &Spec, usual: &NetworkSpec, entries: &[Entry]) -> Vec<Fault> {
    let NetworkSpec { architecture, norm, .. } = &spec.network;
    let typed = |key: &str| entries.iter().find(|entry| entry.key == key);
    let fault = |entry: &Entry, problem: String, allowed: String| Fault {
        line: entry.line,
        ..Fault::new(&entry.source, &entry.key, problem, allowed)
    };
    let mut faults = Vec::new();
    if !architecture.norms().contains(norm) {
        let words: Vec<_> = architecture.norms().iter().map(|norm| norm.word()).collect();
        let problem = format!("{norm} is not for {architecture}");
        let entry = typed("network.norm").or_else(|| typed("network.architecture"));
        faults.extend(entry.map(|entry| fault(entry, problem, words.join(", "))));
    }
    let NetworkSpec { width, depth, activation, pooling, .. } = &spec.network;
    let differs = [
        ("network.width", *width != usual.width),
        ("network.depth", *depth != usual.depth),
        ("network.activation", *activation != usual.activation),
        ("network.pooling", *pooling != usual.pooling),
    ];
    for (key, differs) in differs {
        if *architecture == Architecture::ConvNet || !differs {
            continue;
        }
        let problem = format!("{architecture} has a shape of its own, this is for convnet");
        faults.extend(typed(key).map(|entry| fault(entry, problem, String::new())));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{DeviceChoice, Distance, Method, Norm};

    fn read(text: &str, set: &[&str]) -> Result<Spec, Vec<Fault>> {
        let set: Vec<_> = set.iter().map(|pair| (*pair).to_owned()).collect();
        parse(&Typed { source: "run.toml", text, set: &set })
    }

    fn fault(text: &str) -> String {
        let faults = read(text, &[]).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].to_string()
    }

    #[test]
    fn an_empty_spec_is_the_published_one() {
        assert_eq!(read("", &[]).unwrap(), defaults::published(Method::Dsa, "mnist-5k", 1));
    }

    #[test]
    fn typed_values_win_and_the_rest_follows_method_data_and_ipc() {
        let spec = read(
            "method = \"dc\"\nipc = 10\n[data]\nset = \"cifar10\"\n[condense]\nimage_lr = 1\n",
            &["device=cpu", "condense.distance=mse", "condense.real_batch=64"],
        )
        .unwrap();
        assert_eq!((spec.method, spec.condense.outer_steps), (Method::Dc, 10));
        assert!((spec.condense.image_lr - 1.0).abs() < f64::EPSILON);
        assert_eq!(spec.device, DeviceChoice::Cpu);
        assert_eq!((spec.condense.distance, spec.condense.real_batch), (Distance::Mse, 64));
    }

    #[test]
    fn the_order_of_classes_follows_the_seed_and_the_data_set_the_tasks() {
        let spec = read("seed = 3\n[continual]\ntasks = \"svhn mnist\"\n", &[]).unwrap();
        assert_eq!((spec.continual.order, spec.data.set.as_str()), (3, "svhn"));
        assert_eq!(spec.title(), "dsa svhn > mnist ipc 1");
        let spec = read("seed = 3\n", &["continual.steps=5", "continual.order=7"]).unwrap();
        assert_eq!((spec.continual.order, spec.data.set.as_str()), (7, "mnist-5k"));
        assert!(fault("[continual]\nstep = 5\n").ends_with("did you mean `continual.steps`?"));
    }

    #[test]
    fn a_resolved_spec_reads_back_as_itself() {
        for text in ["ipc = 7\nseed = 3", "network.architecture = \"resnet18-ap\""] {
            let spec = read(text, &[]).unwrap();
            assert_eq!(read(&spec.to_toml(), &[]).unwrap(), spec);
        }
    }

    #[test]
    fn memory_is_declared_in_whole_or_broken_gibibytes_and_older_specs_declare_none() {
        assert!((read("memory = 24", &[]).unwrap().memory - 24.0).abs() < f64::EPSILON);
        assert!((read("", &["memory=1.5"]).unwrap().memory - 1.5).abs() < f64::EPSILON);
        let older = read("ipc = 7", &[]).unwrap();
        let text = older.to_toml().replace("memory = 0.0\n", "");
        assert_eq!(toml::from_str::<Spec>(&text).unwrap(), older);
        assert_eq!(
            fault("memory = -1\n"),
            "run.toml, line 1, `memory`: -1 is out of range; allowed: a number from 0 to 1000000"
        );
    }

    #[test]
    fn an_architecture_brings_its_norm_and_refuses_what_it_has_not() {
        let spec =
            read("[network]\narchitecture = \"vgg11\"\n", &["network.norm=batchnorm"]).unwrap();
        assert_eq!(spec.network.to_string(), "VGG11BN");
        assert_eq!(read("network.architecture = \"lenet\"", &[]).unwrap().network.norm, Norm::None);
        assert_eq!(
            fault("[network]\narchitecture = \"lenet\"\nnorm = \"batchnorm\"\n"),
            "run.toml, line 3, `network.norm`: batchnorm is not for lenet; allowed: none"
        );
        assert_eq!(
            fault("[network]\narchitecture = \"mlp\"\nwidth = 64\n"),
            "run.toml, line 3, `network.width`: mlp has a shape of its own, this is for convnet"
        );
    }

    #[test]
    fn faults_name_line_key_what_is_allowed_and_the_nearest_name() {
        assert_eq!(
            fault("ipc = 1\n\n[condense]\niteratons = 5\n"),
            "run.toml, line 4, `condense.iteratons`: unknown key; did you mean `condense.iterations`?"
        );
        assert_eq!(
            fault("iterations = 5\n"),
            "run.toml, line 1, `iterations`: unknown key; did you mean `condense.iterations`?"
        );
        assert_eq!(
            fault("\nipc = 0\n"),
            "run.toml, line 2, `ipc`: 0 is out of range; allowed: a whole number from 1 to 5000"
        );
        assert_eq!(
            fault("ipc = \"one\"\n"),
            "run.toml, line 1, `ipc`: \"one\" is a string; allowed: a whole number from 1 to 5000"
        );
        assert_eq!(
            fault("method = \"dsaa\"\n"),
            "run.toml, line 1, `method`: `dsaa` is not known; allowed: dc, dsa, dm, dd, ld, random, \
             herding, k-center, forgetting, whole; did you mean `dsa`?"
        );
        assert_eq!(
            fault("[augment]\nstrategy = \"color_spin\"\n").split(": ").nth(1).unwrap(),
            "`spin` is not one of color, crop, cutout, flip, scale, rotate; allowed"
        );
        assert!(fault("[condense]\nimage_lr = nan\n").contains("nan is out of range"));
        assert!(fault("ipc = \n").starts_with("run.toml, line 1"));
        assert!(fault("[dada]\nset = \"mnist\"\n").ends_with("did you mean `data`?"));
    }

    #[test]
    fn all_faults_are_reported_together() {
        assert_eq!(read("ipc = 0\nseed = -1\nfoo = 1\n", &["bar"]).unwrap_err().len(), 4);
    }

    #[test]
    fn a_key_is_found_in_either_spelling_of_a_table() {
        assert_eq!(line_of_key("\n[condense]\nreal_batch = 3\n", "condense.real_batch"), Some(3));
        assert_eq!(line_of_key("condense.real_batch = 3\n", "condense.real_batch"), Some(1));
        assert_eq!(line_of_key("ipc = 3\n", "condense.real_batch"), None);
    }
}
