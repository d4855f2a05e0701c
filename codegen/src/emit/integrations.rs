//! `mod integrations`: what the `config` of an audit log subscription holds,
//! a type for each kind of integration.

use std::collections::BTreeSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::{
    operation_builders::cfg,
    prose::Prose,
    source::{INLINE, Source, literal},
    types,
};
use crate::{
    api::{Api, Field, Shape, Type, Variant},
    overlay::{Acronyms, ConfigField},
};

/// The area that takes configurations.
pub(super) const AREA: &str = "integration-audit-log-subscriptions";

/// Whether the code has configurations.
pub(super) fn any(api: &Api) -> bool {
    !api.integrations.is_empty() && api.areas.contains_key(AREA)
}

pub(super) fn write(source: &mut Source, api: &Api, acronyms: &Acronyms) {
    source.docs(
        "The configurations of audit log subscriptions, a type for each kind of \
         integration (LaunchDarkly documentation, \"Integrations\").\n\nEach converts to the map \
         that `config` takes, and is read from one by serde. An integration that is not here \
         takes a map of whatever it needs.\n\n```\nuse launchdarkly_api::integrations::Datadog;\n\
         use serde_json::{Map, Value};\n\nlet config: Map<String, Value> = \
         Datadog::new(\"0123456789abcdef\").hide_member_details(true).into();\n\
         assert_eq!(config[\"apiKey\"], \"0123456789abcdef\");\n```",
    );
    source.line(cfg(AREA));
    source.line("pub mod integrations {");
    source.line("use crate::codec;");
    for (key, fields) in &api.integrations {
        source.line("");
        integration(source, api, key, fields, acronyms);
    }
    source.line("}");
}

fn integration(
    source: &mut Source,
    api: &Api,
    key: &str,
    fields: &std::collections::BTreeMap<String, ConfigField>,
    acronyms: &Acronyms,
) {
    let name = key.to_upper_camel_case();
    for (wire, field) in fields {
        if !field.allowed_values.is_empty() {
            enumeration(source, &name, wire, field);
        }
    }
    let fields: Vec<Field> = fields
        .iter()
        .map(|(wire, field)| property(&name, wire, field, acronyms))
        .collect();
    source.docs(&format!("The configuration of the integration `{key}`."));
    types::write_struct(source, &name, &fields, None, &Prose::new(api, None));

    let (required, optional): (Vec<_>, Vec<_>) = fields.iter().partition(|p| p.required);
    source.line(format!("impl {name} {{"));
    source.docs("The integration's key.");
    source.line(format!("pub const KEY: &'static str = {};", literal(key)));
    source.docs("Creates a configuration with the required properties.");
    let arguments: Vec<String> = required
        .iter()
        .map(|p| format!("{}: impl ::std::convert::Into<{}>", p.name, p.ty.text("")))
        .collect();
    source.line(INLINE);
    source.line(format!("pub fn new({}) -> Self {{", arguments.join(", ")));
    source.line("Self {");
    for property in &fields {
        if property.required {
            source.line(format!("{0}: {0}.into(),", property.name));
        } else {
            source.line(format!("{}: None,", property.name));
        }
    }
    source.line("}");
    source.line("}");
    for property in optional {
        source.docs(&property.docs);
        source.line("#[must_use]");
        source.line(format!(
            "pub fn {0}(mut self, {0}: impl ::std::convert::Into<{1}>) -> Self {{",
            property.name,
            property.ty.bare().text("")
        ));
        source.line(format!("self.{0} = Some({0}.into());", property.name));
        source.line("self");
        source.line("}");
    }
    source.line("}");
    source.line(format!(
        "impl ::std::convert::From<{name}> for ::serde_json::Map<::std::string::String, ::serde_json::Value> {{"
    ));
    source.line(INLINE);
    source.line(format!("fn from(config: {name}) -> Self {{"));
    source.line("crate::codec::to_json_map(&config)");
    source.line("}");
    source.line("}");
}

fn property(integration: &str, wire: &str, field: &ConfigField, acronyms: &Acronyms) -> Field {
    let bare = match field.r#type.as_str() {
        "boolean" => Type::Foreign("bool".into()),
        _ if !field.allowed_values.is_empty() => Type::Generated(enum_name(integration, wire)),
        _ => Type::string(),
    };
    let kind = match field.r#type.as_str() {
        "uri" => "A URL.",
        "generated" => "Made by LaunchDarkly's user interface for the other side to check.",
        _ => "",
    };
    let default = match &field.default {
        Some(serde_json::Value::String(text)) if text.is_empty() => String::new(),
        Some(value) => format!(
            "`{}` if left out.",
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        ),
        None => String::new(),
    };
    let secret = if field.secret { "A secret." } else { "" };
    let docs: Vec<&str> = [kind, secret, &default]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    Field {
        name: acronyms.join(&wire.to_snake_case()),
        wire: wire.to_owned(),
        docs: format!("The property `{wire}`. {}", docs.join(" ")),
        ty: if field.optional {
            Type::Option(Box::new(bare))
        } else {
            bare
        },
        required: !field.optional,
        secret: field.secret,
    }
}

fn enum_name(integration: &str, wire: &str) -> String {
    format!("{integration}{}", wire.to_upper_camel_case())
}

fn enumeration(source: &mut Source, integration: &str, wire: &str, field: &ConfigField) {
    let mut seen = BTreeSet::new();
    let variants: Vec<Variant> = field
        .allowed_values
        .iter()
        .map(|value| {
            let mut name = value.to_upper_camel_case();
            if !name.starts_with(|c: char| c.is_alphabetic()) {
                name.insert(0, 'V');
            }
            while !seen.insert(name.clone()) {
                name.push('_');
            }
            Variant {
                name,
                wire: value.clone(),
            }
        })
        .collect();
    let docs = format!("The values of `{wire}` that are known.");
    let name = enum_name(integration, wire);
    if let Shape::Enum { variants, unknown } = Shape::of_values(variants) {
        types::write_enum(source, &name, &docs, &variants, &unknown);
    }
}
