//! Patches: formats, `modify`, and the errors of rejected patches.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;
use launchdarkly_api::{
    Client, Conflict, Error, Instruction, JsonPatch, MODIFY_ATTEMPTS, MergePatch, PatchDocument,
    SemanticPatch, builder, format,
    instructions::flags,
    instructions::segments,
    modify,
    types::{Clause, Environment, FeatureFlag},
};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{
    rfc6902,
    support::{self, Request, Wire, answer},
};

const SEMANTIC: &str = "application/json; domain-model=launchdarkly.semanticpatch";

fn flag(version: u32, tags: &[&str]) -> Vec<u8> {
    let flag = json!({"key": "f", "name": "F", "_version": version, "tags": tags});
    answer("200 OK", "application/json", &flag.to_string())
}

fn refused(status: &str, code: &str, message: &str) -> Vec<u8> {
    let body = json!({"code": code, "message": message});
    answer(status, "application/json", &body.to_string())
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

async fn sent<P: PatchDocument>(patch: P) -> (String, Value)
where
    builder::feature_flags::PatchFeatureFlag: launchdarkly_api::AcceptsPatch<P::Format>,
{
    let wire = Wire::answering(flag(2, &[])).await;
    support::client(wire.url())
        .patch_feature_flag()
        .project_key("p")
        .feature_flag_key("f")
        .body(patch)
        .send()
        .await
        .unwrap();
    let request = wire.requests().remove(0);
    assert_eq!(request.line(), "PATCH /api/v2/flags/p/f");
    let content_type = request.header("content-type");
    assert_eq!(content_type.len(), 1);
    (content_type[0].to_owned(), body(&request))
}

#[tokio::test]
async fn each_patch_format_has_its_header_and_comment() {
    let json_patch = JsonPatch::new().replace("/name", "G");
    let operations = json!([{"op": "replace", "path": "/name", "value": "G"}]);
    let merge = MergePatch::new().set("name", "G").delete("description");
    let merged = json!({"name": "G", "description": null});
    let plain = "application/json".to_owned();
    assert_eq!(
        sent(json_patch.clone()).await,
        (plain.clone(), operations.clone())
    );
    assert_eq!(
        sent(json_patch.comment("why")).await,
        (
            plain.clone(),
            json!({"comment": "why", "patch": operations})
        )
    );
    assert_eq!(sent(merge.clone()).await, (plain.clone(), merged.clone()));
    assert_eq!(
        sent(merge.comment("why")).await,
        (plain, json!({"comment": "why", "merge": merged}))
    );
    let semantic = SemanticPatch::new()
        .environment_key("production")
        .comment("why")
        .instruction(flags::turn_flag_on())
        .instruction(Instruction::custom("new", json!({"value": 1})));
    let document = json!({
        "environmentKey": "production",
        "comment": "why",
        "instructions": [{"kind": "turnFlagOn"}, {"kind": "new", "value": 1}],
    });
    assert_eq!(sent(semantic).await, (SEMANTIC.to_owned(), document));
}

#[tokio::test]
async fn an_instruction_has_its_required_and_optional_parameters() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    support::client(wire.url())
        .patch_segment()
        .project_key("p")
        .environment_key("e")
        .segment_key("s")
        .body(
            SemanticPatch::new()
                .environment_key("e")
                .instruction(segments::add_included_targets("user", ["a", "b"])),
        )
        .send()
        .await
        .unwrap();
    let request = wire.requests().remove(0);
    assert_eq!(
        body(&request),
        json!({"environmentKey": "e", "instructions": [
            {"kind": "addIncludedTargets", "contextKind": "user", "values": ["a", "b"]}
        ]})
    );
    assert_eq!(request.header("content-type"), [SEMANTIC]);
}

#[tokio::test]
async fn an_invalid_patch_is_an_error_before_any_io() {
    let wire = Wire::answering(flag(1, &[])).await;
    let client = support::client(wire.url());
    let call = || {
        client
            .patch_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
    };
    let errors = [
        call().send().await.unwrap_err(),
        call().body(SemanticPatch::new()).send().await.unwrap_err(),
        call()
            .body(SemanticPatch::new().instruction(flags::turn_flag_on()))
            .send()
            .await
            .unwrap_err(),
        call()
            .body(JsonPatch::new().remove("x"))
            .send()
            .await
            .unwrap_err(),
        call().body(MergePatch::of(1)).send().await.unwrap_err(),
    ];
    assert!(errors.iter().all(Error::is_invalid_input));
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(wire.requests().is_empty());
}

async fn modified(wire: &Wire) -> Result<FeatureFlag, Error> {
    let client = support::client(wire.url());
    modify(
        || {
            client
                .get_feature_flag()
                .project_key("p")
                .feature_flag_key("f")
                .send()
        },
        |flag| flag.tags.push("new".to_owned()),
        |patch| {
            client
                .patch_feature_flag()
                .project_key("p")
                .feature_flag_key("f")
                .body(patch)
                .send()
        },
    )
    .await
}

#[tokio::test]
async fn modify_starts_again_after_a_concurrent_change() {
    let overtaken = refused(
        "409 Conflict",
        "optimistic_locking_error",
        "Conflict. Try again.",
    );
    let wire = Wire::script([
        flag(3, &["a"]),
        overtaken,
        flag(4, &["a", "b"]),
        flag(5, &["a", "b", "new"]),
    ])
    .await;
    let flag = modified(&wire).await.unwrap();
    assert_eq!(flag.tags, ["a", "b", "new"]);
    let requests = wire.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!(
        body(&requests[1]),
        json!([
            {"op": "test", "path": "/_version", "value": 3},
            {"op": "add", "path": "/tags/1", "value": "new"},
        ])
    );
    assert_eq!(
        body(&requests[3]),
        json!([
            {"op": "test", "path": "/_version", "value": 4},
            {"op": "add", "path": "/tags/2", "value": "new"},
        ])
    );
}

#[tokio::test]
async fn modify_stops_after_its_attempts_and_after_other_errors() {
    let failed = refused("422 Unprocessable Entity", "patch_failed", "test failed");
    let wire = Wire::start(move |request| match request.line().starts_with("GET") {
        true => flag(3, &[]),
        false => failed.clone(),
    })
    .await;
    assert_eq!(
        modified(&wire).await.unwrap_err().code(),
        Some("patch_failed")
    );
    assert_eq!(wire.requests().len(), 2 * MODIFY_ATTEMPTS as usize);

    let wire = Wire::script([flag(3, &[]), refused("403 Forbidden", "forbidden", "no")]).await;
    assert!(modified(&wire).await.unwrap_err().is_forbidden());
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn modify_sends_nothing_without_a_change() {
    let wire = Wire::answering(flag(3, &["new"])).await;
    let client = support::client(wire.url());
    let read = || {
        client
            .get_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
            .send()
    };
    let flag = modify(read, |_| {}, |_| read()).await.unwrap();
    assert_eq!(flag.tags, ["new"]);
    assert_eq!(wire.requests().len(), 1);
}

/// A server with one resource. It applies patches and rejects those that fail.
struct Resource {
    document: Arc<Mutex<Value>>,
    wire: Wire,
    client: Client,
}

impl Resource {
    async fn new(document: Value) -> Self {
        Self::refusing("422 Unprocessable Entity", "patch_failed", document).await
    }

    async fn refusing(status: &'static str, code: &'static str, document: Value) -> Self {
        let document = Arc::new(Mutex::new(document));
        let shared = Arc::clone(&document);
        let wire = Wire::start(move |request| {
            let mut document = shared.lock().unwrap();
            if request.line().starts_with("PATCH") {
                if rfc6902::apply(&mut document, &body(request)).is_err() {
                    return refused(status, code, "Could not apply patch.");
                }
                if let Some(version) = document["_version"].as_u64() {
                    document["_version"] = json!(version + 1);
                }
            }
            answer("200 OK", "application/json", &document.to_string())
        })
        .await;
        let client = support::client(wire.url());
        Self {
            document,
            wire,
            client,
        }
    }

    fn document(&self) -> Value {
        self.document.lock().unwrap().clone()
    }

    /// The received patches.
    fn patches(&self) -> Vec<Value> {
        let requests = self.wire.requests();
        let patches = requests
            .iter()
            .filter(|request| request.line().starts_with("PATCH"));
        patches.map(body).collect()
    }

    async fn modify_flag(&self, change: impl FnMut(&mut FeatureFlag)) -> FeatureFlag {
        let client = &self.client;
        let read = || {
            client
                .get_feature_flag()
                .project_key("p")
                .feature_flag_key("f")
                .send()
        };
        let write = |patch| {
            let call = client
                .patch_feature_flag()
                .project_key("p")
                .feature_flag_key("f");
            call.body(patch).send()
        };
        modify(read, change, write).await.unwrap()
    }

    async fn modify_environment(
        &self,
        change: impl FnMut(&mut Environment),
    ) -> Result<Environment, Error> {
        self.modify_environment_with(&Barrier::new(1), change).await
    }

    /// Writes after all writers of the barrier have read.
    async fn modify_environment_with(
        &self,
        all_have_read: &Barrier,
        change: impl FnMut(&mut Environment),
    ) -> Result<Environment, Error> {
        let client = &self.client;
        let is_first = Cell::new(true);
        let read = async || {
            let call = client.get_environment().project_key("p");
            let environment = call.environment_key("e").send().await;
            if is_first.take() {
                all_have_read.wait().await;
            }
            environment
        };
        let write = |patch| {
            let call = client.patch_environment().project_key("p");
            call.environment_key("e").body(patch).send()
        };
        modify(read, change, write).await
    }
}

#[tokio::test]
async fn concurrent_changes_of_an_array_without_version_are_all_kept() {
    for (renamed, end) in [("c", ["b", "z"]), ("b", ["z", "c"])] {
        let resource = Resource::new(json!({"key": "e", "tags": ["a", "b", "c"]})).await;
        let both = Barrier::new(2);
        let remove = resource.modify_environment_with(&both, |environment| {
            environment.tags.retain(|tag| tag != "a");
        });
        let rename = resource.modify_environment_with(&both, |environment| {
            for tag in environment.tags.iter_mut().filter(|tag| *tag == renamed) {
                *tag = "z".to_owned();
            }
        });
        let (removed, renamed) = tokio::join!(remove, rename);
        removed.unwrap();
        renamed.unwrap();
        assert_eq!(resource.document()["tags"], json!(end));
    }
}

#[tokio::test]
async fn elements_added_by_concurrent_writers_are_all_kept() {
    for tags in [json!(null), json!([]), json!(["x"])] {
        let resource = Resource::new(json!({"key": "e", "tags": tags})).await;
        let all = Barrier::new(3);
        let writers = ["a", "b", "c"].map(|tag| {
            let add = move |environment: &mut Environment| environment.tags.push(tag.to_owned());
            resource.modify_environment_with(&all, add)
        });
        for written in join_all(writers).await {
            written.unwrap();
        }
        let mut expected = tags.as_array().cloned().unwrap_or_default();
        expected.extend(["a", "b", "c"].map(Value::from));
        let end = resource.document();
        let mut found = end["tags"].as_array().unwrap().clone();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn unknown_properties_stay_with_their_element() {
    let variations = json!([
        {"_id": "1", "value": 1, "unknown": "of 1"},
        {"_id": "2", "value": 2, "unknown": "of 2"},
    ]);
    let document = json!({"key": "f", "_version": 3, "variations": variations, "unknown": null});
    let resource = Resource::new(document).await;
    let flag = resource
        .modify_flag(|flag| {
            flag.variations.remove(0);
            flag.variations[0].name = Some("two".to_owned());
        })
        .await;
    assert_eq!(flag.variations.len(), 1);
    let kept = json!([{"_id": "2", "value": 2, "name": "two", "unknown": "of 2"}]);
    assert_eq!(
        resource.document(),
        json!({"key": "f", "_version": 4, "variations": kept, "unknown": null})
    );
}

#[tokio::test]
async fn unknown_properties_are_part_of_no_patch() {
    let resource = Resource::new(json!({
        "key": "f", "_version": 3, "unknown": 1,
        "defaults": {"onVariation": 0, "offVariation": 1, "unknown": 2},
        "variations": [{"_id": "1", "value": 1, "unknown": 3}],
    }))
    .await;
    resource
        .modify_flag(|flag| {
            // A new object in place of one with an unknown property, and a copy
            // of an element with one.
            flag.defaults = Some(serde_json::from_value(json!({"onVariation": 1})).unwrap());
            let mut copy = flag.variations[0].clone();
            assert_eq!(copy.extra()["unknown"], 3);
            copy.id = Some("2".to_owned());
            flag.variations.push(copy);
        })
        .await;
    let patches = serde_json::to_string(&resource.patches()).unwrap();
    assert!(!patches.contains("unknown"), "{patches}");
    assert_eq!(
        resource.document(),
        json!({
            "key": "f", "_version": 4, "unknown": 1,
            "defaults": {"onVariation": 1, "offVariation": 0, "unknown": 2},
            "variations": [
                {"_id": "1", "value": 1, "unknown": 3},
                {"_id": "2", "value": 1},
            ],
        })
    );
}

#[tokio::test]
async fn a_sorted_array_is_replaced_if_that_is_shorter() {
    let texts: Vec<String> = (10..60).map(|number| format!("tag-{number}")).collect();
    let backwards: Vec<&String> = texts.iter().rev().collect();
    let replace = json!({"op": "replace", "path": "/tags", "value": texts});
    for (version, test) in [
        (
            json!(null),
            json!({"op": "test", "path": "/tags", "value": backwards}),
        ),
        (
            json!(7),
            json!({"op": "test", "path": "/_version", "value": 7}),
        ),
    ] {
        let document = json!({"key": "f", "_version": version, "tags": backwards});
        let resource = Resource::new(document).await;
        resource.modify_flag(|flag| flag.tags.sort()).await;
        assert_eq!(resource.patches(), [json!([test, replace])]);
    }
    // The elements of other arrays move, with their unknown properties.
    let variations: Vec<_> = (1..20)
        .map(|n| json!({"_id": n.to_string(), "value": n, "unknown": n}))
        .collect();
    let document = json!({"key": "f", "_version": 7, "variations": variations});
    let resource = Resource::new(document).await;
    resource.modify_flag(|flag| flag.variations.reverse()).await;
    let moves = resource.patches()[0].as_array().unwrap().len() - 1;
    assert_eq!(moves, variations.len() - 1);
}

#[tokio::test]
async fn an_empty_or_repeated_identity_is_ignored() {
    for id in [json!(""), json!(null), json!("same")] {
        let variation = |value: u32| json!({"_id": id, "value": value, "unknown": value});
        let document = json!({
            "key": "f", "_version": 3, "variations": [variation(1), variation(2), variation(3)],
        });
        let resource = Resource::new(document).await;
        let rename_second = |flag: &mut FeatureFlag| {
            flag.variations.remove(0);
            flag.variations[0].name = Some("two".to_owned());
        };
        resource.modify_flag(rename_second).await;
        let mut second = variation(2);
        second["name"] = json!("two");
        let expected = json!([second, variation(3)]);
        assert_eq!(resource.document()["variations"], expected);
    }
}

#[tokio::test]
async fn unknown_properties_are_not_moved_to_an_ambiguous_element() {
    let prerequisite =
        |variation: u32| json!({"key": "same", "variation": variation, "unknown": variation});
    let prerequisites = [prerequisite(1), prerequisite(2), prerequisite(3)];
    let resource = Resource::new(json!({
        "key": "f", "_version": 3, "environments": {"a": {"prerequisites": prerequisites}},
    }))
    .await;
    // Either the first or the second element can be the one with 9.
    let change = |flag: &mut FeatureFlag| {
        let prerequisites = &mut flag.environments.get_mut("a").unwrap().prerequisites;
        prerequisites.remove(0);
        prerequisites[0].variation = 9;
    };
    resource.modify_flag(change).await;
    assert_eq!(
        resource.document()["environments"]["a"]["prerequisites"],
        json!([{"key": "same", "variation": 9}, prerequisite(3)])
    );
}

#[tokio::test]
async fn modify_does_not_repeat_a_change_that_may_have_been_applied() {
    // The server applies the change, but its response is lost. It would reject the
    // same patch afterwards.
    let wire = Wire::script([
        flag(1, &[]),
        Vec::new(),
        refused("409 Conflict", "conflict", "The patch failed."),
        flag(2, &["new"]),
    ])
    .await;
    let client = Client::builder()
        .access_token(support::TOKEN)
        .base_url(wire.url())
        .build()
        .unwrap()
        .idempotent();
    let call = || {
        client
            .get_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
    };
    let write = |patch| {
        let call = client.patch_feature_flag().project_key("p");
        call.feature_flag_key("f").body(patch).send()
    };
    let push = |flag: &mut FeatureFlag| flag.tags.push("new".to_owned());
    let error = modify(|| call().send(), push, write).await.unwrap_err();
    assert!(error.is_conflict() && error.outcome_unknown(), "{error}");
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn removing_the_first_of_many_elements_is_one_operation() {
    let tags: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let remove = json!({"op": "remove", "path": "/tags/0"});
    let test = json!({"op": "test", "path": "/tags/0", "value": "0"});

    let resource = Resource::new(json!({"key": "e", "tags": tags})).await;
    resource
        .modify_environment(|environment| drop(environment.tags.remove(0)))
        .await
        .unwrap();
    assert_eq!(resource.patches(), [json!([test, remove])]);

    let resource = Resource::new(json!({"key": "f", "_version": 7, "tags": tags})).await;
    resource.modify_flag(|flag| drop(flag.tags.remove(0))).await;
    let test = json!({"op": "test", "path": "/_version", "value": 7});
    assert_eq!(resource.patches(), [json!([test, remove])]);
}

#[tokio::test]
async fn a_null_or_missing_value_is_added_as_a_whole() {
    let add = json!({"op": "add", "path": "/tags", "value": ["new"]});
    let test = json!({"op": "test", "path": "/tags", "value": null});
    for (document, patch) in [
        (json!({"key": "e"}), json!([add])),
        (json!({"key": "e", "tags": null}), json!([test, add])),
    ] {
        let resource = Resource::new(document).await;
        let change = |environment: &mut Environment| environment.tags.push("new".to_owned());
        let environment = resource.modify_environment(change).await.unwrap();
        assert_eq!(environment.tags, ["new"]);
        assert_eq!(resource.patches(), [patch]);
    }
}

#[tokio::test]
async fn a_flags_configuration_in_an_environment_is_guarded_by_its_own_version() {
    let resource = Resource::new(json!({
        "key": "f", "_version": 3,
        "environments": {"a": {"on": true, "version": 5}, "b": {"on": true, "version": 6}},
    }))
    .await;
    let turn_off = |flag: &mut FeatureFlag| flag.environments.get_mut("a").unwrap().on = false;
    resource.modify_flag(turn_off).await;
    assert_eq!(
        resource.patches(),
        [json!([
            {"op": "test", "path": "/_version", "value": 3},
            {"op": "test", "path": "/environments/a/version", "value": 5},
            {"op": "replace", "path": "/environments/a/on", "value": false},
        ])]
    );
}

#[tokio::test]
async fn a_resource_whose_patch_returns_another_type_is_read_again() {
    let resource = Resource::new(json!({"key": "p", "name": "P", "tags": []})).await;
    let client = &resource.client;
    let project = modify(
        || client.get_project().project_key("p").send(),
        |project| project.tags.push("new".to_owned()),
        |patch| client.patch_project().project_key("p").body(patch).send(),
    )
    .await
    .unwrap();
    assert_eq!(project.tags, ["new"]);
    let requests = resource.wire.requests();
    let lines: Vec<_> = requests.iter().map(Request::line).collect();
    let read = "GET /api/v2/projects/p";
    assert_eq!(lines, [read, "PATCH /api/v2/projects/p", read]);
}

#[tokio::test]
async fn a_400_is_a_conflict_only_if_the_resource_has_changed() {
    let bad = |document| Resource::refusing("400 Bad Request", "invalid_request", document);
    // The server rejects patches of a value that it sends in another form.
    let resource = bad(json!({"key": "e", "tags": ["a"]})).await;
    let read = || async {
        let call = resource.client.get_environment().project_key("p");
        let mut environment = call.environment_key("e").send().await?;
        environment.tags = vec!["b".to_owned()];
        Ok(environment)
    };
    let write = |patch| {
        let call = resource.client.patch_environment().project_key("p");
        call.environment_key("e").body(patch).send()
    };
    let clear = |environment: &mut Environment| environment.tags.clear();
    let error = modify(read, clear, write).await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_request"));
    assert_eq!(resource.wire.requests().len(), 3);

    let resource = bad(json!({"key": "e", "tags": ["a"]})).await;
    let mut first = true;
    let change = |environment: &mut Environment| {
        // Another client writes between the read and the write.
        if std::mem::take(&mut first) {
            *resource.document.lock().unwrap() = json!({"key": "e", "tags": ["x", "a"]});
        }
        environment.tags.retain(|tag| tag != "a");
    };
    let environment = resource.modify_environment(change).await.unwrap();
    assert_eq!(environment.tags, ["x"]);
}

#[test]
fn a_number_is_sent_without_reformatting() {
    let ratio = 0.1_f32;
    let patches = [
        JsonPatch::new().replace("/x", ratio).to_string(),
        JsonPatch::diff(
            &json!({"x": null}),
            &std::collections::BTreeMap::from([("x", ratio)]),
        )
        .unwrap()
        .to_string(),
        MergePatch::new().set("x", ratio).to_string(),
        SemanticPatch::new()
            .instruction(Instruction::custom(
                "k",
                std::collections::BTreeMap::from([("x", ratio)]),
            ))
            .to_string(),
    ];
    for patch in patches {
        assert!(patch.contains(":0.1}"), "{patch}");
    }
    // Not the adjacent number.
    let number = 51.248_178_375_505_404_f64;
    let patch = JsonPatch::new().test("/x", number).to_string();
    assert!(patch.contains("51.248178375505404"), "{patch}");
}

#[tokio::test]
async fn an_error_classifies_conflicts_and_required_approvals() {
    let told = [
        (
            "409 Conflict",
            "optimistic_locking_error",
            "Conflict. Optimistic lock error.",
        ),
        (
            "409 Conflict",
            "conflict",
            "A flag with this key already exists",
        ),
        ("409 Conflict", "conflict", "no"),
        (
            "403 Forbidden",
            "forbidden",
            "This environment requires an approval request",
        ),
        ("405 Method Not Allowed", "approval_required", "no"),
        ("403 Forbidden", "forbidden", "no"),
        ("404 Not Found", "not_found", "approval request not found"),
    ];
    let mut found = Vec::new();
    for (status, code, message) in told {
        let wire = Wire::answering(refused(status, code, message)).await;
        let error = support::client(wire.url())
            .patch_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
            .body(SemanticPatch::new().instruction(Instruction::custom("x", ())))
            .send()
            .await
            .unwrap_err();
        found.push((error.conflict(), error.is_approval_required()));
    }
    assert_eq!(
        found,
        [
            (Some(Conflict::Version), false),
            (Some(Conflict::KeyExists), false),
            (Some(Conflict::Undecidable), false),
            (None, true),
            (None, true),
            (None, false),
            (None, false),
        ]
    );
}

#[tokio::test]
#[cfg(feature = "approvals")]
async fn an_approval_request_that_is_forbidden_requires_no_approval() {
    let message = "The role does not allow reviewApprovalRequest";
    let wire = Wire::answering(refused("403 Forbidden", "forbidden", message)).await;
    let error = support::client(wire.url())
        .get_approval_for_flag()
        .project_key("p")
        .feature_flag_key("f")
        .environment_key("e")
        .id("1")
        .send()
        .await
        .unwrap_err();
    assert!(
        error.is_forbidden() && !error.is_approval_required(),
        "{error}"
    );
}

#[tokio::test]
async fn an_error_recognizes_unknown_environments_and_prerequisites_in_use() {
    for (status, message, expected) in [
        (
            "400 Bad Request",
            "Unknown environment key: prod",
            [true, false],
        ),
        (
            "404 Not Found",
            "The environment was not found",
            [true, false],
        ),
        (
            "400 Bad Request",
            "The environment requires a comment",
            [false, false],
        ),
        (
            "403 Forbidden",
            "Unknown environment key: prod",
            [false, false],
        ),
        (
            "400 Bad Request",
            "Flag f is a prerequisite of flag g and cannot be archived",
            [false, true],
        ),
        (
            "409 Conflict",
            "Flags depend on this prerequisite",
            [false, true],
        ),
        (
            "400 Bad Request",
            "Unknown prerequisite key: g",
            [false, false],
        ),
        // The resource is unknown, not its environment.
        (
            "404 Not Found",
            "Flag f does not exist in environment production",
            [false, false],
        ),
        (
            "400 Bad Request",
            "Unknown flag key: new-environment",
            [false, false],
        ),
        // A prerequisite that cannot be added.
        (
            "400 Bad Request",
            "Circular dependency of prerequisites",
            [false, false],
        ),
        (
            "400 Bad Request",
            "A flag cannot be a prerequisite of itself",
            [false, false],
        ),
        (
            "400 Bad Request",
            "Flag g is already a prerequisite of this flag",
            [false, false],
        ),
    ] {
        let wire = Wire::answering(refused(status, "invalid_request", message)).await;
        let error = support::client(wire.url())
            .delete_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
            .send()
            .await
            .unwrap_err();
        let found = [
            error.is_unknown_environment(),
            error.is_prerequisite_in_use(),
        ];
        assert_eq!(found, expected, "{status} {message}");
    }
}

#[test]
fn a_rule_takes_typed_clauses() {
    let rule = flags::add_rule()
        .clauses([
            Clause::new("email").ends_with(["@example.com"]),
            Clause::new("plan")
                .of_kind("organization")
                .one_of(["free"])
                .negated(),
            Clause::in_segment(["beta"]),
        ])
        .variation_id("a");
    let patch = SemanticPatch::new().environment_key("e").instruction(rule);
    insta::assert_snapshot!(patch.to_string());
}

#[test]
fn the_formats_of_an_operation_are_in_its_types_and_in_the_table() {
    fn takes<B: launchdarkly_api::AcceptsPatch<F>, F>() {}
    takes::<builder::feature_flags::PatchFeatureFlag, format::Json>();
    takes::<builder::feature_flags::PatchFeatureFlag, format::Merge>();
    takes::<builder::feature_flags::PatchFeatureFlag, format::Semantic>();
    takes::<builder::teams::PatchTeam, format::Semantic>();
    use launchdarkly_api::{PatchFormat, operations};
    assert_eq!(
        operations::PATCH_FEATURE_FLAG.patch_formats(),
        [PatchFormat::Json, PatchFormat::Merge, PatchFormat::Semantic]
    );
    assert_eq!(
        operations::PATCH_TEAM.patch_formats(),
        [PatchFormat::Semantic]
    );
    assert!(operations::GET_TEAM.patch_formats().is_empty());
}

/// The instructions of a rule for 5 % and of a switch, one with optional parameters
/// and one without.
#[cfg(all(
    feature = "approvals",
    feature = "scheduled-changes",
    feature = "workflows"
))]
fn rule_and_switch(first_weight: u32) -> [Instruction; 2] {
    let rule = flags::add_rule()
        .clauses([Clause::new("email").ends_with(["@example.com"])])
        .rollout_weights([("on", first_weight), ("off", 95_000)]);
    [rule.into(), flags::turn_flag_on()]
}

#[cfg(all(
    feature = "approvals",
    feature = "scheduled-changes",
    feature = "workflows"
))]
#[tokio::test]
async fn approvals_scheduled_changes_and_workflows_send_the_instructions_of_a_semantic_patch() {
    use launchdarkly_api::{
        UnixMillis,
        types::{ActionInput, StageInput},
    };

    let patch = rule_and_switch(5_000)
        .into_iter()
        .fold(SemanticPatch::new(), SemanticPatch::instruction);
    let (_, patch) = sent(patch.environment_key("test")).await;
    let expected = &patch["instructions"];
    assert_eq!(
        expected[0]["rolloutWeights"],
        json!({"on": 5_000, "off": 95_000})
    );
    assert_eq!(expected[1], json!({"kind": "turnFlagOn"}));

    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let client = support::client(wire.url());
    let general = |first_weight| {
        client.post_approval_request().body_map(|body| {
            body.description("d")
                .resource_id("proj/p:env/test:flag/f")
                .instructions(rule_and_switch(first_weight))
        })
    };
    general(5_000).send().await.unwrap();
    client
        .post_approval_request_for_flag()
        .project_key("p")
        .feature_flag_key("f")
        .environment_key("test")
        .body_map(|body| body.description("d").instructions(rule_and_switch(5_000)))
        .send()
        .await
        .unwrap();
    client
        .post_flag_config_scheduled_changes()
        .project_key("p")
        .feature_flag_key("f")
        .environment_key("test")
        .body_map(|body| {
            body.execution_date(UnixMillis::new(1))
                .instructions(rule_and_switch(5_000))
        })
        .send()
        .await
        .unwrap();
    let action =
        ActionInput::builder().instructions(Instruction::list(rule_and_switch(5_000)).unwrap());
    client
        .post_workflow()
        .project_key("p")
        .feature_flag_key("f")
        .environment_key("test")
        .body_map(|body| {
            body.name("w")
                .stages([StageInput::builder().action(action)])
        })
        .send()
        .await
        .unwrap();
    let bodies: Vec<Value> = wire.requests().iter().map(body).collect();
    let [approval, flag, schedule, workflow] = bodies.as_slice() else {
        panic!("{} requests", bodies.len());
    };
    for instructions in [
        &approval["instructions"],
        &flag["instructions"],
        &schedule["instructions"],
        &workflow["stages"][0]["action"]["instructions"],
    ] {
        assert_eq!(instructions, expected);
    }

    let error = general(1).send().await.unwrap_err();
    assert!(error.to_string().contains("95001"), "{error}");
    assert_eq!(wire.requests().len(), 4);
}
