//! `mod instructions`: the instructions of semantic patches as functions.

use std::collections::BTreeSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::{
    operation_builders::cfg,
    source::{INLINE, Source, literal},
};
use crate::{
    api::{Api, Type},
    overlay::{Acronyms, Instruction, InstructionModule, Parameter},
};

/// The documentation of the module of the instructions.
pub(super) fn module_docs(source: &mut Source) {
    source.docs(
        "The instructions of semantic patches, a module for each operation that accepts them \
         (LaunchDarkly documentation, \"Updates using semantic patch\").\n\nA function takes the \
         required parameters of its instruction; what it returns has setters for the optional \
         ones. Send an instruction that is not here by \
         [`Instruction::custom`](crate::Instruction::custom).",
    );
}

/// Whether an area has instructions.
pub(super) fn any(api: &Api, feature: &str) -> bool {
    of_area(api, feature).next().is_some()
}

/// The modules of an area's operations.
pub(super) fn write(source: &mut Source, api: &Api, feature: &str, acronyms: &Acronyms) {
    for (id, module) in of_area(api, feature) {
        source.line("");
        write_module(source, module, id, feature, acronyms);
    }
}

fn of_area<'a>(
    api: &'a Api,
    feature: &'a str,
) -> impl Iterator<Item = &'a (String, InstructionModule)> {
    let modules = api.instructions.iter();
    modules.filter(move |(id, _)| api.operations[id].area == feature)
}

fn write_module(
    source: &mut Source,
    module: &InstructionModule,
    id: &str,
    area: &str,
    acronyms: &Acronyms,
) {
    let argument = |parameter: &Parameter| argument(parameter, acronyms);
    source.docs(&format!(
        "The instructions of [`Client::{id}`](crate::Client::{id})."
    ));
    source.line(cfg(area));
    source.line(format!("pub mod {} {{", module.module));
    source.line("use crate::Instruction;");
    let mut names = BTreeSet::new();
    for instruction in &module.instructions {
        // Two kinds of one name after conversion: the first has it.
        let mut name = acronyms.join(&instruction.kind.to_snake_case());
        while !names.insert(name.clone()) {
            name.push('_');
        }
        source.line("");
        let (required, optional): (Vec<_>, Vec<_>) =
            instruction.parameters.iter().partition(|p| p.required);
        let kind = literal(&instruction.kind);
        let mut docs = instruction.description.clone();
        if !required.is_empty() {
            docs.push_str("\n\n");
            for parameter in &required {
                docs.push_str(&format!(
                    "- `{}`: {}\n",
                    argument(parameter),
                    one_line(&parameter.description)
                ));
            }
        }
        source.docs(&format!("`{}`: {docs}", instruction.kind));
        let environment = if instruction.environment {
            ".in_environment()"
        } else {
            ""
        };
        let returned = if optional.is_empty() {
            "Instruction".to_owned()
        } else {
            name.to_upper_camel_case()
        };
        let arguments: Vec<String> = required
            .iter()
            .map(|parameter| format!("{}: {}", argument(parameter), ty(parameter)))
            .collect();
        if instruction.deprecated {
            source.line("#[deprecated = \"LaunchDarkly has deprecated this instruction\"]");
        }
        source.line(INLINE);
        source.line(format!(
            "pub fn {name}({}) -> {returned} {{",
            arguments.join(", ")
        ));
        let mut made = format!("Instruction::of({kind}){environment}");
        for parameter in &required {
            made.push_str(&with(parameter, &argument(parameter)));
        }
        if optional.is_empty() {
            source.line(made);
        } else {
            source.line(format!("{returned}({made})"));
        }
        source.line("}");
        if optional.is_empty() {
            continue;
        }
        source.docs(&format!(
            "The instruction `{}`, with setters for its optional parameters.",
            instruction.kind
        ));
        source.line("#[derive(Debug, Clone, PartialEq)]");
        source.line("#[must_use = \"an instruction does nothing outside a patch\"]");
        source.line(format!("pub struct {returned}(Instruction);"));
        source.line(format!("impl {returned} {{"));
        for parameter in optional {
            source.docs(&parameter.description);
            source.line(format!(
                "pub fn {}(self, {}: {}) -> Self {{",
                argument(parameter),
                argument(parameter),
                ty(parameter)
            ));
            source.line(format!(
                "Self(self.0{})",
                with(parameter, &argument(parameter))
            ));
            source.line("}");
        }
        source.line("}");
        source.line(format!(
            "impl ::std::convert::From<{returned}> for Instruction {{"
        ));
        source.line(INLINE);
        source.line(format!("fn from(instruction: {returned}) -> Self {{"));
        source.line("instruction.0");
        source.line("}");
        source.line("}");
        // Outside a patch.
        let object = "::serde_json::Map<::std::string::String, ::serde_json::Value>";
        source.line(format!(
            "impl ::std::convert::TryFrom<{returned}> for {object} {{"
        ));
        source.line("type Error = crate::InvalidInstruction;");
        source.line(INLINE);
        source.line(format!(
            "fn try_from(instruction: {returned}) -> ::std::result::Result<Self, Self::Error> {{"
        ));
        source.line("Self::try_from(instruction.0)");
        source.line("}");
        source.line("}");
    }
    source.line("}");
}

fn argument(parameter: &Parameter, acronyms: &Acronyms) -> String {
    let name = acronyms.join(&parameter.name.to_snake_case());
    if typify::accept_as_ident(&name) {
        name
    } else {
        // A keyword.
        format!("{name}_")
    }
}

/// The call that makes an instruction, in a crate that imports `instructions`;
/// `value` gives the arguments.
pub(super) fn call(
    module: &InstructionModule,
    instruction: &Instruction,
    acronyms: &Acronyms,
    value: impl Fn(&Parameter) -> String,
) -> String {
    let required = instruction.parameters.iter().filter(|one| one.required);
    let arguments: Vec<String> = required.map(value).collect();
    format!(
        "instructions::{}::{}({})",
        module.module,
        acronyms.join(&instruction.kind.to_snake_case()),
        arguments.join(", ")
    )
}

/// The type of a parameter as an argument.
fn ty(parameter: &Parameter) -> String {
    let ty = match parameter.r#type.as_str() {
        "string" => "impl ::std::convert::Into<::std::string::String>",
        "integer" => "i64",
        "number" => "f64",
        "boolean" => "bool",
        "epoch-millis" => {
            return format!(
                "impl ::std::convert::Into<{}>",
                Type::unix_millis().text("")
            );
        }
        "rollout-weights" => "impl ::std::convert::Into<crate::RolloutWeights>",
        "list<string>" => {
            "impl ::std::iter::IntoIterator<Item = impl ::std::convert::Into<::std::string::String>>"
        }
        _ => "impl ::serde::Serialize",
    };
    ty.to_owned()
}

/// The call that adds a parameter.
fn with(parameter: &Parameter, argument: &str) -> String {
    let name = literal(&parameter.name);
    match parameter.r#type.as_str() {
        "list<string>" => format!(".with_list({name}, {argument})"),
        "rollout-weights" => format!(".with_rollout_weights({name}, {argument})"),
        "string" => format!(
            ".with({name}, ::std::convert::Into::<::std::string::String>::into({argument}))"
        ),
        "epoch-millis" => {
            let ty = Type::unix_millis().text("");
            format!(".with({name}, ::std::convert::Into::<{ty}>::into({argument}))")
        }
        _ => format!(".with({name}, {argument})"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
