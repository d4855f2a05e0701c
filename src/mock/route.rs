//! Matches requests with operations.

use httpmock::HttpMockRequest;
use percent_encoding::percent_decode_str;

use crate::{Operation, operations};

/// Returns the path arguments if the request is for this operation. A path that
/// fits several templates belongs to the one that LaunchDarkly would choose.
pub(super) fn arguments(
    operation: &'static Operation,
    request: &HttpMockRequest,
) -> Option<Vec<String>> {
    let method = method(request);
    if method != operation.method.as_str() {
        return None;
    }
    let uri = request.uri();
    let path = uri.path();
    let arguments = captured(&operation.path, path)?;
    let is_taken = operations::ALL.iter().any(|other| {
        other.method == operation.method
            && precedes(&other.path, &operation.path)
            && captured(&other.path, path).is_some()
    });
    (!is_taken).then_some(arguments)
}

/// Returns the method, which `ClientBuilder::method_override` may have moved to
/// a header.
fn method(request: &HttpMockRequest) -> &str {
    let overriding = request
        .headers_vec()
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-http-method-override"));
    match overriding {
        Some((_, method)) if request.method_str() == "POST" => method,
        _ => request.method_str(),
    }
}

/// Whether the first of two matching templates wins: at the first difference, a
/// literal precedes a parameter.
fn precedes(first: &str, second: &str) -> bool {
    let is_literal = |template: &str| -> Vec<bool> {
        let segments = template.split('/');
        segments.map(|segment| !segment.contains('{')).collect()
    };
    is_literal(first) > is_literal(second)
}

/// Returns the decoded values of a template's parameters in a path.
fn captured(template: &str, path: &str) -> Option<Vec<String>> {
    let mut arguments = Vec::new();
    let (mut template, mut path) = (template, path);
    while let Some((before, after)) = template.split_once('{') {
        path = path.strip_prefix(before)?;
        template = after.split_once('}')?.1;
        let literal = template.split('{').next().unwrap_or_default();
        let end = match literal {
            "" => path.len(),
            literal => path.find(literal)?,
        };
        let (argument, rest) = path.split_at(end);
        // The slashes of an argument are encoded (`call::path`).
        if argument.is_empty() || argument.contains('/') {
            return None;
        }
        arguments.push(percent_decode_str(argument).decode_utf8().ok()?.into());
        path = rest;
    }
    (path == template).then_some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::path;

    #[test]
    fn a_path_matches_its_template_and_no_other() {
        let template = "/flags/{project}/x/{flag}";
        for (path, expected) in [
            ("/flags/p/x/f", Some(vec!["p", "f"])),
            ("/flags/a%2Fb/x/100%25", Some(vec!["a/b", "100%"])),
            ("/flags/p/x/", None),
            ("/flags//x/f", None),
            ("/flags/p/x/f/g", None),
            ("/flags/p/q/x/f", None),
            ("/flags/p/y/f", None),
            ("/flags/p/x/%ff", None),
            ("/a/flags/p/x/f", None),
        ] {
            let found = captured(template, path);
            let expected = expected.map(|expected| expected.iter().map(|&a| a.into()).collect());
            assert_eq!(found, expected, "{path}");
        }
        assert_eq!(captured("/a/b", "/a/b"), Some(Vec::new()));
    }

    #[test]
    fn a_literal_precedes_a_parameter_from_left_to_right() {
        assert!(precedes("/a/b/{c}", "/a/{b}/c"));
        assert!(!precedes("/a/{b}/c", "/a/b/{c}"));
        assert!(!precedes("/a/{b}", "/a/{c}"));
    }

    proptest::proptest! {
        #[test]
        fn arguments_of_a_path_are_captured_unchanged(
            arguments in proptest::collection::vec("\\PC{1,20}|[./%x\\\\]{3,6}", 3)
        ) {
            let template = "/x/{a}/x/{b}/{c}";
            if let Ok(path) = path::fill("", template, &arguments) {
                proptest::prop_assert_eq!(captured(template, &path), Some(arguments));
            }
        }

        #[test]
        fn no_template_or_path_panics(template in "[/x{}]{0,12}", path in "[/x%{}]{0,12}") {
            let _ = captured(&template, &path);
        }
    }
}
