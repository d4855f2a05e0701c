//! Spans and events: OpenTelemetry's conventions and redaction.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use launchdarkly_api::{Client, RetryPolicy};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

use crate::support::{self, TOKEN, Wire, answer, bare};

/// One line per span and event of this crate, with its fields.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = match field.name() {
            "server.port" => "PORT".to_owned(),
            "launchdarkly.wait.duration" => "WAIT".to_owned(),
            _ => format!("{value:?}"),
        };
        self.0.push_str(&format!(" {}={value}", field.name()));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(attributes.metadata().name().to_owned());
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields("event".to_owned());
        event.record(&mut fields);
        if event.metadata().target().starts_with("launchdarkly_api") {
            self.0.lock().unwrap().push(fields.0);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        if span.metadata().target().starts_with("launchdarkly_api") {
            let line = span.extensions().get::<Fields>().unwrap().0.clone();
            self.0.lock().unwrap().push(line);
        }
    }
}

#[tokio::test]
async fn each_attempt_of_a_call_is_traced_without_secrets() {
    let lines = Lines::default();
    let guard = support::subscribe(Registry::default().with(lines.clone()));
    let wire = Wire::script([
        Vec::new(),
        bare("503 Service Unavailable", &[("x-secret", "s3cret")]),
        answer(
            "404 Not Found",
            "application/json",
            r#"{"message": "s3cret"}"#,
        ),
    ])
    .await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(Duration::from_millis(1)))
        .build()
        .unwrap();
    client
        .get_subscription_by_id()
        .integration_key("k")
        .id("s3cret")
        .send()
        .await
        .unwrap_err();
    drop(guard);
    let text = lines.0.lock().unwrap().join("\n");
    assert!(!text.contains("s3cret") && !text.contains(TOKEN), "{text}");
    insta::assert_snapshot!(text);
}
