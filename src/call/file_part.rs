//! Files that are uploaded in a form.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, TryStreamExt};
use http::{HeaderValue, header};
use reqwest::{Body, Request, multipart};

use crate::{Client, Error, Operation, redact::Secrets};

/// A file to upload: a part of a form (`multipart/form-data`, RFC 7578) with
/// its content, file name and content type.
///
/// Bytes in memory are sent again when the call is retried or redirected. A
/// stream can be sent only once, so a call with one is not retried, not even
/// after 429 or when no connection could be made; the error then says so.
///
/// ```no_run
/// # #[cfg(feature = "teams")]
/// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::FilePart;
///
/// let csv = std::fs::read("members.csv").expect("the file can be read");
/// client
///     .post_team_members()
///     .team_key("my-team")
///     .file(FilePart::from(csv).file_name("members.csv").content_type("text/csv"))
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a part does nothing by itself"]
pub struct FilePart {
    part: multipart::Part,
    is_stream: bool,
    content_type: Option<String>,
}

impl FilePart {
    /// A file whose content is read while it is sent, such as from
    /// [`reqwest::Body::wrap_stream`]. A body that is in memory is sent like
    /// bytes.
    pub fn stream(content: impl Into<Body>) -> Self {
        let content = content.into();
        Self {
            is_stream: content.as_bytes().is_none(),
            part: multipart::Part::stream(content),
            content_type: None,
        }
    }

    /// The file's name (RFC 7578, section 4.2).
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.part = self.part.file_name(name.into());
        self
    }

    /// The content's media type, such as `text/csv` (RFC 7578, section 4.4).
    /// The call is an error if it is none, before anything is sent.
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }
}

impl From<Bytes> for FilePart {
    fn from(content: Bytes) -> Self {
        Self::stream(content)
    }
}

impl From<Vec<u8>> for FilePart {
    fn from(content: Vec<u8>) -> Self {
        Self::stream(content)
    }
}

impl From<&'static [u8]> for FilePart {
    fn from(content: &'static [u8]) -> Self {
        Self::stream(content)
    }
}

impl From<String> for FilePart {
    fn from(content: String) -> Self {
        Self::stream(content)
    }
}

impl From<&'static str> for FilePart {
    fn from(content: &'static str) -> Self {
        Self::stream(content)
    }
}

/// The content counts as a stream, as a part of reqwest's does not show what
/// it holds.
impl From<multipart::Part> for FilePart {
    fn from(part: multipart::Part) -> Self {
        Self {
            part,
            is_stream: true,
            content_type: None,
        }
    }
}

/// Shows neither content nor name.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("is_stream", &self.is_stream)
            .finish_non_exhaustive()
    }
}

/// A request body of parts (`multipart/form-data`, RFC 7578).
#[derive(Default)]
pub(crate) struct Form {
    form: multipart::Form,
    has_stream: bool,
}

impl Form {
    pub(crate) fn text(&mut self, name: &'static str, value: String) {
        self.add(name, multipart::Part::text(value));
    }

    pub(crate) fn file(&mut self, name: &'static str, file: FilePart) -> Result<(), String> {
        let part = match file.content_type {
            Some(media_type) => file.part.mime_str(&media_type).map_err(|_| {
                format!(
                    "`{name}` is not valid: its content type is not a media type, such as text/csv"
                )
            })?,
            None => file.part,
        };
        self.has_stream |= file.is_stream;
        self.add(name, part);
        Ok(())
    }

    fn add(&mut self, name: &'static str, part: multipart::Part) {
        self.form = std::mem::take(&mut self.form).part(name, part);
    }

    /// Makes it the body of a request; one in memory if no part is a stream.
    pub(crate) fn put_into(
        self,
        request: &mut Request,
        client: &Client,
        operation: &'static Operation,
    ) -> Result<(), Error> {
        if self.has_stream {
            // reqwest alone knows how long the parts are.
            let mut with_form = client
                .http()
                .post(request.url().clone())
                .multipart(self.form)
                .build()
                .map_err(|error| Error::transport(operation, error, &Secrets::default()))?;
            for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
                if let Some(value) = with_form.headers_mut().remove(&name) {
                    request.headers_mut().insert(name, value);
                }
            }
            *request.body_mut() = with_form.body_mut().take();
            return Ok(());
        }
        let media_type = format!("multipart/form-data; boundary={}", self.form.boundary());
        let content_type = HeaderValue::try_from(media_type)
            .map_err(|_| Error::argument(operation, "the form's boundary cannot be in a header"))?;
        // Bytes in memory never make one wait.
        let body = self
            .form
            .into_stream()
            .try_collect::<BytesMut>()
            .now_or_never()
            .ok_or_else(|| Error::argument(operation, "a part of the form is not in memory"))?
            .map_err(|error| Error::transport(operation, error, &Secrets::default()))?;
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        *request.body_mut() = Some(body.freeze().into());
        Ok(())
    }
}
