//! What a daemon knows of studies: those that come with the program, those that lie in the folder of the
//! configuration, and how they stand by the runs of its queue.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::message::{Answer, FilledStudy, StudyName};
use crate::{
    config::directory::texts,
    queue::{Command, Done, Queue, Refusal, study_runs::StudyRuns},
    spec::{Spec, fault::nearest},
    study::{Costs, Known, Progress, STUDIES, Study, StudySummary, definition::purpose},
};

/// A study that was read, or why it could not be; and the text that it was read from.
#[derive(Debug, Clone)]
struct Read {
    text: String,
    study: Result<Arc<Study>, String>,
}

/// The studies of a daemon.
#[derive(Debug, Default)]
pub struct Studies {
    /// Where users put theirs.
    folder: Option<PathBuf>,
    read: Mutex<BTreeMap<String, Read>>,
    runs: StudyRuns,
}

impl Studies {
    /// With the studies of this folder, which may not be there.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    /// All studies and how far they are.
    ///
    /// # Errors
    /// When the queue has ended.
    pub fn list(&self, queue: &Queue) -> Result<Answer, Refusal> {
        let runs = queue.runs()?;
        let studies = self
            .texts()
            .into_iter()
            .map(|(name, text)| self.summary(&name, text, |study| self.known(study, &runs).0));
        Ok(Answer::Studies { studies: studies.collect() })
    }

    /// A study and how far it is, by the runs that `known` finds for it.
    pub(super) fn summary(
        &self,
        name: &str,
        text: String,
        known: impl FnOnce(&Study) -> Vec<Known>,
    ) -> StudySummary {
        let name = name.to_owned();
        let purpose = purpose(&text).to_owned();
        match self.read(&name, text) {
            Ok(study) => {
                let (progress, purpose) = (study.progress(&known(&study)), study.purpose.clone());
                StudySummary { name, purpose, progress, fault: String::new() }
            }
            Err(fault) => StudySummary { name, purpose, progress: Progress::default(), fault },
        }
    }

    /// How a study stands.
    ///
    /// # Errors
    /// When there is no such study, it is at fault, or the queue has ended.
    pub fn show(&self, queue: &Queue, name: StudyName) -> Result<Answer, Refusal> {
        let study = self.find(name)?;
        let (known, costs) = self.known(&study, &queue.runs()?);
        let stands = Box::new(study.stands(&known, &costs));
        Ok(Answer::Study { name: study.name.clone(), stands })
    }

    /// Adds the runs that a study lacks; with `dry` only says which.
    ///
    /// # Errors
    /// As [`show`](Self::show), and when a run is refused; those before it are added.
    pub fn add(&self, queue: &Queue, name: StudyName, dry: bool) -> Result<Answer, Refusal> {
        let study = self.find(name)?;
        let (known, _) = self.known(&study, &queue.runs()?);
        let wanted = study.wanted(&known);
        let there = wanted.there;
        let missing: Vec<String> = wanted.missing.iter().map(Spec::to_toml).collect();
        if dry {
            return Ok(Answer::StudyRuns { there, missing, added: Vec::new() });
        }
        let mut added = Vec::new();
        for spec in missing {
            let source = format!("study {}", study.name);
            let add = Command::Add { spec, source, front: false, study: study.name.clone() };
            match queue.command(add) {
                Ok(Done::Added { run, .. }) => added.push(run),
                Ok(_) => {}
                Err(refusal) if added.is_empty() => return Err(refusal),
                Err(Refusal { reason, advice }) => {
                    let reason = format!("{} runs were added, and then: {reason}", added.len());
                    return Err(Refusal { reason, advice });
                }
            }
        }
        Ok(Answer::StudyRuns { there, missing: Vec::new(), added })
    }

    /// The runs that fill these studies.
    ///
    /// # Errors
    /// When the queue has ended.
    pub fn fill(
        &self,
        queue: &Queue,
        names: Vec<StudyName>,
        brief: bool,
    ) -> Result<Answer, Refusal> {
        let runs = queue.runs()?;
        let fill = |asked: StudyName| {
            let name = asked.name.clone();
            match self.find(asked) {
                Ok(study) => {
                    let (known, costs) = self.known(&study, &runs);
                    let filled = study.filled(&known, &costs, brief);
                    FilledStudy { name, fault: String::new(), filled }
                }
                Err(refusal) => FilledStudy { name, fault: refusal.reason, filled: Vec::new() },
            }
        };
        Ok(Answer::StudiesFilled { studies: names.into_iter().map(fill).collect() })
    }

    fn known(&self, study: &Study, runs: &[crate::queue::RunSummary]) -> (Vec<Known>, Vec<Costs>) {
        let works = || study.cells.iter().flat_map(|cell| &cell.works);
        self.runs.known(runs, |work| works().any(|wanted| wanted == work))
    }

    /// The study that is meant: the text that comes with the name, else the one that is known by it.
    pub(super) fn find(&self, StudyName { name, text }: StudyName) -> Result<Arc<Study>, Refusal> {
        if !text.is_empty() {
            return self.read(&name, text).map_err(Refusal::plain);
        }
        let texts = self.texts();
        let Some((_, text)) = texts.iter().find(|known| known.0 == name) else {
            let near = nearest(&name, texts.iter().map(|known| known.0.as_str()));
            let advice = near.map(|near| format!("Did you mean `{near}`?")).unwrap_or_default();
            return Err(Refusal::new(format!("there is no study `{name}`"), advice));
        };
        self.read(&name, text.clone()).map_err(Refusal::plain)
    }

    /// A study, read when its text is new.
    pub(super) fn read(&self, name: &str, text: String) -> Result<Arc<Study>, String> {
        let mut all = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(name).filter(|known| known.text == text) {
            return known.study.clone();
        }
        let study = Study::read(name, &text).map(Arc::new).map_err(|fault| fault.to_string());
        all.insert(name.to_owned(), Read { text, study: study.clone() });
        study
    }

    /// Names and texts: the shipped studies, and then those of the folder, which may stand for a shipped one.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        // One that cannot be read is none.
        let own = self.folder.as_deref().map(|folder| texts(folder).0).unwrap_or_default();
        let shipped = STUDIES.iter().filter(|study| own.iter().all(|own| own.name != study.name));
        let shipped = shipped.map(|study| (study.name.to_owned(), study.text.to_owned()));
        let shipped: Vec<_> = shipped.collect();
        shipped.into_iter().chain(own.into_iter().map(|own| (own.name, own.text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn own_studies_lie_beside_the_shipped_ones_and_their_faults_are_told() {
        let place = tempfile::tempdir().unwrap();
        let sound = "# Mine.\ntitle = \"t\"\ncorner = \"c\"\nrows = [{ name = \"a\" }]\n\
                     columns = [{ name = \"1\" }]\n";
        fs::write(place.path().join("mine.toml"), sound).unwrap();
        fs::write(place.path().join("notes.txt"), "x").unwrap();
        fs::write(place.path().join("broken.toml"), "title = 3").unwrap();
        let studies = Studies::new(Some(place.path().to_owned()));
        assert_eq!(studies.texts().len(), STUDIES.len() + 2);
        assert_eq!(studies.texts().last().map(|own| own.0.clone()), Some("mine".to_owned()));
        let named = |name: &str| StudyName { name: name.to_owned(), text: String::new() };
        let mine = studies.find(named("mine")).unwrap();
        assert_eq!((mine.purpose.as_str(), mine.cells.len()), ("Mine.", 1));
        let again = studies.find(named("mine")).unwrap();
        assert!(Arc::ptr_eq(&mine, &again), "it is read once");
        fs::write(place.path().join("mine.toml"), sound.replace("\"a\"", "\"b\"")).unwrap();
        assert_eq!(studies.find(named("mine")).unwrap().definition.rows[0].name, "b");
        assert!(studies.find(named("broken")).unwrap_err().reason.starts_with("broken: "));
        let unknown = studies.find(named("table-1-smal")).unwrap_err();
        assert_eq!(unknown.advice, "Did you mean `table-1-small`?");
        let sent = StudyName { name: "sent".to_owned(), text: sound.to_owned() };
        assert_eq!(studies.find(sent).unwrap().name, "sent");
    }
}
