//! A digest of the files in `openapi/`, which shows whether the generated code in
//! `src/generated/shipped/` was generated from them. The build script and `cargo
//! xtask generate` use it.

use std::{fs, io, path::Path};

/// Returns the digest of the names and contents of the files in a folder: FNV-1a
/// with 64 bits, in hexadecimal. `\r\n` counts as `\n`, because git may change
/// line ends. Hidden files, such as those of editors, do not count.
pub fn of(folder: &Path) -> io::Result<String> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.is_file() && !name(path).starts_with('.'));
    files.sort();
    let mut digest = 0xcbf2_9ce4_8422_2325;
    for path in &files {
        add(&mut digest, name(path).as_bytes());
        add(&mut digest, &[0]);
        add(&mut digest, &fs::read(path)?);
    }
    Ok(format!("{digest:016x}"))
}

fn add(digest: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        if *byte != b'\r' {
            *digest = (*digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
