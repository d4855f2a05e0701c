//! `Display` and `Debug` of errors: one line, without secrets.

use std::fmt;

use super::{Error, Inner, Kind};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
            kind,
            response,
            note,
            attempts,
            not_retried,
            ..
        } = &*self.0;
        if let Some(operation) = operation {
            write!(f, "{}: ", **operation)?;
        }
        // Without an operation, the body is not that of a call.
        let response = response.as_ref().filter(|_| operation.is_some());
        if let Some(response) = response {
            write!(f, "{}: ", response.status)?;
        }
        match (kind, response) {
            (Kind::Config(reason), _) => f.write_str(reason),
            (Kind::Argument(reason), _) => write!(f, "not sent: {reason}"),
            (Kind::Credentials(failure), None) => {
                write!(f, "not sent: the credentials failed: {}", failure.text())
            }
            (Kind::Credentials(failure), Some(_)) => write!(
                f,
                "the credentials failed to replace the access token: {}",
                failure.text()
            ),
            (Kind::Pagination(what), _) => write!(f, "pagination failed: {what}"),
            (Kind::ListChanged(count), _) => write!(
                f,
                "the list changed during pagination: of its items, {count} were returned, and \
                 others may be missing"
            ),
            (Kind::Incomplete(time), _) => write!(
                f,
                "pagination failed: more items have the timestamp {time} than fit on a page, and \
                 some of them cannot be requested; to continue without them, set `before` to \
                 {time}, or start a tail from `checkpoint.skip_incomplete(…)`",
                time = time.get()
            ),
            (Kind::Transport(failed), response) => {
                let what = match (&failed.error, response) {
                    (error, Some(_)) if error.is_timeout() => {
                        "timeout while reading the response body"
                    }
                    (_, Some(_)) => "the response body ended early",
                    (error, _) if error.is_connect() => "no connection",
                    (error, _) if error.is_timeout() => "no response before the timeout",
                    _ => "no response",
                };
                write!(f, "{what}: {}", failed.causes)
            }
            (Kind::Status, Some(response)) => {
                match (note, &response.code, &response.message) {
                    (Some(note), _, _) => f.write_str(note)?,
                    (None, Some(code), Some(message)) => write!(f, "{code}: {message}")?,
                    (None, Some(only), None) | (None, None, Some(only)) => f.write_str(only)?,
                    (None, None, None) => response.describe_body(f)?,
                }
                match &response.id {
                    Some(id) => write!(f, " (error id {id})"),
                    None => Ok(()),
                }
            }
            (Kind::WaitTooLong(wait), _) => {
                write!(
                    f,
                    "not sent because the rate limits allow no request for {wait:?}"
                )
            }
            (Kind::Deadline(doing), _) => write!(f, "deadline exceeded {doing}"),
            (Kind::BodyTooLarge(most), _) => {
                write!(f, "the response body has more than {most} bytes")
            }
            (Kind::Decode(failure), _) => {
                f.write_str(match response {
                    Some(_) => "applied, but the response does not decode",
                    None => "the body does not decode",
                })?;
                if !failure.path.is_empty() {
                    write!(f, " at {}", failure.path)?;
                }
                write!(f, ": {}", failure.reason)
            }
            (Kind::Status, None) => Ok(()),
        }?;
        if *attempts > 1 {
            write!(f, ", after {attempts} attempts")?;
        }
        if !not_retried.is_empty() {
            write!(f, ", {not_retried}")?;
        }
        if let Some(wait) = response.and_then(|response| response.retry_after) {
            write!(f, "; the server requires a wait of {wait:?}")?;
        }
        if self.outcome_unknown() && !self.is_decode() {
            f.write_str("; it may have been applied")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug
            .field("error", &format_args!("{self}"))
            .field("attempts", &self.0.attempts)
            .field("outcome_unknown", &self.outcome_unknown());
        if let Some(response) = &self.0.response {
            debug
                .field("status", &response.status)
                .field("code", &response.code)
                .field("message", &response.message)
                .field("id", &response.id)
                .field("retry_after", &response.retry_after)
                .field("body_bytes", &response.body.len());
        }
        debug.finish()
    }
}
