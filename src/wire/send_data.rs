//! A data set of this machine sent to a host, over the connection that there is.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    client::{Client, ClientError, unexpected},
    data_sets::DataFile,
    message::{Answer, MAX_ARTEFACT_BYTES, Wish},
};
use crate::{
    data::{self, DataError},
    record::checksum,
};

/// A data set that cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The host does not take it, or the way to it broke.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It cannot be read here.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file of it cannot be read here.
    #[error("{0} cannot be read: {1}")]
    Read(String, io::Error),
}

/// The files of a data set of this machine.
pub fn files(name: &str, data_dir: &Path) -> Result<Vec<DataFile>, SendError> {
    // Only what can be used here is worth sending.
    data::verify(name, None, data_dir)?;
    let home = data::locate::home(name, data_dir);
    let mut files = Vec::new();
    walk(&home, "", &mut files)
        .map_err(|error| SendError::Read(home.display().to_string(), error))?;
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<DataFile>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // A link may lead to where the data set really is.
        let meta = fs::metadata(entry.path())?;
        if meta.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else if meta.is_file() {
            let digest = checksum::of_file(&entry.path())?;
            files.push(DataFile { path, size: meta.len(), digest });
        }
    }
    Ok(())
}

/// Sends what is not there yet of these files; tells how many bytes are there of how many. Gives back what the host
/// says.
pub async fn send(
    client: &mut Client,
    name: &str,
    files: &[DataFile],
    data_dir: &Path,
    mut came: impl FnMut(u64, u64),
) -> Result<String, SendError> {
    let home = data::locate::home(name, data_dir);
    let of = files.iter().map(|file| file.size).sum();
    let offer = Wish::DataOffer { name: name.to_owned(), files: files.to_vec() };
    let there = match client.ask_for_work(offer).await? {
        Answer::DataThere { bytes } if bytes.len() == files.len() => bytes,
        other => return Err(unexpected(&other).into()),
    };
    let mut sum: u64 = there.iter().sum();
    let mut chunk = vec![0; MAX_ARTEFACT_BYTES];
    for (file, there) in files.iter().zip(there) {
        let path = home.join(&file.path);
        let fail = |error| SendError::Read(path.display().to_string(), error);
        let mut offset = there;
        let mut opened = File::open(&path).map_err(fail)?;
        opened.seek(SeekFrom::Start(offset)).map_err(fail)?;
        while offset < file.size {
            came(sum, of);
            let count = opened.read(&mut chunk).map_err(fail)?;
            let wanted = count.min((file.size - offset) as usize);
            let bytes = chunk.get(..wanted).unwrap_or_default();
            if bytes.is_empty() {
                // It has become shorter; the host will say that it is not whole.
                break;
            }
            let part = Wish::DataPart {
                name: name.to_owned(),
                path: file.path.clone(),
                offset,
                data: STANDARD.encode(bytes),
            };
            client.ask_for_work(part).await?;
            offset += bytes.len() as u64;
            sum += bytes.len() as u64;
        }
    }
    came(sum, of);
    match client.ask_for_work(Wish::DataKeep { name: name.to_owned() }).await? {
        Answer::Done { text } => Ok(text),
        other => Err(unexpected(&other).into()),
    }
}
