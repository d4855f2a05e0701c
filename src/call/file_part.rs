//! File uploads in multipart forms.

use std::fmt;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, TryStreamExt};
use http::{HeaderValue, header};
use reqwest::{Body, Request, multipart};

use crate::{Client, Error, operation::OperationRef, redact::Secrets};

/// A file to upload: a part of a multipart form (`multipart/form-data`, RFC
/// 7578) with content, file name and content type.
///
/// The client sends bytes in memory again for a retry or a redirect. It can
/// send a stream only once, so it does not retry a call with a stream, not even
/// after 429 or a failed connection. The error says so.
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
    /// Creates a file whose content is read while it is sent, for example from
    /// [`reqwest::Body::wrap_stream`]. A body in memory counts as bytes.
    pub fn stream(content: impl Into<Body>) -> Self {
        let content = content.into();
        Self {
            is_stream: content.as_bytes().is_none(),
            part: multipart::Part::stream(content),
            content_type: None,
        }
    }

    /// Sets the file name (RFC 7578, section 4.2).
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.part = self.part.file_name(name.into());
        self
    }

    /// Sets the media type of the content, such as `text/csv` (RFC 7578,
    /// section 4.4). The call fails before any I/O if it is not a media type.
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

/// Counts as a stream, because reqwest does not expose the content of its
/// parts.
impl From<multipart::Part> for FilePart {
    fn from(part: multipart::Part) -> Self {
        Self {
            part,
            is_stream: true,
            content_type: None,
        }
    }
}

/// Shows neither the content nor the name.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePart")
            .field("is_stream", &self.is_stream)
            .finish_non_exhaustive()
    }
}

/// A multipart request body (`multipart/form-data`, RFC 7578).
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

    /// Makes the form the body of a request. The body is in memory unless a
    /// part is a stream.
    pub(crate) fn put_into(
        self,
        request: &mut Request,
        client: &Client,
        operation: &OperationRef,
    ) -> Result<(), Error> {
        if self.has_stream {
            // Only reqwest knows the lengths of the parts.
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
        // Parts in memory are ready at once.
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
