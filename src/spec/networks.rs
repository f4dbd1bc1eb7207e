//! Several networks in one text: names with spaces between, and grids of names.
//!
//! A grid has alternatives in braces, which expand in order, the last the fastest:
//!
//! ```text
//! ConvNet{D1|D2}{|BN}  =  ConvNetD1 ConvNetD1BN ConvNetD2 ConvNetD2BN
//! ```
//!
//! So the search space of the papers, 720 `ConvNet`s (reference section 6.1), is a line of a spec:
//! `ConvNet{D1|D2|D3|D4}{W32|W64|W128|W256}{AS|AR|AL}{NN|BN|LN|IN|GN}{NP|MP|AP}`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::types::NetworkSpec;

/// The most networks that a text may stand for.
const MOST: usize = 5000;

/// Networks in the order of the text, each of them once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Networks {
    /// What they are printed as: grids as they were typed.
    text: String,
    list: Vec<NetworkSpec>,
}

impl Networks {
    /// The networks.
    pub fn list(&self) -> &[NetworkSpec] {
        &self.list
    }

    /// Those that are not `own`, name by name.
    #[must_use]
    pub fn without(&self, own: &NetworkSpec) -> Self {
        self.list.iter().filter(|network| *network != own).cloned().collect()
    }
}

impl FromIterator<NetworkSpec> for Networks {
    fn from_iter<I: IntoIterator<Item = NetworkSpec>>(networks: I) -> Self {
        let mut list: Vec<NetworkSpec> = Vec::new();
        for network in networks {
            if !list.contains(&network) {
                list.push(network);
            }
        }
        let names: Vec<String> = list.iter().map(ToString::to_string).collect();
        Self { text: names.join(" "), list }
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut words, mut all) = (Vec::new(), Vec::new());
        for word in text.split_whitespace() {
            let networks = grid(word, MOST.saturating_sub(all.len()))?;
            words.push(match &networks[..] {
                [one] => one.to_string(),
                _ => word.to_owned(),
            });
            all.extend(networks);
        }
        Ok(Self { text: words.join(" "), ..all.into_iter().collect() })
    }
}

impl From<Networks> for String {
    fn from(networks: Networks) -> Self {
        networks.text
    }
}

impl TryFrom<String> for Networks {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The networks of one word, at most so many.
fn grid(word: &str, most: usize) -> Result<Vec<NetworkSpec>, String> {
    let refused = |problem: &str| Err(format!("`{word}`: {problem}"));
    let (mut names, mut rest) = (vec![String::new()], word);
    while let Some(open) = rest.find(['{', '}', '|']) {
        let Some(inside) = rest[open..].strip_prefix('{') else {
            return refused("alternatives stand in braces, as in {D1|D2}");
        };
        let Some(close) = inside.find(['{', '}']).filter(|at| inside[*at..].starts_with('}'))
        else {
            return refused("every { needs a } behind it in the same word, and none within it");
        };
        let alternatives: Vec<&str> = inside[..close].split('|').collect();
        if names.len() * alternatives.len() > most {
            return refused(&format!("more than {MOST} networks"));
        }
        let joined = |name: &String| -> Vec<String> {
            alternatives.iter().map(|other| format!("{name}{}{other}", &rest[..open])).collect()
        };
        names = names.iter().flat_map(joined).collect();
        rest = &inside[close + 1..];
    }
    names.iter().map(|name| format!("{name}{rest}").parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: &str =
        "ConvNet{D1|D2|D3|D4}{W32|W64|W128|W256}{AS|AR|AL}{NN|BN|LN|IN|GN}{NP|MP|AP}";

    fn networks(text: &str) -> Networks {
        text.parse().unwrap()
    }

    fn names(text: &str) -> String {
        networks(text).list().iter().cloned().collect::<Networks>().to_string()
    }

    #[test]
    fn lists_of_names_read_as_they_are_written() {
        for text in ["", "MLP", "MLP ConvNetBN ResNet18", "MLP ConvNet{|BN}"] {
            assert_eq!(networks(text).to_string(), text);
        }
        assert!("MLP, LeNet".parse::<Networks>().unwrap_err().starts_with("`MLP,` is no network"));
    }

    #[test]
    fn a_grid_expands_in_order_and_names_every_network_once() {
        let four = "ConvNetD1 ConvNetD1BN ConvNetD2 ConvNetD2BN";
        assert_eq!(names("ConvNet{D1|D2}{|BN}"), four);
        assert_eq!(names("{MLP|LeNet} VGG11{BN|}"), "MLP LeNet VGG11BN VGG11");
        // The usual options have no letters of their own.
        assert_eq!(names("ConvNet ConvNet{D3|D4}{W128}"), "ConvNet ConvNetD4");
        assert_eq!(networks("ConvNetD3{W128}").to_string(), "ConvNet");
    }

    #[test]
    fn the_papers_space_is_720_networks_and_one_line() {
        let space = networks(SPACE);
        assert_eq!((space.list().len(), space.to_string().as_str()), (720, SPACE));
        assert_eq!(space.list()[0].to_string(), "ConvNetD1W32ASNNNP");
        assert_eq!(space.without(&NetworkSpec::default()).list().len(), 719);
        let text = String::from(space.clone());
        assert_eq!(Networks::try_from(text).unwrap(), space);
    }

    #[test]
    fn nonsense_is_refused_with_what_is_wrong() {
        let refused = |text: &str| text.parse::<Networks>().unwrap_err();
        for text in ["ConvNet{D1|D2", "ConvNet{D1{D2}}", "ConvNet{D1 | D2}", "ConvNet{"] {
            assert!(refused(text).contains("every { needs a }"), "{}", refused(text));
        }
        for text in ["ConvNetD1|D2", "ConvNetD1}"] {
            assert!(refused(text).contains("stand in braces"), "{}", refused(text));
        }
        assert!(refused("ConvNet{D1|X2}").starts_with("`ConvNetX2` is no network"));
        let ten = "{|D1|D2|D4|D5|D6|D7|D8|D9|D10}";
        let many = format!("ConvNet{}", ten.repeat(5));
        assert!(refused(&many).ends_with("more than 5000 networks"));
        assert!(refused(&format!("{many} MLP")).contains("more than"));
    }
}
