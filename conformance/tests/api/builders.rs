//! The builders of request types.

use conformance::{
    instance::{Maker, Style},
    table::{self, Properties},
};
use serde_json::{Value, json};

use crate::support::{DOCUMENT, assert_none};

#[test]
fn every_method_of_a_builder_sets_the_property_of_its_name() {
    let mut findings = Vec::new();
    let mut built = 0;
    for ty in table::types() {
        let (Some(build), Some(schema)) = (ty.build, ty.schemas.first()) else {
            continue;
        };
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        let expected = Maker::new(&DOCUMENT, Style::Hostile).full(&reference);
        let Value::Object(properties) = &expected else {
            panic!("{schema} is not an object");
        };
        let properties = Properties(properties.clone().into_iter().collect());
        match build(&properties) {
            Ok(found) if found == expected => built += 1,
            Ok(found) => findings.push(format!("{}: {found}, not {expected}", ty.name)),
            Err(fault) => findings.push(format!("{}: {fault}", ty.name)),
        }
    }
    assert_none(&findings);
    assert!(built > 0);
}
