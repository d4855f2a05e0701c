//! The example of an operation: a complete call with its required arguments.

use heck::ToKebabCase;
use serde_json::Value;

use super::{instructions, source::literal};
use crate::{
    Settings,
    api::{Api, Body, Field, Operation, PatchFormat, Response, Shape, Type},
    overlay::Examples,
};

/// The width of a builder that stays in one line.
const WIDTH: usize = 70;

/// How deep the bodies of examples are.
const DEPTH: usize = 5;

impl Api {
    /// The example of an operation, by the name of the client's method: statements
    /// that use `launchdarkly_api`, for a function that returns a `Result`. `None`
    /// if there is no such operation.
    #[must_use]
    pub fn example(&self, id: &str, settings: &Settings) -> Option<String> {
        let operation = self.operations.get(id)?;
        let writer = Writer {
            api: self,
            settings,
            operation,
        };
        Some(writer.write(id))
    }
}

/// An example as Markdown.
pub(super) fn markdown(api: &Api, id: &str, settings: &Settings) -> String {
    let Some(code) = api.example(id, settings) else {
        return String::new();
    };
    let is_tested = settings.examples.tested.contains(&api.operations[id].id);
    let attribute = if is_tested { "no_run" } else { "ignore" };
    let (imports, call) = code.split_once("\n\n").unwrap_or(("", &code));
    format!(
        "# Example\n\n```{attribute}\n{imports}\n\n\
         # async fn example() -> Result<(), Box<dyn std::error::Error>> {{\n{call}\n\
         # Ok(())\n# }}\n```\n"
    )
}

struct Writer<'a> {
    api: &'a Api,
    settings: &'a Settings,
    operation: &'a Operation,
}

impl Writer<'_> {
    fn write(&self, id: &str) -> String {
        let operation = self.operation;
        let mut call = format!("client\n    .{id}()");
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let value = self.argument(&parameter.wire, &parameter.ty, 1);
            call.push_str(&format!("\n    .{}({value})", parameter.setter));
        }
        match &operation.body {
            Some(Body::Json {
                setter,
                ty,
                required,
                ..
            }) if *required || self.sets(ty) => {
                call.push_str(&format!(
                    "\n    .{setter}({})",
                    self.argument("body", ty, 1)
                ));
            }
            Some(Body::Patch {
                setter, formats, ..
            }) => {
                let patch = self.patch(id, formats);
                call.push_str(&format!("\n    .{setter}({patch})"));
            }
            Some(Body::Json { .. } | Body::Multipart(_)) | None => {}
        }
        for field in operation.form().iter().filter(|field| field.required) {
            let content = if field.is_file { "content" } else { "text" };
            call.push_str(&format!("\n    .{}({})", field.setter, literal(content)));
        }
        let statements = match &operation.response {
            _ if operation.list.is_some() => format!(
                "let mut items = {call}\n    .items();\n\
                 while let Some(item) = items.try_next().await? {{\n    println!(\"{{item:?}}\");\n}}"
            ),
            Response::Json(_) => format!(
                "let response = {call}\n    .send()\n    .await?;\nprintln!(\"{{:?}}\", *response);"
            ),
            Response::Bytes => format!(
                "let response = {call}\n    .send()\n    .await?;\nprintln!(\"{{}}\", response.status());"
            ),
            Response::Empty => format!("{call}\n    .send()\n    .await?;"),
        };
        let imports: Vec<&str> = [
            "Client",
            "Instruction",
            "JsonPatch",
            "MergePatch",
            "SemanticPatch",
            "UnixMillis",
            "instructions",
            "types",
        ]
        .into_iter()
        .filter(|name| *name == "Client" || names(&statements, name))
        .collect();
        let imports = match imports.as_slice() {
            [one] => (*one).to_owned(),
            all => format!("{{{}}}", all.join(", ")),
        };
        format!(
            "use launchdarkly_api::{imports};\n\nlet client = Client::from_env()?;\n{statements}"
        )
    }

    /// Whether the example sets properties of a body that is not required.
    fn sets(&self, ty: &Type) -> bool {
        !self.fields(ty).is_empty()
    }

    /// The fields of an object that the example sets.
    fn fields(&self, ty: &Type) -> Vec<&Field> {
        let Some(definition) = ty.generated().and_then(|name| self.api.types.get(name)) else {
            return Vec::new();
        };
        let Examples { properties, .. } = &self.settings.examples;
        let wanted = properties.get(&self.operation.id);
        let is_wanted = |field: &Field| {
            field.required || wanted.is_some_and(|names| names.contains(&field.wire))
        };
        definition
            .fields()
            .iter()
            .filter(|field| is_wanted(field))
            .collect()
    }

    /// A value for a setter, which converts it.
    fn argument(&self, wire: &str, ty: &Type, depth: usize) -> String {
        match ty.bare() {
            Type::Vec(inner) => format!("[{}]", self.argument(wire, inner, depth)),
            Type::Box(inner) => self.argument(wire, inner, depth),
            ty if self.api.is_struct(ty) => self.builder(ty, depth),
            ty if *ty == Type::string() => self.text(wire),
            ty if wire == "instructions" && ty.text("").starts_with("::serde_json::Map") => {
                "launchdarkly_api::Instruction::custom(\"turnFlagOn\", ())".to_owned()
            }
            ty => self.value(wire, ty, depth),
        }
    }

    /// A builder of an object.
    fn builder(&self, ty: &Type, depth: usize) -> String {
        let name = ty.text("types::");
        let setters: Vec<String> = self
            .fields(ty)
            .into_iter()
            .filter(|_| depth < DEPTH)
            .map(|field| {
                let setter = if field.name == "build" {
                    "build_property"
                } else {
                    &field.name
                };
                format!(
                    ".{setter}({})",
                    self.argument(&field.wire, &field.ty, depth + 1)
                )
            })
            .collect();
        let line = format!("{name}::builder(){}", setters.concat());
        if setters.is_empty() || (line.len() <= WIDTH && !line.contains('\n')) {
            return line;
        }
        let indent = format!("\n{}", "    ".repeat(depth + 1));
        format!("{name}::builder(){indent}{}", setters.join(&indent))
    }

    /// A value of exactly this type. A type may contain itself, so values deeper than
    /// [`DEPTH`] are empty.
    fn value(&self, wire: &str, ty: &Type, depth: usize) -> String {
        let is_empty = depth >= DEPTH;
        let depth = depth + usize::from(ty.generated().is_some());
        let known = self.settings.examples.values.get(wire);
        match ty {
            Type::Option(_) if is_empty => "None".to_owned(),
            Type::Vec(_) if is_empty => "Vec::new()".to_owned(),
            Type::Option(inner) => format!("Some({})", self.value(wire, inner, depth)),
            Type::Box(inner) => format!("Box::new({})", self.value(wire, inner, depth)),
            Type::Vec(inner) => format!("vec![{}]", self.value(wire, inner, depth)),
            Type::Map(_) => "std::collections::BTreeMap::new()".to_owned(),
            Type::Generated(name) => match self.api.types.get(name).map(|one| &one.shape) {
                Some(Shape::Enum { variants, .. }) => {
                    let known = known.and_then(Value::as_str);
                    let variant = variants.iter().find(|one| Some(one.wire.as_str()) == known);
                    match variant.or(variants.first()) {
                        Some(variant) => format!("types::{name}::{}", variant.name),
                        None => format!("types::{name}::from({})", self.text(wire)),
                    }
                }
                Some(Shape::Union {
                    alternatives,
                    unknown,
                }) => match alternatives.first() {
                    Some(one) if !is_empty && !self.api.is_struct(&one.ty) => {
                        format!(
                            "types::{name}::{}({})",
                            one.name,
                            self.value(wire, &one.ty, depth)
                        )
                    }
                    _ => format!("types::{name}::{unknown}(serde_json::json!({{}}))"),
                },
                Some(Shape::Wrapper(ty)) => {
                    format!("types::{name}({})", self.value(wire, ty, depth))
                }
                Some(Shape::Struct(_)) | None => format!("{}.build()?", self.builder(ty, depth)),
            },
            ty if *ty == Type::string() => format!("{}.to_owned()", self.text(wire)),
            ty if *ty == Type::unix_millis() => "UnixMillis::from(1_750_000_000_000)".to_owned(),
            Type::Foreign(text) => match text.as_str() {
                "bool" => known.and_then(Value::as_bool).unwrap_or(true).to_string(),
                "f32" | "f64" => "1.0".to_owned(),
                text if text.starts_with("::serde_json::Map") => {
                    "serde_json::Map::new()".to_owned()
                }
                text if text.contains("Value") => {
                    "serde_json::json!({\"key\": \"value\"})".to_owned()
                }
                _ => known.and_then(Value::as_i64).unwrap_or(1).to_string(),
            },
        }
    }

    /// A string literal.
    fn text(&self, wire: &str) -> String {
        let words = wire.to_kebab_case();
        literal(&match self.settings.examples.values.get(wire) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None if words == "id" || words.ends_with("-id") => {
                "5a580a01b4ff89217bdf9dc1".to_owned()
            }
            None => format!("my-{}", words.strip_suffix("-key").unwrap_or(&words)),
        })
    }

    /// A patch in the format that shows most.
    fn patch(&self, id: &str, formats: &[PatchFormat]) -> String {
        let modules = self.api.instructions.iter();
        let instruction = modules
            .filter(|(operation, _)| operation == id)
            .find_map(|(_, module)| Some((module, module.instructions.first()?)));
        match formats {
            formats if formats.contains(&PatchFormat::Semantic) => {
                let mut patch = "SemanticPatch::new()".to_owned();
                let line = "\n            ";
                let instruction = match instruction {
                    Some((module, instruction)) => {
                        if instruction.environment {
                            patch.push_str(&format!("{line}.environment_key(\"production\")"));
                        }
                        let acronyms = &self.settings.names.acronyms;
                        instructions::call(module, instruction, acronyms, |parameter| {
                            self.parameter(&parameter.name, &parameter.r#type)
                        })
                    }
                    None => {
                        "Instruction::custom(\"updateName\", serde_json::json!({\"value\": \"New name\"}))"
                            .to_owned()
                    }
                };
                format!("\n        {patch}{line}.instruction({instruction}),\n    ")
            }
            [PatchFormat::Merge, ..] => "MergePatch::new().set(\"name\", \"New name\")".to_owned(),
            _ => "JsonPatch::new().replace(\"/name\", \"New name\")".to_owned(),
        }
    }

    /// A value for the parameter of an instruction.
    fn parameter(&self, name: &str, ty: &str) -> String {
        match ty {
            "string" => self.text(name),
            "integer" => "1".to_owned(),
            "number" => "1.0".to_owned(),
            "boolean" => "true".to_owned(),
            "epoch-millis" => "UnixMillis::from(1_750_000_000_000)".to_owned(),
            "list<string>" => format!("[{}]", self.text(name)),
            "rollout-weights" => "[(\"12ab34cd\", 100_000)]".to_owned(),
            list if list.starts_with("list") => "serde_json::json!([])".to_owned(),
            _ => "serde_json::json!({})".to_owned(),
        }
    }
}

/// Whether code has a path that begins with this name.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(start, _)| {
        !code[..start].ends_with(|character: char| character.is_alphanumeric() || character == ':')
    })
}
