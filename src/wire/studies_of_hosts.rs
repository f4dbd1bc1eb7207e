//! Studies whose runs are spread over several hosts: what each host tells of its runs is put together here, by the
//! studies that this program knows.

use super::{
    client::Daemon,
    message::{FilledStudy, StudyName},
    studies::Studies,
};
use crate::{
    queue::{HostName, Refusal, RunId},
    spec::Spec,
    study::{Filled, Stands, StudySummary, definition::Shipped},
};

/// A study of several hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyOfHosts {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub stands: Stands,
    /// The runs that none of the hosts has.
    pub missing: Vec<Spec>,
    /// Those that there are.
    pub there: Vec<RunId>,
}

/// The protocol that hosts tell their runs by place with.
const SINCE: u32 = 4;

/// Why a host cannot take part, where its program is too old.
pub fn too_old(daemon: &Daemon, host: HostName) -> Option<Refusal> {
    (daemon.protocol < SINCE).then(|| {
        Refusal::new(
            format!(
                "Stillroom at {host} is {}, which does not tell which places of a study its runs fill",
                daemon.program
            ),
            match host {
                HostName::HERE => String::new(),
                host => format!("`stillroom hosts install {host}` brings it up to date."),
            },
        )
    })
}

impl Studies {
    /// The studies to ask a host about, one or all. Those that come with the program are known to a host with a program
    /// of the same version by their names; all others are sent along.
    pub fn to_ask(&self, only: Option<&StudyName>, program: &str) -> Vec<StudyName> {
        let is_known = |name: &str, text: &str| {
            program == env!("CARGO_PKG_VERSION")
                && Shipped::find(name).is_some_and(|shipped| shipped.text == text)
        };
        let asked = |(name, text): (String, String)| {
            let text = if is_known(&name, &text) { String::new() } else { text };
            StudyName { name, text }
        };
        match only {
            Some(study) if !study.text.is_empty() => vec![study.clone()],
            Some(study) => {
                let named = self.texts().into_iter().filter(|known| known.0 == study.name);
                named.map(asked).collect()
            }
            None => self.texts().into_iter().map(asked).collect(),
        }
    }

    /// All studies and how far they are.
    pub fn list_of(&self, told: &[FilledStudy]) -> Vec<StudySummary> {
        let texts = self.texts().into_iter();
        texts
            .map(|(name, text)| {
                self.summary(&name, text, |study| study.united(filled(&name, told)).0)
            })
            .collect()
    }

    /// One study.
    ///
    /// # Errors
    /// When there is no such study, or it is at fault.
    pub fn show_of(&self, name: StudyName, told: &[FilledStudy]) -> Result<StudyOfHosts, Refusal> {
        let study = self.find(name)?;
        let (known, costs) = study.united(filled(&study.name, told));
        let wanted = study.wanted(&known);
        Ok(StudyOfHosts {
            name: study.name.clone(),
            stands: study.stands(&known, &costs),
            missing: wanted.missing,
            there: wanted.there,
        })
    }
}

/// What the hosts told of one study.
fn filled<'a>(name: &'a str, told: &'a [FilledStudy]) -> impl Iterator<Item = Filled> + 'a {
    told.iter().filter(move |study| study.name == name).flat_map(|study| study.filled.clone())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        queue::HostName,
        study::{Known, Outcome},
    };

    const MINE: &str = "title = \"t\"\ncorner = \"c\"\nrows = [{ name = \"a\" }]\n\
                        columns = [{ name = \"1\" }, { name = \"10\", set = { ipc = 10 } }]\n";

    fn named(name: &str) -> StudyName {
        StudyName { name: name.to_owned(), text: String::new() }
    }

    #[test]
    fn what_a_host_may_not_know_is_sent_along() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("mine.toml"), MINE).unwrap();
        fs::write(place.path().join("table-1.toml"), MINE).unwrap();
        let studies = Studies::new(Some(place.path().to_owned()));
        let texts = |program: &str| {
            let asked = studies.to_ask(None, program).into_iter();
            asked.filter(|study| !study.text.is_empty()).map(|study| study.name).collect::<Vec<_>>()
        };
        let mut own = texts(env!("CARGO_PKG_VERSION"));
        own.sort();
        assert_eq!(own, ["mine", "table-1"], "one's own stands for one of the program's");
        assert!(texts("0.0.1").len() > 4, "another version may have others");
        let one = studies.to_ask(Some(&named("mine")), env!("CARGO_PKG_VERSION"));
        assert_eq!((one.len(), one[0].text.as_str()), (1, MINE));
        let file = StudyName { name: "file".to_owned(), text: MINE.to_owned() };
        assert_eq!(studies.to_ask(Some(&file), "0.0.1"), [file]);
        assert!(studies.to_ask(Some(&named("none")), "").is_empty());
    }

    #[test]
    fn a_study_stands_by_the_runs_of_all_hosts() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("mine.toml"), MINE).unwrap();
        let studies = Studies::new(Some(place.path().to_owned()));
        let study = studies.find(named("mine")).unwrap();
        let told = |host: &str, cell: usize| {
            let run = Known::new(RunId::new(3), &study.cells[cell].specs[0], Outcome::Running(0.5));
            let mut filled = study.filled(&[run], &[], true);
            for known in &mut filled {
                known.label(HostName::new(host));
            }
            FilledStudy { name: "mine".to_owned(), fault: String::new(), filled }
        };
        let one = [told("", 0)];
        let shown = studies.show_of(named("mine"), &one).unwrap();
        assert_eq!((shown.missing.len(), shown.missing[0].ipc), (1, 10));
        let both = [told("", 0), told("box", 1)];
        let shown = studies.show_of(named("mine"), &both).unwrap();
        assert_eq!(shown.missing, []);
        assert_eq!(shown.there[1].to_string(), "box:3");
        let list = studies.list_of(&both);
        let mine = list.iter().find(|study| study.name == "mine").unwrap();
        assert_eq!((mine.progress.running, mine.progress.missing), (2, 0));
        assert!(studies.show_of(named("none"), &both).is_err());
    }

    #[test]
    fn an_old_host_is_told_of_with_what_to_do() {
        let daemon = |protocol| Daemon {
            protocol,
            program: "0.1.0".to_owned(),
            host: String::new(),
            pid: 1,
            data_dir: String::new(),
        };
        let host = HostName::new("box");
        assert_eq!(too_old(&daemon(4), host), None);
        let refusal = too_old(&daemon(3), host).unwrap();
        assert!(refusal.reason.starts_with("Stillroom at box is 0.1.0"), "{refusal}");
        assert_eq!(refusal.advice, "`stillroom hosts install box` brings it up to date.");
    }
}
