//! A file as the provider of access tokens.

use std::{
    fmt,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::{
    AccessToken,
    access_token::BEARER,
    provider::{BoxError, BoxFuture, Credentials},
};

/// The maximum size of the file, in bytes.
const MOST: usize = 16 * 1024;

/// Returns a provider that reads the token from a file, such as a mounted
/// secret.
///
/// Before each attempt the client compares the metadata of the file with that
/// of the last read, in a thread for blocking I/O, and reads the file again if
/// it was written, replaced (also by another target of a symbolic link, as
/// Kubernetes does) or if the server rejected the token with 401. Until a
/// replaced file is readable, the client keeps the token it has.
///
/// The file contains the token, after `Bearer ` if it is from OAuth, and perhaps
/// whitespace around it. Nothing is read before the first call.
///
/// ```
/// use launchdarkly_api::{Client, credentials};
///
/// # fn main() -> Result<(), launchdarkly_api::Error> {
/// let client = Client::builder()
///     .credentials(credentials::file("/run/secrets/ld-token"))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub fn file(path: impl Into<PathBuf>) -> impl Credentials {
    TokenFile(Arc::new(Inner {
        path: path.into(),
        last: Mutex::default(),
    }))
}

struct TokenFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// The last token that was read, and its version of the file.
    last: Mutex<Option<(Version, AccessToken)>>,
}

impl Credentials for TokenFile {
    #[inline]
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        let file = Arc::clone(&self.0);
        Box::pin(async move { Ok(spawn_blocking(move || file.read()).await??) })
    }

    #[inline]
    fn is_outdated<'a>(&'a self, held: &'a AccessToken) -> BoxFuture<'a, bool> {
        let (file, held) = (Arc::clone(&self.0), held.clone());
        Box::pin(async move {
            let compared = spawn_blocking(move || !file.is_last(&held));
            compared.await.unwrap_or(false)
        })
    }
}

impl Inner {
    #[inline]
    fn read(&self) -> Result<AccessToken, FileError> {
        let read = |file: &mut File| {
            // The version is read first: if the file changes now, it is
            // read again.
            let version = Version::of(&file.metadata()?);
            let mut content = Zeroizing::new(Vec::with_capacity(MOST + 64));
            file.take(MOST as u64 + 1).read_to_end(&mut content)?;
            Ok::<_, io::Error>((version, content))
        };
        let (version, content) = File::open(&self.path)
            .and_then(|mut file| read(&mut file))
            .map_err(|cause| FileError::unreadable(&self.path, cause))?;
        let token = token(&content).map_err(|reason| FileError::Content {
            path: self.path.clone(),
            reason,
        })?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, token.clone()));
        Ok(token)
    }

    /// Whether the file has not changed since this token was read. If another
    /// client of the same provider has read it since, this token is not the
    /// last one.
    #[inline]
    fn is_last(&self, held: &AccessToken) -> bool {
        let version = fs::metadata(&self.path).map(|metadata| Version::of(&metadata));
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*last, version) {
            (Some((read, token)), Ok(version)) => *read == version && token.is_same(held),
            _ => false,
        }
    }
}

/// Returns the token in a file, or why there is none.
#[inline]
fn token(content: &[u8]) -> Result<AccessToken, String> {
    if content.len() > MOST {
        return Err(format!(
            "has more than {MOST} bytes: keep only the access token in it"
        ));
    }
    let text = std::str::from_utf8(content)
        .map_err(|_| "is not valid UTF-8: write the access token into it as text")?
        .trim_start_matches('\u{feff}')
        .trim();
    if text.is_empty() {
        return Err("is empty: write the access token into it".to_owned());
    }
    if text.contains(['\n', '\r']) {
        return Err("has more than one line: keep only the access token in it".to_owned());
    }
    let token = match text.strip_prefix(BEARER) {
        Some(token) => AccessToken::bearer(token.trim_start()),
        None => AccessToken::new(text),
    };
    match token.header() {
        Ok(_) => Ok(token),
        Err(reason) => Err(format!("is invalid: {reason}")),
    }
}

/// Identifies a version of a file.
#[derive(PartialEq, Eq)]
struct Version {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode and the time of the last change: they differ for a file
    /// that replaced another one of the same length and time.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

impl Version {
    #[inline]
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            identity: (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            ),
        }
    }
}

/// The error of a file, which names its path.
#[derive(Debug)]
enum FileError {
    Unreadable {
        path: PathBuf,
        advice: &'static str,
        cause: io::Error,
    },
    TokenAsPath,
    Content {
        path: PathBuf,
        reason: String,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, advice, .. } => {
                write!(f, "the file {} cannot be read ({advice})", path.display())
            }
            Self::TokenAsPath => f.write_str(
                "there is no file with the name passed to `credentials::file`, which looks like \
                 an access token: pass the path of a file that contains the token, or the token \
                 to `access_token`",
            ),
            Self::Content { path, reason } => write!(f, "the file {} {reason}", path.display()),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { cause, .. } => Some(cause),
            Self::TokenAsPath | Self::Content { .. } => None,
        }
    }
}

impl FileError {
    #[inline]
    fn unreadable(path: &Path, cause: io::Error) -> Self {
        let advice = match cause.kind() {
            io::ErrorKind::NotFound if path.to_string_lossy().starts_with("api-") => {
                return Self::TokenAsPath;
            }
            io::ErrorKind::NotFound => "write the access token into it, or correct the path",
            io::ErrorKind::PermissionDenied => "allow this program to read it",
            _ => "the path must be that of a readable file",
        };
        Self::Unreadable {
            path: path.to_owned(),
            advice,
            cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitespace_around_the_token_is_removed() {
        for content in ["api-1", "api-1\n", "\u{feff} api-1 \r\n\r\n"] {
            let token = token(content.as_bytes()).unwrap();
            assert!(token.is_same(&AccessToken::new("api-1")));
        }
        let token = token(b"Bearer  0123\n").unwrap();
        assert!(token.is_same(&AccessToken::bearer("0123")));
    }

    #[test]
    fn a_file_without_one_valid_token_is_an_error_without_its_content() {
        let long = "x".repeat(MOST + 1);
        let reasons = [
            &b""[..],
            b" \n",
            b"api-s3cret\napi-s3cret",
            b"api-s3cret\rapi-s3cret",
            b"api s3cret",
            b"sdk-s3cret",
            b"\xff\xfe",
            long.as_bytes(),
        ]
        .map(|content| token(content).unwrap_err());
        assert!(reasons.iter().all(|reason| !reason.contains("s3cret")));
        insta::assert_snapshot!(reasons.join("\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_content_is_a_valid_token_or_an_error(content: Vec<u8>) {
            if let Ok(token) = token(&content) {
                let text = token.expose();
                proptest::prop_assert!(content.windows(text.len()).any(|part| part == text.as_bytes()));
                proptest::prop_assert!(token.header().is_ok());
            }
        }
    }
}
