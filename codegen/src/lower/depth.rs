//! Schemas nested too deep are refused.
//!
//! The library that reads the prepared document tries several forms at each
//! level, so that the time it takes grows exponentially with the levels.

use serde_json::Value;

use crate::{
    error::Fault,
    spec::visit::{self, DEEPEST},
};

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |at, _| {
        if visit::depth(at) > DEEPEST {
            return Err(visit::too_deep(at));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_refused_with_its_place() {
        let nested = |levels: usize| {
            let schema = (0..levels).fold(
                json!({"type": "string"}),
                |inner, _| json!({"type": "array", "items": inner}),
            );
            apply(&mut json!({"components": {"schemas": {"S": schema}}}))
        };
        assert_eq!(nested(DEEPEST), Ok(()));
        let fault = nested(DEEPEST + 1).unwrap_err();
        assert_eq!(fault.pointer.tokens().count(), 3 + DEEPEST + 1);
    }
}
