//! An independent implementation of JSON Patch (RFC 6902): tests must not apply
//! patches with the code that made them.

use serde_json::Value;

/// Applies a patch completely or not at all (section 5).
pub fn apply(document: &mut Value, patch: &Value) -> Result<(), String> {
    let mut changed = document.clone();
    for operation in patch.as_array().ok_or("a patch is an array")? {
        carry_out(&mut changed, operation).map_err(|reason| format!("{operation}: {reason}"))?;
    }
    *document = changed;
    Ok(())
}

fn carry_out(document: &mut Value, operation: &Value) -> Result<(), &'static str> {
    let tokens = |member: &str| tokens(operation[member].as_str().ok_or("no pointer")?);
    let value = || operation.get("value").cloned().ok_or("no value");
    let path = tokens("path")?;
    match operation["op"].as_str() {
        Some("add") => add(document, &path, value()?),
        Some("remove") => remove(document, &path).map(drop),
        Some("replace") => {
            *existing(document, &path)? = value()?;
            Ok(())
        }
        Some("move") => {
            let from = tokens("from")?;
            if path.len() > from.len() && path.starts_with(&from) {
                return Err("moves a value into itself");
            }
            let value = remove(document, &from)?;
            add(document, &path, value)
        }
        Some("copy") => {
            let value = existing(document, &tokens("from")?)?.clone();
            add(document, &path, value)
        }
        Some("test") if is_equal(existing(document, &path)?, &value()?) => Ok(()),
        Some("test") => Err("the value is another one"),
        _ => Err("no such operation"),
    }
}

/// The reference tokens of a JSON Pointer (RFC 6901, section 4).
fn tokens(pointer: &str) -> Result<Vec<String>, &'static str> {
    match pointer.strip_prefix('/') {
        None if pointer.is_empty() => Ok(Vec::new()),
        None => Err("a pointer begins with a slash"),
        Some(rest) => Ok(rest
            .split('/')
            .map(|token| token.replace("~1", "/").replace("~0", "~"))
            .collect()),
    }
}

/// An index below a limit, without leading zeros.
fn index(token: &str, limit: usize) -> Result<usize, &'static str> {
    let index: usize = token.parse().map_err(|_| "no index")?;
    match index < limit && index.to_string() == token {
        true => Ok(index),
        false => Err("the index is out of range"),
    }
}

fn existing<'a>(document: &'a mut Value, path: &[String]) -> Result<&'a mut Value, &'static str> {
    path.iter().try_fold(document, |value, token| match value {
        Value::Object(members) => members.get_mut(token).ok_or("no such member"),
        Value::Array(elements) => {
            let index = index(token, elements.len())?;
            Ok(&mut elements[index])
        }
        _ => Err("it has nothing inside"),
    })
}

fn add(document: &mut Value, path: &[String], value: Value) -> Result<(), &'static str> {
    let Some((last, parent)) = path.split_last() else {
        *document = value;
        return Ok(());
    };
    match existing(document, parent)? {
        Value::Object(members) => drop(members.insert(last.clone(), value)),
        Value::Array(elements) if last == "-" => elements.push(value),
        Value::Array(elements) => elements.insert(index(last, elements.len() + 1)?, value),
        _ => return Err("it has nothing inside"),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &[String]) -> Result<Value, &'static str> {
    let Some((last, parent)) = path.split_last() else {
        return Ok(document.take());
    };
    match existing(document, parent)? {
        Value::Object(members) => members.remove(last).ok_or("no such member"),
        Value::Array(elements) => Ok(elements.remove(index(last, elements.len())?)),
        _ => Err("it has nothing inside"),
    }
}

/// Numbers are equal if their values are (section 4.6).
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| is_equal(value, other)))
        }
        _ => one == other,
    }
}
