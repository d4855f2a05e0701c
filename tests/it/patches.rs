//! Changes: what each format of patch is on the wire, and what refusals tell.

use launchdarkly_api::{
    Conflict, Error, Instruction, JsonPatch, MODIFY_ATTEMPTS, MergePatch, PatchDocument,
    SemanticPatch, builder, format, instructions::flags, instructions::segments, modify,
    types::FeatureFlag,
};
use serde_json::{Value, json};

use crate::support::{self, Request, Wire, answer};

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
    builder::PatchFeatureFlag: launchdarkly_api::AcceptsPatch<P::Format>,
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
async fn each_format_has_its_header_and_a_comment_its_place() {
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
async fn an_instruction_has_what_it_requires_and_what_is_set() {
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
async fn a_patch_that_is_not_valid_is_refused_before_anything_is_sent() {
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
async fn a_change_that_was_overtaken_begins_again_with_what_is_there_now() {
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
async fn a_change_is_not_begun_for_ever_nor_after_another_refusal() {
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
async fn nothing_is_sent_where_nothing_is_changed() {
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

#[test]
fn a_number_is_sent_as_it_was_given() {
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
    // Not the number beside it.
    let number = 51.248_178_375_505_404_f64;
    let patch = JsonPatch::new().test("/x", number).to_string();
    assert!(patch.contains("51.248178375505404"), "{patch}");
}

#[tokio::test]
async fn a_refusal_tells_what_it_conflicts_with_and_whether_approval_is_required() {
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

#[test]
fn the_formats_of_an_operation_are_in_its_types_and_in_the_table() {
    fn takes<B: launchdarkly_api::AcceptsPatch<F>, F>() {}
    takes::<builder::PatchFeatureFlag, format::Json>();
    takes::<builder::PatchFeatureFlag, format::Merge>();
    takes::<builder::PatchFeatureFlag, format::Semantic>();
    takes::<builder::PatchTeam, format::Semantic>();
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
