//! Path templates from the caller.

use std::{borrow::Cow, sync::Arc};

use http::Method;
use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::path;
use crate::{
    Operation,
    client::base_url::{BaseUrl, presentable},
    operation::OperationRef,
    operations,
};

/// A path template such as `/api/v2/projects/{projectKey}`, or a URL with one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'a> {
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// Whether the path includes the path of the base URL.
    is_full: bool,
}

impl<'a> Template<'a> {
    /// Parses a template from the caller, who may have inserted keys into it.
    /// The error does not repeat the template.
    #[inline]
    pub(super) fn parse(text: &'a str, base: &BaseUrl) -> Result<Self, String> {
        let (rest, is_full) = if text.starts_with('/') {
            (text, false)
        } else {
            (without_origin(text, base)?, true)
        };
        if rest.contains('#') {
            return Err("the template has a fragment: remove it".to_owned());
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        if query.is_some_and(|query| query.contains(['{', '}'])) {
            return Err(
                "the template has a parameter in its query: set it with `.query(name, value)`"
                    .to_owned(),
            );
        }
        if path.starts_with("//") {
            return Err(
                "the template starts with two slashes, and what follows them would be another \
                 origin"
                    .to_owned(),
            );
        }
        check_path(path)?;
        Ok(Self {
            path,
            query,
            is_full,
        })
    }

    /// Returns the URL with the arguments, each a name and a value, in place of
    /// the parameters.
    #[inline]
    pub(super) fn url(
        &self,
        base: &BaseUrl,
        arguments: &[(String, String)],
    ) -> Result<Url, String> {
        let mut values = Vec::new();
        for name in path::parameters(self.path) {
            let (_, value) = arguments
                .iter()
                .find(|(argument, _)| argument == name)
                .ok_or_else(|| format!("`{name}` is missing: set it with `.path({name:?}, …)`"))?;
            values.push(value);
        }
        let is_parameter = |name: &str| path::parameters(self.path).any(|other| other == name);
        if let Some((name, _)) = arguments.iter().find(|(name, _)| !is_parameter(name)) {
            return Err(format!(
                "the template has no `{{{name}}}`: remove `.path({name:?}, …)`"
            ));
        }
        let prefix = if self.is_full { "" } else { base.prefix() };
        let path = path::fill(prefix, self.path, &values)?;
        if path.split('/').any(is_dot_segment) {
            return Err(
                "a segment of the path is `.` or `..`, which a URL resolves to another path"
                    .to_owned(),
            );
        }
        let mut url = base.with_path(&path);
        url.set_query(self.query);
        Ok(url)
    }

    /// Returns the operation of a request with this template: the route and the
    /// version of the operation that has the same template, if there is one.
    #[inline]
    pub(super) fn operation(&self, method: &Method) -> OperationRef {
        let known = operations::ALL
            .iter()
            .find(|known| known.method == *method && is_same_route(&known.path, self.path));
        let mut operation = custom(method, self.path.to_owned());
        operation.index = known.and_then(|known| known.index);
        operation.beta = known.is_some_and(|known| known.beta);
        OperationRef::Custom(Arc::new(operation))
    }
}

/// Returns the operation of a request whose template is invalid, for its error.
/// It shows neither the query nor the credentials of a URL.
#[inline]
pub(super) fn invalid_operation(method: &Method, text: &str, has_token: bool) -> OperationRef {
    const MOST: usize = 200;
    let shown = match Url::parse(text) {
        Ok(url) => presentable(&url),
        Err(_) => text.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    let is_secret = has_token || shown.contains('@');
    let shown = if is_secret {
        "…".to_owned()
    } else {
        shown.escape_debug().take(MOST).collect()
    };
    OperationRef::Custom(Arc::new(custom(method, shown)))
}

#[inline]
fn custom(method: &Method, path: String) -> Operation {
    Operation {
        id: Cow::Owned(format!("{method} {path}")),
        index: None,
        method: method.clone(),
        path: Cow::Owned(path),
        area: "",
        beta: false,
        deprecated: false,
        patches: &[],
        paging: None,
    }
}

/// Returns what follows the origin of a URL, which must be that of the base
/// URL: the access token must not go to another.
#[inline]
fn without_origin<'a>(text: &'a str, base: &BaseUrl) -> Result<&'a str, String> {
    let invalid = || {
        "the template is neither a path, such as /api/v2/projects/{projectKey}, nor a URL with \
         such a path"
            .to_owned()
    };
    let (_, rest) = text.split_once("://").ok_or_else(invalid)?;
    let end = rest.find(['/', '?', '#', '\\']).ok_or_else(invalid)?;
    let path = &rest[end..];
    let origin = Url::parse(&text[..text.len() - path.len()]).map_err(|_| invalid())?;
    if !origin.username().is_empty() || origin.password().is_some() {
        return Err("the URL has credentials: remove them, the access token authenticates".into());
    }
    if !base.is_origin_of(&origin) {
        return Err(format!(
            "{} is a different origin from the client's, {}, and the access token must not go there: \
             create a client with that base URL",
            origin.origin().ascii_serialization(),
            base.origin()
        ));
    }
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(invalid())
    }
}

/// Checks that a URL parser leaves the path as it is: that it has only
/// characters of RFC 3986, section 3.3, and complete `{name}`s.
#[inline]
fn check_path(path: &str) -> Result<(), String> {
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        check_characters(before)?;
        let name = after.split_once('}').map(|(name, _)| name);
        match name {
            Some(name) if !name.is_empty() && !name.contains(['{', '/']) => {
                rest = &after[name.len() + 1..];
            }
            _ => {
                return Err(
                    "the template has a `{` that does not begin a parameter like `{projectKey}`"
                        .to_owned(),
                );
            }
        }
    }
    check_characters(rest)
}

#[inline]
fn check_characters(text: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
    match text.chars().find(|c| !is_allowed(*c)) {
        Some('}') => Err("the template has a `}` without a `{`".to_owned()),
        Some(c) => Err(format!(
            "the template has the character {c:?}, which no path may have: pass a value with \
             `.path(name, value)`, which encodes it"
        )),
        None => Ok(()),
    }
}

/// Whether a segment leads to the same or the parent path (RFC 3986, section
/// 5.2.4). URL parsers decode it first.
#[inline]
fn is_dot_segment(segment: &str) -> bool {
    let decoded = || percent_decode_str(segment);
    decoded().eq(*b".") || decoded().eq(*b"..")
}

/// Whether two templates differ only in the names of their parameters.
#[inline]
fn is_same_route(first: &str, second: &str) -> bool {
    let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    let same = |first: &str, second: &str| {
        first == second || (is_parameter(first) && is_parameter(second))
    };
    first.split('/').count() == second.split('/').count()
        && first
            .split('/')
            .zip(second.split('/'))
            .all(|(a, b)| same(a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(path: &str) -> BaseUrl {
        BaseUrl::parse(&format!("https://a.example{path}"), false).unwrap()
    }

    fn url(template: &str, arguments: &[(&str, &str)]) -> Result<String, String> {
        let base = base("/ld");
        let arguments: Vec<_> = arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let url = Template::parse(template, &base)?.url(&base, &arguments)?;
        Ok(url.as_str().to_owned())
    }

    #[test]
    fn a_path_is_below_the_base_url_and_a_url_is_complete() {
        for (template, expected) in [
            ("/x/{k}/{k}.json", "https://a.example/ld/x/a%2Fb/a%2Fb.json"),
            ("/x/{k}?a=b%20c", "https://a.example/ld/x/a%2Fb?a=b%20c"),
            ("https://a.example/ld/x/{k}", "https://a.example/ld/x/a%2Fb"),
            ("HTTPS://A.example:443/{k}?q", "https://a.example/a%2Fb?q"),
        ] {
            assert_eq!(url(template, &[("k", "a/b")]).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_template_that_is_not_a_path_of_the_origin_is_an_error_that_says_why() {
        let reasons: Vec<String> = [
            "",
            "api/v2/x",
            "https://a.example",
            "https://a.example?x",
            "https://a.example\\x",
            "https://b.example/x",
            "http://a.example/x",
            "https://a.example:444/x",
            "https://a.example.b.example/x",
            "https://user:s3cret@a.example/x",
            "https://a.example@b.example/x",
            "javascript://a.example/x",
            "//b.example/x",
            "https://a.example//b.example/x",
            "/\\b.example",
            "/x/../y",
            "/x/%2e%2E/y",
            "/x/.%2e",
            "/x/.\t./y",
            "/x/.\n./y",
            "/x y",
            "/ü",
            "/x#s3cret",
            "/x?{k}",
            "/x/{",
            "/x/}",
            "/x/{}",
            "/x/{k",
            "/x/{a{b}}",
            "/x/{a/b}",
        ]
        .into_iter()
        .map(|template| {
            let reason = url(template, &[]).unwrap_err();
            format!("{template:?}: {reason}")
        })
        .collect();
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn an_argument_cannot_complete_a_dot_segment() {
        for (template, value) in [("/x/.{k}/y", "."), ("/x/{k}.", "."), ("/{k}", "..")] {
            assert!(url(template, &[("k", value)]).is_err(), "{template}");
        }
        let two = url("/x/{a}{b}", &[("a", "."), ("b", ".")]);
        assert!(two.is_err(), "{two:?}");
        assert!(url("/x/%2{k}%2e", &[("k", "e")]).is_err());
    }

    #[test]
    fn the_operation_of_an_invalid_template_shows_no_secret() {
        for (template, expected) in [
            (
                "https://user:s3cret@b.example/x?s3cret#s3cret",
                "GET https://b.example/x",
            ),
            ("user:s3cret@b.example/x", "GET …"),
            ("api/s3cret-token", "GET …"),
            ("x?s3cret", "GET x"),
            ("/a\nb\u{1b}", "GET /a\\nb\\u{1b}"),
        ] {
            let operation =
                invalid_operation(&Method::GET, template, template.contains("s3cret-token"));
            assert_eq!(operation.id(), expected);
        }
    }

    #[test]
    fn templates_with_other_parameter_names_are_one_route() {
        let known = "/api/v2/flags/{projectKey}/{featureFlagKey}";
        for (template, expected) in [
            ("/api/v2/flags/{projectKey}/{featureFlagKey}", true),
            ("/api/v2/flags/{p}/{f}", true),
            ("/api/v2/flags/{p}", false),
            ("/api/v2/flags/{p}/{f}/x", false),
            ("/api/v2/flags/{p}/x", false),
            ("/api/v2/segments/{p}/{f}", false),
        ] {
            assert_eq!(is_same_route(known, template), expected, "{template}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_request_stays_in_the_origin_and_each_argument_is_one_segment(
            template in "[/.{}a%2e:?#\\\\@]{0,20}",
            argument in "\\PC{0,12}|[./\\\\%2e]{1,4}",
        ) {
            let base = base("/ld");
            if let Ok(template) = Template::parse(&template, &base) {
                let mut arguments: Vec<(String, String)> = Vec::new();
                for name in path::parameters(template.path) {
                    if arguments.iter().all(|(known, _)| known != name) {
                        arguments.push((name.to_owned(), argument.clone()));
                    }
                }
                if let Ok(url) = template.url(&base, &arguments) {
                    proptest::prop_assert!(base.is_origin_of(&url), "{}", url);
                    let segments = template.path.split('/').count() + usize::from(!template.is_full);
                    proptest::prop_assert_eq!(url.path().split('/').count(), segments, "{}", url);
                }
            }
        }
    }
}
