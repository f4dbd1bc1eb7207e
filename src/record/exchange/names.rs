//! Method, data set and network of a set in the words that the reference's file names use.

use std::path::Path;

use toml::Table;

use super::constants::Known;
use crate::record::synthetic_set::About;

impl About {
    /// The method: `DSA`. `Other` when neither spec nor origin says it.
    pub fn method(&self) -> String {
        let named = self.spec_word("", "method").map(|word| word.to_uppercase());
        let named = named.or_else(|| self.origin_word(0));
        named.map_or_else(|| "Other".to_owned(), |word| tame(&word))
    }

    /// The data set: `CIFAR10`. `Unknown` when no spec and no constants say it.
    pub fn data_set(&self) -> String {
        let named = self.spec_word("data", "set");
        match (self.known(), named) {
            (Some(known), _) => known.theirs.to_owned(),
            (None, Some(name)) => tame(&name),
            (None, None) => "Unknown".to_owned(),
        }
    }

    /// The network: `ConvNet`, unless the set or its origin names another one.
    pub fn network_name(&self) -> String {
        let own = Some(self.network.clone()).filter(|name| !name.is_empty());
        let named = own.or_else(|| self.origin_word(2));
        named.map_or_else(|| "ConvNet".to_owned(), |name| tame(&name))
    }

    /// The data set among those whose constants are known.
    pub fn known(&self) -> Option<&'static Known> {
        match self.spec_word("data", "set") {
            Some(name) => Known::find(&name),
            None => Known::in_path(Path::new(&self.origin)),
        }
    }

    /// A part of the name of the reference's file that a set without a spec came from.
    fn origin_word(&self, part: usize) -> Option<String> {
        let name = self.origin.strip_prefix("res_").filter(|_| self.spec.is_empty())?;
        name.split('_').nth(part).map(ToOwned::to_owned)
    }

    fn spec_word(&self, table: &str, key: &str) -> Option<String> {
        let spec: Table = self.spec.parse().ok()?;
        let table = if table.is_empty() { &spec } else { spec.get(table)?.as_table()? };
        table.get(key)?.as_str().map(ToOwned::to_owned)
    }
}

/// A word as part of a file name.
fn tame(word: &str) -> String {
    let part = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    word.chars().take(40).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::PixelSpace;

    #[test]
    fn a_spec_gives_the_reference_words() {
        let mut about = About::new(PixelSpace::Unit, Vec::new());
        let words = |about: &About| [about.method(), about.data_set(), about.network_name()];
        assert_eq!(words(&about), ["Other", "Unknown", "ConvNet"]);
        about.origin = "res_DM_CIFAR100_ConvNet_1ipc.pt, experiment 1 of 1".to_owned();
        assert_eq!(words(&about), ["DM", "CIFAR100", "ConvNet"]);
        about.spec = "method = \"dsa\"\n[data]\nset = \"fashion-mnist\"\n".to_owned();
        assert_eq!(words(&about), ["DSA", "FashionMNIST", "ConvNet"]);
        about.spec = "[data]\nset = \"../own\"\n".to_owned();
        about.network = "ResNet18BN_AP".to_owned();
        assert_eq!(words(&about)[1..], ["---own", "ResNet18BN_AP"]);
    }
}
