//! Parts of the runtime that other documents need and the vendored document
//! does not.
//!
//! They count as used here, so that the compiler reports only code that no
//! document needs.

use crate::{
    call::{argument::Argument, request_builder::RequestBuilder},
    codec::{Alternatives, Union},
};

fn operations(request: RequestBuilder, argument: Argument<String>) {
    drop(request.header("name", argument.clone()).send_stream());
    drop(argument.or_empty());
}

// Examples and schemas use it, with their features.
fn alternatives<U: Union, A: Alternatives<U>>(to: &mut A) {
    U::alternatives(to);
}

#[derive(Clone, Debug, PartialEq)]
struct Wrapper(String);

crate::codec::wrapper!(Wrapper);

fn weights(instruction: crate::Instruction) {
    drop(instruction.with_rollout_weights("weights", [("id", 100_000)]));
}

mod clause {
    #[derive(Clone, Debug, PartialEq)]
    struct Clause {
        attribute: String,
        context_kind: Option<String>,
        negate: bool,
        op: String,
        values: Vec<serde_json::Value>,
    }

    impl crate::codec::Value for Clause {
        fn error_corrected_default() -> Self {
            Self {
                attribute: String::new(),
                context_kind: None,
                negate: false,
                op: String::new(),
                values: Vec::new(),
            }
        }
    }

    crate::codec::object!(Clause);

    crate::targeting::clause_methods!(Clause);
}

#[cfg(feature = "httpmock")]
fn mocks(
    mut when: crate::mock::When<()>,
    mut then: crate::mock::Then<()>,
    argument: Argument<String>,
) {
    when = crate::mock::when::header(when, "name", argument);
    then = crate::mock::then::bytes(then, 200, "");
    drop((when, then));
}
