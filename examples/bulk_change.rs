//! Changes many flags as fast as the rate limits let it, and no faster.
//!
//! Without an account, against a server in this process that takes 25 calls in
//! a window of half a second: `cargo run --example bulk_change`.

use std::{
    sync::Mutex,
    time::{Instant, UNIX_EPOCH},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::{Client, Error, SemanticPatch, instructions::flags};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = limited().await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let began = Instant::now();
    let keys = (1..=100).map(|number| format!("flag-{number}"));
    let changes = stream::iter(keys).map(|key| {
        let patch = SemanticPatch::new().instruction(flags::add_tags(["shop"]));
        let call = client.patch_feature_flag().project_key("shop");
        call.feature_flag_key(key).body(patch).send()
    });
    // Any number at a time: the client delays those beyond the rate limits.
    let changed: Vec<_> = changes.buffer_unordered(32).try_collect().await?;
    println!("{} flags in {:.1?}", changed.len(), began.elapsed());
    println!("{:?}", client.rate_limits());
    Ok(())
}

/// A mock with windows of half a second. Those of LaunchDarkly have ten seconds.
async fn limited() -> MockServer {
    let window = Mutex::new((0, 0_u32));
    let answer = move |_: &HttpMockRequest| {
        let now = UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.as_millis() / 500);
        let mut window = window.lock().expect("nobody panics while holding it");
        *window = (now, if window.0 == now { window.1 + 1 } else { 1 });
        let left = 25_u32.saturating_sub(window.1);
        HttpMockResponse::builder()
            .status(if window.1 > 25 { 429 } else { 200 })
            .header("x-ratelimit-route-remaining", left.to_string())
            .header("x-ratelimit-reset", ((now + 1) * 500).to_string())
            .body("{}")
            .build()
    };
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| drop(then.respond_with(answer)))
        .await;
    server
}
