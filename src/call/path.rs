//! Paths of requests, with the arguments in place of the parameters.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Encodes everything but RFC 3986's unreserved characters, so that no argument
/// can change the rest of the URL. This includes the backslash, which URL
/// parsers read as a slash.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Returns the names of the parameters of a template, in order.
pub(super) fn parameters(template: &str) -> impl Iterator<Item = &str> {
    let parts = template.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0))
}

/// Returns the prefix and the template with the arguments in place of the
/// parameters. The error names the parameter.
pub(crate) fn fill(
    prefix: &str,
    template: &str,
    arguments: &[impl AsRef<str>],
) -> Result<String, String> {
    let mut path = String::with_capacity(prefix.len() + template.len() + 32);
    path.push_str(prefix);
    let mut arguments = arguments.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| format!("the path {template} is malformed"))?;
        let argument = arguments
            .next()
            .ok_or_else(|| format!("`{name}` is missing"))?;
        path.push_str(before);
        let argument: &str = argument.as_ref();
        match argument {
            "" => return Err(format!("`{name}` is empty")),
            // Encoded or not, these segments lead to a parent path (RFC 3986,
            // section 5.2.4).
            "." | ".." => {
                return Err(format!(
                    "`{name}` is {argument:?}, which a URL resolves to another path"
                ));
            }
            // Nearly all keys and IDs need no encoding.
            argument if argument.bytes().all(is_unreserved) => path.push_str(argument),
            argument => path.extend(utf8_percent_encode(argument, SEGMENT)),
        }
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "/a/{first}/b/{second}";

    #[test]
    fn arguments_replace_their_parameters() {
        assert_eq!(
            fill("/h", TEMPLATE, &["x y", "ü/..\\?#%2e"]).as_deref(),
            Ok("/h/a/x%20y/b/%C3%BC%2F..%5C%3F%23%252e")
        );
    }

    #[test]
    fn an_argument_that_would_change_the_route_is_an_error_with_its_name() {
        for bad in ["", ".", ".."] {
            let reason = fill("", TEMPLATE, &["a", bad]).unwrap_err();
            assert!(reason.starts_with("`second` is"), "{reason}");
        }
        assert!(fill("", TEMPLATE, &["a"]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_other_argument_is_one_segment_with_the_same_text(argument in "\\PC{1,40}|[./\\\\%]{3,6}") {
            proptest::prop_assume!(argument != "." && argument != "..");
            let path = fill("/ld", "/a/{b}/c", &[&argument]).unwrap();
            let mut url = reqwest::Url::parse("http://h/ld").unwrap();
            url.set_path(&path);
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            assert_eq!(segments.len(), 4);
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            assert_eq!(decoded, argument.as_str());
        }
    }
}
