//! The decompressed bytes of an input, within bounds.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use flate2::{Crc, read::DeflateDecoder, read::MultiGzDecoder};

use super::{
    Limits, ReadError, Refusal, Rule,
    input::{FileCursor, InputFile, Member},
};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Texts up to this size may have any ratio: a few hundred equal rows compress well.
const RATIO_FREE_BYTES: u64 = 4 << 20;

/// The decompressed bytes of one input. Compression is told by the first bytes, not by the name.
pub(super) struct TextStream {
    inner: Box<dyn Read + Send>,
    meter: Arc<Meter>,
    compressed: bool,
    produced: u64,
    limits: Limits,
    name: String,
}

/// What is seen of the disk beneath the decoders.
#[derive(Default)]
struct Meter {
    consumed: AtomicU64,
    failed: AtomicBool,
}

struct Metered {
    cursor: FileCursor,
    meter: Arc<Meter>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.cursor.read(buffer);
        match &result {
            Ok(_) => self
                .meter
                .consumed
                .store(self.cursor.consumed(), Ordering::Relaxed),
            Err(_) => self.meter.failed.store(true, Ordering::Relaxed),
        }
        result
    }
}

/// Compares a zip member with its CRC when it ends.
struct Checked<R> {
    inner: R,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the CRC does not match",
            ));
        }
        self.crc.update(&buffer[..count]);
        Ok(count)
    }
}

impl TextStream {
    pub(super) fn open(input: &InputFile, limits: Limits) -> Result<Self, ReadError> {
        let meter = Arc::new(Meter::default());
        let disk = Metered {
            cursor: input.open()?,
            meter: Arc::clone(&meter),
        };
        let (outer, member): (Box<dyn Read + Send>, bool) = match &input.member {
            None => (Box::new(disk), false),
            Some(member) => (unpack(disk, member), true),
        };
        let failed = Arc::clone(&meter);
        let error = |cause: io::Error| fault(input.name(), &failed, &cause);
        let (inner, packed) = peel(outer).map_err(error)?;
        let (inner, compressed) = (inner, packed || member);
        Ok(Self {
            inner,
            meter,
            compressed,
            produced: 0,
            limits,
            name: input.name().to_owned(),
        })
    }

    /// Reads into `buffer`; 0 means the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let count = loop {
            match self.inner.read(buffer) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                result => break result.map_err(|cause| fault(&self.name, &self.meter, &cause))?,
            }
        };
        self.produced += count as u64;
        let Limits {
            max_bytes, max_ratio, ..
        } = self.limits;
        if self.produced > max_bytes {
            let message = format!("the text is larger than {max_bytes} bytes; split the file");
            return Err(Refusal::new(&self.name, Rule::SizeLimit, message).into());
        }
        let plausible = self.consumed().saturating_mul(max_ratio).max(RATIO_FREE_BYTES);
        if self.compressed && self.produced > plausible {
            let message = format!(
                "the text is more than {max_ratio} times larger than its compressed form, which price files never are"
            );
            return Err(Refusal::new(&self.name, Rule::RatioLimit, message).into());
        }
        Ok(count)
    }

    /// Returns how many bytes on disk have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.meter.consumed.load(Ordering::Relaxed)
    }

    /// Returns the input's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn fault(name: &str, meter: &Meter, cause: &io::Error) -> ReadError {
    if meter.failed.load(Ordering::Relaxed) {
        return ReadError::io(name, io::Error::new(cause.kind(), cause.to_string()));
    }
    let message = format!("the compressed data is damaged or cut off ({cause}); download the file again");
    Refusal::new(name, Rule::DamagedFile, message).into()
}

fn unpack(disk: Metered, member: &Member) -> Box<dyn Read + Send> {
    let (crc, expected) = (Crc::new(), member.crc32);
    if member.deflated {
        Box::new(Checked {
            inner: DeflateDecoder::new(disk),
            crc,
            expected,
        })
    } else {
        Box::new(Checked {
            inner: disk,
            crc,
            expected,
        })
    }
}

/// Takes one layer of gzip or zstd off, if there is one, and tells whether there was.
fn peel(mut reader: Box<dyn Read + Send>) -> io::Result<(Box<dyn Read + Send>, bool)> {
    let mut magic = [0; 4];
    let mut known = 0;
    while known < magic.len() {
        match reader.read(&mut magic[known..])? {
            0 => break,
            count => known += count,
        }
    }
    let whole = io::Cursor::new(magic).take(known as u64).chain(reader);
    Ok(if known >= 2 && magic[..2] == GZIP {
        (Box::new(MultiGzDecoder::new(whole)), true)
    } else if magic == ZSTD {
        (Box::new(zstd::stream::read::Decoder::new(whole)?), true)
    } else {
        (Box::new(whole), false)
    })
}
