//! Generates the API client: with the feature `generate`.

use std::{collections::BTreeSet, env, error::Error, fs, path::Path};

use launchdarkly_api_codegen::{Document, Settings, api::Api};

use crate::Enabled;

/// Writes the code of the enabled features to `OUT_DIR`, where `src/generated.rs`
/// includes it.
pub fn code(features: BTreeSet<String>) -> Result<Enabled, Box<dyn Error>> {
    let folder = Path::new(crate::DOCUMENT);
    let mut settings = Settings::read(folder)?;
    settings.mocks = features.contains("httpmock");
    settings.descriptions = features.contains("schemars");
    settings.areas = Some(features);
    let api = Api::of(Document::read(&folder.join("openapi.yaml"))?, &settings)?;
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    fs::write(Path::new(&out).join("client.rs"), api.code(&settings))?;
    Ok(Enabled {
        operations: !api.operations.is_empty(),
        audit_log_entry: api.types.contains_key("AuditLogEntryRep"),
    })
}
