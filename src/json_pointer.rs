//! JSON Pointer (RFC 6901).

/// Escapes a key: `~` becomes `~0`, `/` becomes `~1` (RFC 6901, section 3).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Checks the syntax. The error is the reason and the fix.
pub(crate) fn check(pointer: &str) -> Result<(), &'static str> {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        return Err("a JSON Pointer (RFC 6901) starts with `/`");
    }
    let mut escapes = pointer.split('~').skip(1);
    if !escapes.all(|rest| rest.starts_with(['0', '1'])) {
        return Err("`~` is only valid as `~0` (a tilde) or `~1` (a slash): escape the key");
    }
    Ok(())
}

/// Whether the value at a pointer is inside the value at another.
pub(crate) fn is_inside(pointer: &str, outer: &str) -> bool {
    pointer
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use jsonptr::{Pointer, PointerBuf, Token};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_not_inside_itself_or_a_sibling() {
        assert!(is_inside("/a/b", "/a"));
        assert!(is_inside("/a", ""));
        assert!(!is_inside("/a", "/a"));
        assert!(!is_inside("/ab", "/a"));
        assert!(!is_inside("/a", "/a/b"));
    }

    proptest! {
        #[test]
        fn a_key_is_escaped_as_in_the_rfc(key in "[a~/01]{0,6}|\\PC{0,6}") {
            let token = Token::new(&key);
            prop_assert_eq!(escape(&key), token.encoded());
        }

        #[test]
        fn a_pointer_is_valid_if_it_follows_the_rfc(text in "/?[a~/012]{0,6}|\\PC{0,6}") {
            prop_assert_eq!(check(&text).is_ok(), Pointer::parse(&text).is_ok());
        }

        #[test]
        fn a_value_is_inside_another_if_its_pointer_continues_that_of_the_other(
            outer in "(/[ab]{0,2}){0,3}", pointer in "(/[ab]{0,2}){0,3}",
        ) {
            let [of_outer, of_inner] = [&outer, &pointer].map(|text| PointerBuf::parse(text).unwrap());
            let expected = of_inner != of_outer && of_inner.starts_with(&of_outer);
            prop_assert_eq!(is_inside(&pointer, &outer), expected);
        }
    }
}
