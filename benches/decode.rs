//! Decoding a page of flags of 5 MB: the crate's types against serde structs
//! written by hand for the same properties, and against `serde_json::Value`.

#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use cpu_time::ProcessTime;
use launchdarkly_api::types::FeatureFlags;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

const BYTES: usize = 5_000_000;
const ROUNDS: usize = 41;
const LEAST_OF_BY_HAND: f64 = 0.95;
const LEAST_OF_VALUE: f64 = 2.0;

/// The properties of the types, as somebody would write them down.
mod by_hand {
    use super::{BTreeMap, Deserialize, Value};

    #[derive(Deserialize)]
    pub struct Link {
        pub href: Option<String>,
        #[serde(rename = "type")]
        pub type_: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Flags {
        pub items: Vec<Flag>,
        #[serde(rename = "_links")]
        pub links: BTreeMap<String, Link>,
        pub total_count: Option<i64>,
        pub total_count_with_differences: Option<i64>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Kind {
        Boolean,
        Multivariate,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Flag {
        pub name: String,
        pub kind: Kind,
        pub description: Option<String>,
        pub key: String,
        #[serde(rename = "_version")]
        pub version: Option<i64>,
        pub creation_date: i64,
        pub include_in_snippet: Option<bool>,
        pub client_side_availability: Option<ClientSideAvailability>,
        pub variations: Vec<Variation>,
        pub temporary: bool,
        #[serde(default)]
        pub tags: Vec<String>,
        #[serde(rename = "_links")]
        pub links: BTreeMap<String, Link>,
        pub maintainer_id: Option<String>,
        #[serde(rename = "_maintainer")]
        pub maintainer: Option<Member>,
        pub maintainer_team_key: Option<String>,
        #[serde(rename = "_maintainerTeam")]
        pub maintainer_team: Option<Value>,
        #[serde(default)]
        pub goal_ids: Vec<String>,
        pub experiments: Option<Experiments>,
        #[serde(default)]
        pub custom_properties: BTreeMap<String, CustomProperty>,
        pub archived: Option<bool>,
        pub archived_date: Option<i64>,
        pub deprecated: Option<bool>,
        pub deprecated_date: Option<i64>,
        pub defaults: Option<Defaults>,
        #[serde(rename = "_purpose")]
        pub purpose: Option<String>,
        pub migration_settings: Option<Value>,
        #[serde(default)]
        pub environments: BTreeMap<String, Environment>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct ClientSideAvailability {
        pub using_mobile_key: Option<bool>,
        pub using_environment_id: Option<bool>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Variation {
        #[serde(rename = "_id")]
        pub id: Option<String>,
        pub value: Value,
        #[serde(rename = "_valueHash")]
        pub value_hash: Option<String>,
        pub description: Option<String>,
        pub name: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Member {
        #[serde(rename = "_links")]
        pub links: BTreeMap<String, Link>,
        #[serde(rename = "_id")]
        pub id: String,
        pub first_name: Option<String>,
        pub last_name: Option<String>,
        pub role: String,
        pub email: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Experiments {
        pub baseline_idx: i64,
        pub items: Vec<Value>,
    }

    #[derive(Deserialize)]
    pub struct CustomProperty {
        pub name: String,
        pub value: Vec<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Defaults {
        pub on_variation: i64,
        pub off_variation: i64,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Environment {
        pub on: bool,
        pub archived: bool,
        pub salt: String,
        pub sel: String,
        pub last_modified: i64,
        pub version: i64,
        #[serde(default)]
        pub targets: Vec<Target>,
        #[serde(default)]
        pub context_targets: Vec<Target>,
        #[serde(default)]
        pub rules: Vec<Rule>,
        pub fallthrough: Option<Fallthrough>,
        pub off_variation: Option<i64>,
        #[serde(default)]
        pub prerequisites: Vec<Prerequisite>,
        #[serde(rename = "_site")]
        pub site: Link,
        #[serde(rename = "_access")]
        pub access: Option<Value>,
        #[serde(rename = "_environmentName")]
        pub environment_name: String,
        pub track_events: bool,
        pub track_events_fallthrough: bool,
        #[serde(rename = "_debugEventsUntilDate")]
        pub debug_events_until_date: Option<i64>,
        #[serde(rename = "_summary")]
        pub summary: Option<Summary>,
        pub evaluation: Option<Value>,
        pub migration_settings: Option<Value>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Target {
        pub values: Vec<String>,
        pub variation: i64,
        pub context_kind: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Rule {
        #[serde(rename = "_id")]
        pub id: Option<String>,
        pub disabled: Option<bool>,
        pub variation: Option<i64>,
        pub rollout: Option<Rollout>,
        pub clauses: Vec<Clause>,
        pub track_events: bool,
        pub description: Option<String>,
        #[serde(rename = "ref")]
        pub ref_: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Clause {
        #[serde(rename = "_id")]
        pub id: Option<String>,
        pub attribute: String,
        pub op: String,
        pub values: Vec<Value>,
        pub context_kind: Option<String>,
        pub negate: bool,
    }

    #[derive(Deserialize)]
    pub struct Fallthrough {
        pub variation: Option<i64>,
        pub rollout: Option<Rollout>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Rollout {
        pub variations: Vec<Weighted>,
        pub experiment_allocation: Option<Value>,
        pub seed: Option<i64>,
        pub bucket_by: Option<String>,
        pub context_kind: Option<String>,
    }

    #[derive(Deserialize)]
    pub struct Weighted {
        pub variation: i64,
        pub weight: i64,
        #[serde(rename = "_untracked")]
        pub untracked: Option<bool>,
    }

    #[derive(Deserialize)]
    pub struct Prerequisite {
        pub key: String,
        pub variation: i64,
    }

    #[derive(Deserialize)]
    pub struct Summary {
        pub variations: BTreeMap<String, VariationSummary>,
        pub prerequisites: i64,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct VariationSummary {
        pub rules: i64,
        pub null_rules: i64,
        pub targets: i64,
        pub context_targets: Option<i64>,
        pub is_fallthrough: Option<bool>,
        pub is_off: Option<bool>,
        pub rollout: Option<i64>,
        pub bucket_by: Option<String>,
    }
}

fn link(path: &str) -> Value {
    json!({"href": path, "type": "application/json"})
}

fn environment(name: &str) -> Value {
    json!({
        "on": true, "archived": false, "salt": "YWx0ZXJuYXRlLnBhZ2U=", "sel": "45501b9314dc4641841af774cb038b96",
        "lastModified": 1_700_000_000_000_i64, "version": 61,
        "targets": [{"values": ["user-key-123abc", "user-key-456def"], "variation": 0, "contextKind": "user"}],
        "contextTargets": [{"values": ["org-1"], "variation": 1, "contextKind": "organization"}],
        "rules": [{
            "_id": "8906304e-d4f0-4e5a-9c52-d9f4a4d9f8b0", "variation": 1, "trackEvents": false,
            "description": "Beta testers",
            "clauses": [{"_id": "12ab3c45", "attribute": "email", "op": "endsWith", "negate": false,
                         "contextKind": "user", "values": ["@example.com", "@example.org"]}]
        }],
        "fallthrough": {"rollout": {"variations": [{"variation": 0, "weight": 60000}, {"variation": 1, "weight": 40000}],
                                    "contextKind": "user"}},
        "offVariation": 1, "prerequisites": [{"key": "another-flag", "variation": 0}],
        "_site": link("/default/production/features/a-flag"), "_environmentName": name,
        "trackEvents": false, "trackEventsFallthrough": false,
        "_summary": {"prerequisites": 1, "variations": {
            "0": {"rules": 1, "nullRules": 0, "targets": 2, "contextTargets": 0, "rollout": 60000},
            "1": {"rules": 0, "nullRules": 0, "targets": 1, "contextTargets": 1, "isOff": true}}}
    })
}

fn flag(index: usize) -> Value {
    json!({
        "name": format!("Flag {index}"), "kind": "boolean", "description": "What the flag is for, in a sentence or two.",
        "key": format!("flag-{index}"), "_version": 12, "creationDate": 1_690_000_000_000_i64,
        "includeInSnippet": true, "clientSideAvailability": {"usingMobileKey": true, "usingEnvironmentId": false},
        "variations": [{"_id": "e432f62b-55f6-49dd-a02f-eb24acf39d05", "value": true, "name": "On"},
                       {"_id": "a00bf58d-d252-476c-b915-15a74becacb4", "value": false, "name": "Off"}],
        "temporary": true, "tags": ["shop", "checkout", "beta"],
        "_links": {"parent": link("/api/v2/flags/default"), "self": link(&format!("/api/v2/flags/default/flag-{index}"))},
        "maintainerId": "569f183514f4432160000007",
        "_maintainer": {"_links": {"self": link("/api/v2/members/569f183514f4432160000007")},
                        "_id": "569f183514f4432160000007", "firstName": "Ariel", "lastName": "Flores",
                        "role": "reader", "email": "ariel@acme.com"},
        "goalIds": [], "experiments": {"baselineIdx": 0, "items": []},
        "customProperties": {"jira.issues": {"name": "Jira issues", "value": ["ABC-1", "ABC-2"]}},
        "archived": false, "deprecated": false, "defaults": {"onVariation": 0, "offVariation": 1},
        "environments": {"production": environment("Production"), "test": environment("Test")}
    })
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Duration {
    let began = ProcessTime::now();
    let value: T = serde_json::from_slice(body).unwrap();
    let time = began.elapsed();
    drop(value);
    time
}

fn main() -> ExitCode {
    let count = BYTES / serde_json::to_vec(&flag(0)).unwrap().len();
    let page = json!({
        "items": (0..count).map(flag).collect::<Vec<_>>(),
        "_links": {"self": link("/api/v2/flags/default")}, "totalCount": count
    });
    let body = serde_json::to_vec(&page).unwrap();
    let ours: FeatureFlags = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        serde_json::to_value(&ours.items[0].environments).unwrap(),
        page["items"][0]["environments"]
    );

    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(decode::<FeatureFlags>(&body));
        times[1].push(decode::<by_hand::Flags>(&body));
        times[2].push(decode::<Value>(&body));
    }
    #[allow(clippy::cast_precision_loss)]
    let megabytes = body.len() as f64 / 1e6;
    println!("A page of {count} flags, {megabytes:.1} MB; medians of {ROUNDS} rounds\n");
    let speeds = times.map(|mut times| {
        times.sort();
        megabytes / times[ROUNDS / 2].as_secs_f64()
    });
    for (name, speed) in [
        "the crate's types",
        "serde structs by hand",
        "serde_json::Value",
    ]
    .iter()
    .zip(speeds)
    {
        println!("{name:<24} {speed:>7.0} MB/s of CPU time");
    }
    let [ours, by_hand, value] = speeds;
    let good = [
        (ours / by_hand, LEAST_OF_BY_HAND, "of the speed by hand"),
        (ours / value, LEAST_OF_VALUE, "times the speed of Value"),
    ]
    .map(|(ratio, least, what)| {
        let good = ratio >= least;
        println!(
            "{} {ratio:.2} {what}, at least {least}",
            if good { "ok  " } else { "FAIL" }
        );
        good
    });
    if good == [true, true] {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
