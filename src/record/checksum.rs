//! The checksum that files are known and compared by.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

/// How much is read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// The SHA-256 of all that can be read, in 64 hexadecimal digits.
pub fn sha256(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = reader.read(&mut chunk)?;
        if count == 0 {
            let digits =
                |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
            return Ok(hash.finalize().iter().flat_map(digits).flatten().collect());
        }
        hash.update(chunk.get(..count).unwrap_or_default());
    }
}

/// The same of a file.
pub fn of_file(path: &Path) -> io::Result<String> {
    sha256(File::open(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_usual_one() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(&b""[..]).unwrap(), empty);
        assert!(sha256(&[0; 5][..]).unwrap().starts_with("8855508aade16ec5"));
        let long = vec![7; CHUNK_BYTES + 1];
        assert_ne!(sha256(&long[..]).unwrap(), sha256(&long[1..]).unwrap());
    }
}
