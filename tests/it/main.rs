//! The crate as its users meet it: through its public API and real sockets.

#![allow(clippy::unwrap_used, missing_docs)]

mod attempts;
#[cfg(feature = "blocking")]
mod blocking;
mod body_limit;
mod changing_lists;
mod credentials;
mod deviations;
mod documentation;
mod extra;
mod http2;
mod items_as;
mod lists;
#[cfg(feature = "httpmock")]
mod mocks;
mod module_cycles;
mod patches;
mod paths;
mod proxies;
mod published_specifications;
mod raw_requests;
mod redaction;
mod redirects;
mod responses;
mod retries;
mod rfc6902;
mod rust_version;
mod seeded_faults;
mod shapes;
mod shared_dependencies;
mod shared_http_client;
mod shipped_code;
mod simulator;
mod simulator_itself;
mod specifications;
mod subscriptions;
mod support;
mod swapped_specification;
mod tail;
mod telemetry;
mod tls;
mod update_subscription;
mod uploads;
mod versions;
mod webhooks;
