//! Tests of the simulator: its limits, faults and ledger.

use std::time::Duration;

use launchdarkly_api::reqwest::{self, Client, Method, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::simulator::{
    Config, Fault, Faults, Headers, Hold, LowerLimits, OtherClock, OtherNode, Presence, Protocol,
    Reset, Simulator,
};

fn client() -> Client {
    client_of(Protocol::Http1)
}

/// A client that sends each request once.
fn client_of(protocol: Protocol) -> Client {
    let client = Client::builder()
        .timeout(Duration::from_millis(500))
        .no_proxy()
        .retry(reqwest::retry::never());
    match protocol {
        Protocol::Http1 => client,
        Protocol::Http2 => client.http2_prior_knowledge(),
    }
    .build()
    .unwrap()
}

async fn send(
    client: &Client,
    server: &Simulator,
    method: &str,
    path: &str,
) -> reqwest::Result<Response> {
    let url = format!("{}/api/v2/integrations/{path}", server.url());
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    client.request(method, url).body("{}").send().await
}

/// Sends a request and reads the complete response.
async fn status(client: &Client, server: &Simulator, method: &str, path: &str) -> Option<u16> {
    let response = send(client, server, method, path).await.ok()?;
    let status = response.status().as_u16();
    response.bytes().await.ok().map(|_| status)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    Some(response.headers().get(name)?.to_str().unwrap())
}

#[tokio::test]
async fn a_route_over_its_limit_returns_429_until_the_window_ends() {
    let server = Simulator::start(Config {
        window: Duration::from_millis(500),
        global_limit: Some(5),
        route_limit: Some(3),
        ..Config::default()
    })
    .await;
    let client = client();
    server.next_window().await;
    let mut seen = Vec::new();
    for call in 0..5 {
        let response = send(&client, &server, "GET", &format!("call-{call}"))
            .await
            .unwrap();
        seen.push((
            response.status().as_u16(),
            header(&response, "x-ratelimit-route-remaining").map(str::to_owned),
            header(&response, "x-ratelimit-global-remaining").map(str::to_owned),
        ));
    }
    let seen: Vec<_> = seen
        .iter()
        .map(|(status, route, global)| (*status, route.as_deref(), global.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            (200, Some("2"), Some("4")),
            (200, Some("1"), Some("3")),
            (200, Some("0"), Some("2")),
            (429, Some("0"), Some("2")),
            (429, Some("0"), Some("2")),
        ]
    );
    // Other routes have their own limit and share the account's.
    assert_eq!(status(&client, &server, "GET", "call-5/x").await, Some(200));
    assert_eq!(
        status(&client, &server, "PATCH", "call-6/x").await,
        Some(200)
    );
    assert_eq!(
        status(&client, &server, "DELETE", "call-7/x").await,
        Some(429)
    );
    server.next_window().await;
    assert_eq!(
        status(&client, &server, "DELETE", "call-7/x").await,
        Some(204)
    );

    assert_eq!(server.requests(), 9);
    assert_eq!(server.answered_429(), 3);
    let ledger = server.ledger();
    assert_eq!(ledger.of("GET", "call-3").applied, 0);
    let deleted = ledger.of("DELETE", "call-7");
    assert_eq!((deleted.received, deleted.limited), (2, 1));
    assert_eq!((deleted.applied, deleted.succeeded), (1, 1));
}

#[tokio::test]
async fn limit_headers_use_the_servers_clock() {
    let server = Simulator::start(Config {
        skew: 37_000,
        global_limit: Some(0),
        headers: Headers {
            retry_after: true,
            ..Headers::default()
        },
        ..Config::default()
    })
    .await;
    server.next_window().await;
    let machine = std::time::SystemTime::now();
    let response = send(&client(), &server, "GET", "call-0").await.unwrap();
    assert_eq!(response.status(), 429);
    let date = httpdate::parse_http_date(header(&response, "date").unwrap()).unwrap();
    let ahead = date.duration_since(machine).unwrap().as_millis();
    assert!((36_000..=38_000).contains(&ahead), "{ahead}");
    let reset: u64 = header(&response, "x-ratelimit-reset")
        .unwrap()
        .parse()
        .unwrap();
    let now = server.now();
    assert!((now - 100..=now + 1000).contains(&reset), "{reset} {now}");
    assert_eq!(header(&response, "retry-after"), Some("1"));
    let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["code"], "rate_limited");
}

#[tokio::test]
async fn limit_headers_can_be_missing_or_in_the_past() {
    let start = |reset| {
        Simulator::start(Config {
            global_limit: Some(9),
            route_limit: Some(9),
            headers: Headers {
                global_remaining: false,
                route_remaining: false,
                reset,
                date: false,
                retry_after: true,
                presence: Presence::Always,
            },
            ..Config::default()
        })
    };
    let server = start(Reset::Omitted).await;
    let response = send(&client(), &server, "GET", "call-0").await.unwrap();
    let names: Vec<_> = response.headers().keys().collect();
    assert_eq!(names, ["content-type", "content-length"]);

    let server = start(Reset::Past).await;
    let response = send(&client(), &server, "GET", "call-0").await.unwrap();
    let reset: u64 = header(&response, "x-ratelimit-reset")
        .unwrap()
        .parse()
        .unwrap();
    assert!(reset < server.now());
}

#[tokio::test]
async fn each_fault_is_in_the_ledger_with_its_effect() {
    for (fault, received, applied, succeeded) in [
        (Fault::ResetUnread, 0, 0, 0),
        (Fault::ResetUnapplied, 1, 0, 0),
        (Fault::ResetApplied, 1, 1, 0),
        (Fault::ErrorUnapplied, 1, 0, 0),
        (Fault::ErrorApplied, 1, 1, 0),
        (Fault::Truncated, 1, 1, 0),
        (Fault::Delayed, 1, 1, 1),
        (Fault::Stalled, 1, 1, 0),
        (Fault::RetryAfter, 1, 0, 0),
        (Fault::Refused, 0, 0, 0),
        (Fault::GoAway, 0, 0, 0),
    ] {
        let is = |other| if fault == other { 1.0 } else { 0.0 };
        let faults = Faults {
            reset_unread: is(Fault::ResetUnread),
            reset_unapplied: is(Fault::ResetUnapplied),
            reset_applied: is(Fault::ResetApplied),
            error_unapplied: is(Fault::ErrorUnapplied),
            error_applied: is(Fault::ErrorApplied),
            truncated: is(Fault::Truncated),
            delayed: is(Fault::Delayed),
            stalled: is(Fault::Stalled),
            retry_after: is(Fault::RetryAfter),
            refused: is(Fault::Refused),
            go_away: is(Fault::GoAway),
            ..Faults::default()
        };
        for protocol in [Protocol::Http1, Protocol::Http2] {
            let needs_http2 = matches!(fault, Fault::Refused | Fault::GoAway);
            if needs_http2 && protocol == Protocol::Http1 {
                continue;
            }
            let server = Simulator::start(Config {
                protocol,
                faults: faults.clone(),
                ..Config::default()
            })
            .await;
            let client = client_of(protocol);
            for (method, path, success) in [
                ("POST", "call-0", 201),
                ("PATCH", "call-1/x", 200),
                ("DELETE", "call-2/x", 204),
            ] {
                let answer = status(&client, &server, method, path).await;
                match fault {
                    Fault::Delayed => assert_eq!(answer, Some(success)),
                    Fault::RetryAfter => assert_eq!(answer, Some(429)),
                    Fault::ErrorApplied => {
                        assert!(matches!(answer, Some(502 | 504)), "{answer:?}");
                    }
                    Fault::ErrorUnapplied => {
                        assert!(matches!(answer, Some(502..=504)), "{answer:?}");
                    }
                    _ => assert_eq!(answer, None, "{fault:?} {protocol:?} {method}"),
                }
                let counts = server.ledger().of(method, &path[..6]);
                assert_eq!(
                    (counts.received, counts.applied, counts.succeeded),
                    (received, applied, succeeded),
                    "{fault:?} {protocol:?} {method}"
                );
                assert_eq!((&counts.faults[..], counts.came), (&[fault][..], 1));
            }
        }
    }
}

/// Sends a request on an HTTP/2 connection; the future is its response.
fn send_stream(
    connection: &mut h2::client::SendRequest<bytes::Bytes>,
    server: &Simulator,
    call: &str,
) -> h2::client::ResponseFuture {
    let request = http::Request::patch(format!("{}/api/v2/integrations/{call}/x", server.url()));
    let request = request.body(()).unwrap();
    connection.send_request(request, true).unwrap().0
}

async fn connect(server: &Simulator) -> h2::client::SendRequest<bytes::Bytes> {
    let stream = TcpStream::connect(server.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let (requests, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    requests.ready().await.unwrap()
}

#[tokio::test]
async fn a_refused_stream_keeps_its_connection_open() {
    let server = Simulator::start(Config {
        protocol: Protocol::Http2,
        faults: Faults {
            refused: 1.0,
            ..Faults::default()
        },
        ..Config::default()
    })
    .await;
    let mut connection = connect(&server).await;
    for call in ["call-0", "call-1"] {
        let error = send_stream(&mut connection, &server, call)
            .await
            .unwrap_err();
        assert!(error.is_reset() && error.is_remote(), "{error}");
        assert_eq!(error.reason(), Some(h2::Reason::REFUSED_STREAM));
    }
}

#[tokio::test]
async fn goaway_leaves_later_streams_unprocessed_and_earlier_ones_complete() {
    let mut found = 0;
    for seed in 0..32 {
        let server = Simulator::start(Config {
            protocol: Protocol::Http2,
            seed,
            faults: Faults {
                go_away: 0.5,
                ..Faults::default()
            },
            holds: vec![Hold {
                calls: "first",
                until: 1,
                of: "last",
                at_most: Duration::from_secs(5),
            }],
            ..Config::default()
        })
        .await;
        let mut connection = connect(&server).await;
        let mut first = send_stream(&mut connection, &server, "first");
        tokio::select! {
            _ = server.wait_for("first", 1) => {}
            // The seed injects GOAWAY here.
            _ = &mut first => continue,
        }
        // Both requests are written before GOAWAY can be read.
        let mut later = send_stream(&mut connection, &server, "second");
        let latest = send_stream(&mut connection, &server, "third");
        let error = tokio::select! {
            _ = server.wait_for("second", 1) => continue,
            error = &mut later => error.unwrap_err(),
        };
        found += 1;
        for error in [error, latest.await.unwrap_err()] {
            assert!(error.is_go_away() && error.is_remote(), "{error}");
            assert_eq!(error.reason(), Some(h2::Reason::NO_ERROR));
        }
        for call in ["second", "third"] {
            let counts = server.ledger().of("PATCH", call);
            assert_eq!((counts.came, counts.received, counts.applied), (1, 0, 0));
            assert_eq!(counts.faults, [Fault::GoAway], "{call}");
        }
        // The stream before it is still open, and another connection too.
        while server.ledger().of("PATCH", "last").received == 0 {
            let last = send_stream(&mut connect(&server).await, &server, "last");
            let _ = last.await;
        }
        assert_eq!(first.await.unwrap().status(), 200);
        assert_eq!(server.ledger().of("PATCH", "first").applied, 1);
    }
    assert!(found >= 4, "{found}");
}

#[tokio::test]
async fn another_node_reports_its_own_time() {
    let hour = 3_600_000;
    for (clock, reset_is, date_is_ahead) in [
        (
            OtherClock::Ahead(hour),
            (|end| end + 3_600_000) as fn(u64) -> u64,
            3_600,
        ),
        (OtherClock::Ahead(-hour), |end| end - 3_600_000, -3_600),
        (OtherClock::ResetInSeconds, |end| end / 1000, 0),
        (OtherClock::ResetInMicroseconds, |end| end * 1000, 0),
    ] {
        let server = Simulator::start(Config {
            // It ends at a whole second, and not during the test.
            window: Duration::from_secs(100_000_000),
            global_limit: Some(9),
            other_node: Some(OtherNode {
                clock,
                after: 1,
                share: 1.0,
            }),
            ..Config::default()
        })
        .await;
        let mut seen = Vec::new();
        for call in ["call-0", "call-1"] {
            let response = send(&client(), &server, "GET", call).await.unwrap();
            let reset: u64 = header(&response, "x-ratelimit-reset")
                .unwrap()
                .parse()
                .unwrap();
            let date = httpdate::parse_http_date(header(&response, "date").unwrap()).unwrap();
            let date = date.duration_since(std::time::UNIX_EPOCH).unwrap();
            seen.push((reset, i64::try_from(date.as_secs()).unwrap()));
            // Both nodes count the same calls.
            let left = 9 - seen.len();
            let global = header(&response, "x-ratelimit-global-remaining");
            assert_eq!(global, Some(left.to_string().as_str()));
        }
        assert_eq!(seen[1].0, reset_is(seen[0].0), "{clock:?}");
        let ahead = seen[1].1 - seen[0].1 - date_is_ahead;
        assert!((0..=2).contains(&ahead), "{clock:?} {ahead}");
        assert_eq!(server.peculiarities().from_other_node, 1);
    }
}

#[tokio::test]
async fn limit_headers_stop_or_come_and_go() {
    for (presence, with_headers) in [
        (Presence::Always, 60..=60),
        (Presence::First(2), 2..=2),
        (Presence::Share(0.5), 15..=45),
    ] {
        let server = Simulator::start(Config {
            global_limit: Some(99),
            route_limit: Some(99),
            window: Duration::from_secs(60),
            headers: Headers {
                presence,
                ..Headers::default()
            },
            ..Config::default()
        })
        .await;
        let client = client();
        let mut seen = Vec::new();
        for call in 0..60 {
            let response = send(&client, &server, "GET", &format!("call-{call}")).await;
            let response = response.unwrap();
            assert!(response.headers().contains_key("date"));
            let names = response.headers().keys().map(|name| name.as_str());
            seen.push(
                names
                    .filter(|name| name.starts_with("x-ratelimit-"))
                    .count(),
            );
        }
        assert!(seen.iter().all(|count| [0, 3].contains(count)), "{seen:?}");
        let count = seen.iter().filter(|count| **count > 0).count();
        assert!(with_headers.contains(&count), "{presence:?} {seen:?}");
        if presence == Presence::First(2) {
            assert_eq!(seen[..3], [3, 3, 0]);
        }
        let without = server.peculiarities().without_limits;
        assert_eq!(without, 60 - count as u64);
    }
}

#[tokio::test]
async fn limits_become_lower_from_a_window_on_and_can_hold_for_one_route_only() {
    let server = Simulator::start(Config {
        window: Duration::from_millis(500),
        route_limit: Some(4),
        limited_route: Some(("GET", false)),
        lower_limits: Some(LowerLimits { after: 1, to: 1 }),
        ..Config::default()
    })
    .await;
    let client = client();
    let mut seen = Vec::new();
    for _ in 0..4 {
        server.next_window().await;
        let mut window = Vec::new();
        for call in 0..5 {
            let response = send(&client, &server, "GET", &format!("call-{call}")).await;
            let response = response.unwrap();
            let left = header(&response, "x-ratelimit-route-remaining").map(str::to_owned);
            window.push((response.status().as_u16(), left.unwrap()));
        }
        let other = send(&client, &server, "GET", "call-0/x").await.unwrap();
        assert_eq!(other.status(), 200);
        assert_eq!(header(&other, "x-ratelimit-route-remaining"), None);
        seen.push(window);
    }
    let window = |left: [u32; 5], refused: usize| -> Vec<_> {
        let status = |call| if call < 5 - refused { 200 } else { 429 };
        let left = left.iter().enumerate();
        left.map(|(call, left)| (status(call), left.to_string()))
            .collect()
    };
    let lower = window([0, 0, 0, 0, 0], 4);
    assert_eq!(
        seen,
        [
            window([3, 2, 1, 0, 0], 1),
            lower.clone(),
            lower.clone(),
            lower
        ]
    );
    let peculiarities = server.peculiarities();
    assert_eq!(peculiarities.under_lower_limits, 18);
    assert_eq!(peculiarities.used_to_lower_limits, 6);
    assert_eq!(peculiarities.over_lower_limits, 4);
}

#[tokio::test]
async fn held_requests_wait_until_enough_others_have_been_read() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let hold = |calls, at_most| Hold {
            calls,
            until: 2,
            of: "other",
            at_most,
        };
        let server = Simulator::start(Config {
            protocol,
            holds: vec![
                hold("slow", Duration::from_secs(60)),
                hold("brief", Duration::from_millis(10)),
            ],
            ..Config::default()
        })
        .await;
        let client = client_of(protocol);
        let mut slow = Box::pin(status(&client, &server, "GET", "slow"));
        tokio::select! {
            () = server.wait_for("slow", 1) => {}
            _ = &mut slow => panic!("it was not held"),
        }
        assert_eq!(status(&client, &server, "GET", "brief").await, Some(200));
        assert_eq!(status(&client, &server, "GET", "other-0").await, Some(200));
        assert_eq!(server.ledger().of("GET", "slow").applied, 0);
        assert_eq!(status(&client, &server, "GET", "other-1").await, Some(200));
        assert_eq!(slow.await, Some(200));
        let peculiarities = server.peculiarities();
        assert_eq!((peculiarities.held, peculiarities.holds_expired), (2, 1));
    }
}

#[tokio::test]
async fn retry_after_is_one_of_the_given_values() {
    let server = Simulator::start(Config {
        global_limit: Some(9),
        faults: Faults {
            retry_after: 1.0,
            retry_after_seconds: &[3, 30],
            ..Faults::default()
        },
        ..Config::default()
    })
    .await;
    let mut seen = std::collections::BTreeSet::new();
    for call in 0..20 {
        let response = send(&client(), &server, "GET", &format!("call-{call}")).await;
        let response = response.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(header(&response, "x-ratelimit-reset"), None);
        seen.insert(header(&response, "retry-after").unwrap().to_owned());
    }
    assert_eq!(Vec::from_iter(seen), ["3", "30"]);
    assert_eq!(server.answered_429(), 20);
}

#[tokio::test]
async fn a_fault_hits_its_own_call_and_no_other() {
    let server = Simulator::start(Config {
        seed: 5,
        faults: Faults {
            stalled: 0.0,
            ..Faults::each(0.07)
        },
        ..Config::default()
    })
    .await;
    let client = client();
    let (mut good, mut bad) = (0, 0);
    for call in 0..200 {
        let call = format!("call-{call}");
        let answer = status(&client, &server, "GET", &call).await;
        let counts = server.ledger().of("GET", &call);
        match counts.faults[..] {
            [] | [Fault::Delayed] => {
                good += 1;
                assert_eq!(answer, Some(200), "{call} {counts:?}");
            }
            _ => {
                bad += 1;
                assert_ne!(answer, Some(200), "{call} {counts:?}");
            }
        }
    }
    assert!(good > 50 && bad > 50, "{good} {bad}");
}

#[tokio::test]
async fn the_same_seed_draws_the_same_faults_and_another_seed_others() {
    let mut seen = Vec::new();
    for seed in [7, 7, 8] {
        let server = Simulator::start(Config {
            seed,
            faults: Faults {
                stalled: 0.0,
                ..Faults::each(0.1)
            },
            ..Config::default()
        })
        .await;
        let client = client();
        for call in 0..40 {
            let call = format!("call-{}", call % 20);
            let _ = status(&client, &server, "GET", &call).await;
        }
        let ledger = server.ledger();
        let faults = |call| ledger.of("GET", &format!("call-{call}")).faults;
        seen.push((0..20).map(faults).collect::<Vec<_>>());
        assert_eq!(ledger.came(), 40);
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test]
async fn a_deleted_resource_is_not_found() {
    let server = Simulator::start(Config::default()).await;
    let client = client();
    for (expected, applied) in [(204, 1), (404, 1)] {
        assert_eq!(
            status(&client, &server, "DELETE", "call-0/x").await,
            Some(expected)
        );
        assert_eq!(server.ledger().of("DELETE", "call-0").applied, applied);
    }
    assert_eq!(server.ledger().of("DELETE", "call-0").succeeded, 1);
}

#[tokio::test]
async fn requests_in_several_chunks_share_a_connection() {
    let server = Simulator::start(Config::default()).await;
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://"))
        .await
        .unwrap();
    let request =
        "POST /api/v2/integrations/call-0 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}";
    for count in 1..=3 {
        for piece in request.as_bytes().chunks(30) {
            stream.write_all(piece).await.unwrap();
            stream.flush().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut answer = Vec::new();
        while !answer.ends_with(br#"{"_id":"x","on":true}"#) {
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0);
            answer.extend_from_slice(&buffer[..length]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 201 Created\r\n"));
        assert_eq!(server.ledger().of("POST", "call-0").applied, count);
    }
}
