//! The simulator can be trusted: it limits as it says, and its ledger is true.

use std::time::Duration;

use launchdarkly_api::reqwest::{self, Client, Method, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::simulator::{Config, Fault, Faults, Headers, Reset, Simulator};

fn client() -> Client {
    let timeout = Duration::from_millis(500);
    Client::builder().timeout(timeout).build().unwrap()
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

/// Sends a request and reads the whole answer.
async fn status(client: &Client, server: &Simulator, method: &str, path: &str) -> Option<u16> {
    let response = send(client, server, method, path).await.ok()?;
    let status = response.status().as_u16();
    response.bytes().await.ok().map(|_| status)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    Some(response.headers().get(name)?.to_str().unwrap())
}

#[tokio::test]
async fn a_route_is_counted_to_its_limit_and_then_refused_until_the_window_ends() {
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
    // Other routes have their own limit, and the account's in common.
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
async fn the_headers_are_of_the_servers_clock() {
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
async fn headers_can_be_left_out_and_the_reset_be_past() {
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
async fn each_fault_is_in_the_ledger_with_what_was_applied() {
    for (fault, received, applied, succeeded) in [
        (Fault::ResetUnread, 0, 0, 0),
        (Fault::ResetUnapplied, 1, 0, 0),
        (Fault::ResetApplied, 1, 1, 0),
        (Fault::ErrorUnapplied, 1, 0, 0),
        (Fault::ErrorApplied, 1, 1, 0),
        (Fault::Truncated, 1, 1, 0),
        (Fault::Delayed, 1, 1, 1),
        (Fault::Stalled, 1, 1, 0),
    ] {
        let is = |other| if fault == other { 1.0 } else { 0.0 };
        let server = Simulator::start(Config {
            faults: Faults {
                reset_unread: is(Fault::ResetUnread),
                reset_unapplied: is(Fault::ResetUnapplied),
                reset_applied: is(Fault::ResetApplied),
                error_unapplied: is(Fault::ErrorUnapplied),
                error_applied: is(Fault::ErrorApplied),
                truncated: is(Fault::Truncated),
                delayed: is(Fault::Delayed),
                stalled: is(Fault::Stalled),
                ..Faults::default()
            },
            ..Config::default()
        })
        .await;
        for (method, path, success) in [
            ("POST", "call-0", 201),
            ("PATCH", "call-1/x", 200),
            ("DELETE", "call-2/x", 204),
        ] {
            let answer = status(&client(), &server, method, path).await;
            match fault {
                Fault::Delayed => assert_eq!(answer, Some(success)),
                Fault::ErrorApplied => {
                    assert!(matches!(answer, Some(502 | 504)), "{answer:?}");
                }
                Fault::ErrorUnapplied => assert!(matches!(answer, Some(502..=504)), "{answer:?}"),
                _ => assert_eq!(answer, None, "{fault:?} {method}"),
            }
            let counts = server.ledger().of(method, &path[..6]);
            assert_eq!(
                (counts.received, counts.applied, counts.succeeded),
                (received, applied, succeeded),
                "{fault:?} {method}"
            );
            assert_eq!(counts.faults, [fault], "{method}");
        }
    }
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
async fn what_is_deleted_is_not_found_again() {
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
async fn requests_in_pieces_share_a_connection() {
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
