//! Owns the file of rows that cannot be sent: the columns as they came, and why, so that it can be mended and read again. No cell
//! starts a formula.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::Path,
};

use super::cell::{Cell, guarded};
use crate::bulk::Fault;

/// The column with the reasons.
pub const REASON: &str = "reason (not imported)";

/// The file; it is made with the first bad row.
#[derive(Debug)]
pub struct Bad {
    path: std::path::PathBuf,
    header: Vec<String>,
    writer: Option<csv::Writer<BufWriter<File>>>,
    count: u64,
}

impl Bad {
    /// Will write to this file, which may not be there yet.
    pub fn to(path: &Path, header: &[String]) -> Self {
        Self { path: path.to_owned(), header: header.to_vec(), writer: None, count: 0 }
    }

    /// Takes a bad row.
    ///
    /// # Errors
    /// When the file cannot be made (it is there already) or written.
    pub fn row(&mut self, cells: &[Cell], faults: &[Fault]) -> io::Result<()> {
        if self.writer.is_none() {
            self.writer = Some(self.begin()?);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let reasons: Vec<String> = faults.iter().map(|fault| format!("{}: {}", fault.column, fault.reason)).collect();
        let mut written: Vec<String> = cells.iter().map(|cell| guarded(&cell.shown())).collect();
        written.resize(self.header.len(), String::new());
        written.push(guarded(&reasons.join("; ")));
        self.count += 1;
        Ok(writer.write_record(&written)?)
    }

    fn begin(&self) -> io::Result<csv::Writer<BufWriter<File>>> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut writer = csv::Writer::from_writer(BufWriter::new(options.open(&self.path)?));
        writer.write_record(self.header.iter().map(|name| guarded(name)).chain([REASON.to_owned()]))?;
        Ok(writer)
    }

    /// Writes what is left; how many rows it has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        if let Some(writer) = &mut self.writer {
            writer.flush()?;
        }
        Ok(self.count)
    }
}
