//! Expanding the paths that a user gives into inputs.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use zip::{CompressionMethod, ZipArchive};

use super::{
    ReadError, ReadOptions, Refusal, Rule,
    hash::Hashing,
    input::{FileCursor, InputFile, Member, Source},
};

/// What standard input is called.
const STDIN: &str = "<stdin>";
/// The most bytes of a `.CHECKSUM` file that are looked at.
const CHECKSUM_BYTES: u64 = 4096;

/// Expands paths: files, folders (with all their subfolders, sorted by name), zip archives (every member), and `-`,
/// standard input. In folders, hidden files, `*.rejected.csv` and `*.CHECKSUM` are left out; a `FILE.CHECKSUM`
/// beside a file is verified.
///
/// # Errors
/// [`ReadError::Refused`] when there is nothing to read, an archive is damaged, or a checksum differs;
/// [`ReadError::Io`] when the disk fails.
pub fn find_inputs(paths: &[PathBuf], options: &ReadOptions) -> Result<Vec<InputFile>, ReadError> {
    let mut found = Vec::new();
    let mut hashing = Hashing::default();
    for path in paths {
        let before = found.len();
        if path.as_os_str() == "-" {
            found.extend(spool(&mut io::stdin().lock(), options, &mut hashing)?);
        } else {
            let mut files = Vec::new();
            collect(path, &mut files, options)?;
            for file in files {
                found.extend(inputs_of(&file, options, &mut hashing)?);
            }
        }
        if found.len() == before {
            let message = format!("no price file in {}", options.name_of(path));
            return Err(Refusal::new("", Rule::NoInput, message).into());
        }
    }
    if found.is_empty() {
        return Err(Refusal::new("", Rule::NoInput, "no file was given").into());
    }
    hashing.start().map_err(|source| ReadError::io("", source))?;
    for input in &found {
        verify_checksum(input, options)?;
    }
    Ok(found)
}

/// Copies a stream to a file without a name in the scratch folder.
fn spool(
    from: &mut dyn Read,
    options: &ReadOptions,
    hashing: &mut Hashing,
) -> Result<Vec<InputFile>, ReadError> {
    let mut file = tempfile::tempfile_in(&options.scratch)
        .map_err(|source| ReadError::io(options.scratch.display().to_string(), source))?;
    let bytes = io::copy(from, &mut file).map_err(|source| ReadError::io(STDIN, source))?;
    let file = Arc::new(file);
    let hash = hashing.add(FileCursor::whole(Arc::clone(&file), bytes));
    let input = InputFile {
        name: STDIN.to_owned(),
        path: None,
        source: Source::Spooled(file),
        member: None,
        hash,
        bytes,
    };
    members_or_itself(input)
}

/// Collects the files at `path`, in the order of their names.
fn collect(path: &Path, files: &mut Vec<PathBuf>, options: &ReadOptions) -> Result<(), ReadError> {
    let error = |source| ReadError::io(options.name_of(path), source);
    let metadata = match fs::metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            let message = format!("no price file in {}: it does not exist", options.name_of(path));
            return Err(Refusal::new("", Rule::NoInput, message).into());
        }
        metadata => metadata.map_err(error)?,
    };
    if !metadata.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(error)?;
    let mut entries: Vec<fs::DirEntry> = entries.collect::<io::Result<_>>().map_err(error)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(error)?;
        // A link to a folder could lead back here.
        let linked_folder = kind.is_symlink() && entry.path().is_dir();
        if !linked_folder && is_wanted(&entry.file_name().to_string_lossy()) {
            collect(&entry.path(), files, options)?;
        }
    }
    Ok(())
}

fn is_wanted(name: &str) -> bool {
    !(name.starts_with('.') || name.ends_with(".rejected.csv") || name.ends_with(".CHECKSUM"))
}

fn inputs_of(path: &Path, options: &ReadOptions, hashing: &mut Hashing) -> Result<Vec<InputFile>, ReadError> {
    let name = options.name_of(path);
    let error = |source| ReadError::io(&name, source);
    let file = File::open(path).map_err(error)?;
    let metadata = file.metadata().map_err(error)?;
    if !metadata.is_file() {
        // A pipe or a device: it can be read once only, and gives no size.
        let message = "this is not a regular file; pipe it in and give `-` as its path";
        return Err(Refusal::new(&name, Rule::NoInput, message).into());
    }
    let hash = hashing.add(FileCursor::whole(Arc::new(file), metadata.len()));
    members_or_itself(InputFile {
        path: Some(path.to_owned()),
        source: Source::Disk {
            path: path.to_owned(),
            modified: metadata.modified().ok(),
        },
        member: None,
        hash,
        bytes: metadata.len(),
        name,
    })
}

/// Compares a file with the `.CHECKSUM` file beside it: the SHA-256 and the file's name.
fn verify_checksum(input: &InputFile, options: &ReadOptions) -> Result<(), ReadError> {
    let Some(path) = &input.path else {
        return Ok(());
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".CHECKSUM");
    let beside = PathBuf::from(beside);
    let mut text = String::new();
    match File::open(&beside) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened
            .and_then(|file| file.take(CHECKSUM_BYTES).read_to_string(&mut text))
            .map_err(|source| ReadError::io(options.name_of(&beside), source))?,
    };
    let expected = text.split_ascii_whitespace().next().unwrap_or_default();
    let sha256 = input.sha256()?;
    if expected.eq_ignore_ascii_case(sha256.as_str()) {
        return Ok(());
    }
    let message = format!(
        "its SHA-256 is {sha256}, but {} says `{expected}`; download it again",
        options.name_of(&beside)
    );
    Err(Refusal::new(&options.name_of(path), Rule::Checksum, message).into())
}

/// Returns an input for each member of an archive, or the input itself.
fn members_or_itself(input: InputFile) -> Result<Vec<InputFile>, ReadError> {
    let mut magic = [0; 4];
    let mut cursor = input.open()?;
    let is_zip = match cursor.read_exact(&mut magic) {
        Ok(()) => magic == *b"PK\x03\x04" || magic == *b"PK\x05\x06",
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(cause) => return Err(ReadError::io(&input.name, cause)),
    };
    if !is_zip {
        return Ok(vec![input]);
    }
    let damaged = |cause: zip::result::ZipError| match cause {
        zip::result::ZipError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            ReadError::io(&input.name, source)
        }
        cause => Refusal::new(
            &input.name,
            Rule::DamagedFile,
            format!("the zip archive is damaged: {cause}"),
        )
        .into(),
    };
    let mut archive = ZipArchive::new(io::BufReader::new(input.open()?)).map_err(damaged)?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let hidden = name.starts_with("__MACOSX/") || !is_wanted(name.rsplit('/').next().unwrap_or(&name));
        if entry.is_dir() || hidden {
            continue;
        }
        let refused =
            |message: String| Refusal::new(&format!("{}/{name}", input.name), Rule::DamagedFile, message);
        if entry.encrypted() {
            return Err(refused("it is encrypted; extract it first".to_owned()).into());
        }
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => return Err(refused(format!("its compression, {other}, is not supported")).into()),
        };
        let start = entry
            .data_start()
            .ok_or_else(|| refused("its data can't be found".to_owned()))?;
        let (compressed, crc32) = (entry.compressed_size(), entry.crc32());
        let member = Member {
            start,
            compressed,
            crc32,
            deflated,
            name: name.clone(),
        };
        members.push(InputFile {
            name: format!("{}/{name}", input.name),
            member: Some(member),
            ..input.clone()
        });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}
