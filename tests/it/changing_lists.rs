//! Lists that change between the requests for their pages, by a seeded schedule.
//! The unit tests of `src/pagination/exact.rs` have more of them, without a
//! server.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use fastrand::Rng;
use futures_util::{StreamExt, TryStreamExt, stream};
use launchdarkly_api::Client;
use serde_json::{Value, json};

use crate::{
    lists::{number, page},
    support::{self, Request, Wire},
};

/// The projects, each a list of flags of its own.
type Projects = Arc<Mutex<Vec<Project>>>;

struct Project {
    flags: Vec<u64>,
    created: u64,
    /// The flags that exist throughout.
    constant: BTreeSet<u64>,
    /// The requests before which a flag is created, archived or renamed.
    schedule: Vec<usize>,
    renames: bool,
    /// The largest page.
    most: usize,
    has_links: bool,
    requests: usize,
    random: Rng,
}

impl Project {
    /// 1,000 flags, 1 % of which change.
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let most = [99, 100, 250, 500, 1000][random.usize(..5)];
        Self {
            flags: (0..1000).collect(),
            created: 1000,
            constant: (0..1000).collect(),
            schedule: (0..10)
                .map(|_| random.usize(1..=(1000 / most).max(2)))
                .collect(),
            renames: random.bool(),
            most,
            has_links: random.bool(),
            requests: 0,
            random,
        }
    }

    fn change(&mut self) {
        let place = self.random.usize(..self.flags.len());
        match self.random.u8(..if self.renames { 4 } else { 3 }) {
            0 => {
                self.flags.insert(place, self.created);
                self.created += 1;
            }
            1 | 2 => {
                self.constant.remove(&self.flags.remove(place));
            }
            _ => {
                let flag = self.flags.remove(place);
                let place = self.random.usize(..=self.flags.len());
                self.flags.insert(place, flag);
            }
        }
    }

    fn respond(&mut self, request: &Request) -> Vec<u8> {
        for _ in 0..self
            .schedule
            .iter()
            .filter(|at| **at == self.requests)
            .count()
        {
            self.change();
        }
        self.requests += 1;
        let offset = number(request, "offset").unwrap_or(0);
        let limit = number(request, "limit").unwrap_or(20).min(self.most);
        let flags = self.flags.iter().skip(offset).take(limit);
        let items: Vec<Value> = flags.map(|flag| json!({"key": flag.to_string()})).collect();
        let end = offset + items.len();
        let mut body = json!({"items": items, "totalCount": self.flags.len(), "_links": {}});
        if self.has_links && end < self.flags.len() {
            let path = request.line().split([' ', '?']).nth(1).unwrap();
            let href = format!("{path}?limit={limit}&offset={end}");
            body["_links"]["next"] = json!({"href": href});
        }
        page(&body)
    }
}

async fn server(seeds: u64) -> (Wire, Projects) {
    let projects: Projects = Arc::new(Mutex::new((0..seeds).map(Project::new).collect()));
    let listed = Arc::clone(&projects);
    let wire = Wire::start(move |request| {
        let key = request.line().split(['/', '?']).nth(4).unwrap();
        let mut projects = listed.lock().unwrap_or_else(PoisonError::into_inner);
        projects[key.parse::<usize>().unwrap()].respond(request)
    })
    .await;
    (wire, projects)
}

/// What a run returned.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Exact,
    Wrong,
    Changed,
}

async fn run(client: &Client, projects: &Projects, seed: u64, verifies: bool) -> Outcome {
    let pages = client
        .get_feature_flags()
        .project_key(seed.to_string())
        .limit(1000)
        .pages()
        .prefetch([1, 4][usize::try_from(seed % 2).unwrap()]);
    let pages = if verifies { pages } else { pages.unverified() };
    let keys = match seed % 3 {
        0 => {
            let pages: Result<Vec<_>, _> = pages.try_collect().await;
            pages.map(|pages| {
                let flags = pages.into_iter().flat_map(|page| page.into_inner().items);
                flags.map(|flag| flag.key).collect::<Vec<_>>()
            })
        }
        1 => {
            let flags = pages.items_as::<Value>();
            let key = |flag: Value| flag["key"].as_str().map(str::to_owned).unwrap_or_default();
            flags.map_ok(key).try_collect().await
        }
        _ => pages.items().map_ok(|flag| flag.key).try_collect().await,
    };
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => {
            assert!(error.is_list_changed(), "{seed}: {error}");
            return Outcome::Changed;
        }
    };
    let keys: Vec<u64> = keys.iter().map(|key| key.parse().unwrap()).collect();
    let distinct: BTreeSet<u64> = keys.iter().copied().collect();
    let projects = projects.lock().unwrap();
    let constant = &projects[usize::try_from(seed).unwrap()].constant;
    match distinct.len() == keys.len() && constant.is_subset(&distinct) {
        true => Outcome::Exact,
        false => Outcome::Wrong,
    }
}

async fn outcomes(runs: u64, verifies: bool) -> Vec<Outcome> {
    let (wire, projects) = server(runs).await;
    let client = support::client(wire.url());
    stream::iter(0..runs)
        .map(|seed| run(&client, &projects, seed, verifies))
        .buffered(8)
        .collect()
        .await
}

#[tokio::test]
async fn every_item_that_exists_throughout_is_returned_once_in_1000_seeded_runs() {
    let outcomes = outcomes(1000, true).await;
    let wrong: Vec<_> = (0..1000)
        .filter(|seed| outcomes[*seed] == Outcome::Wrong)
        .collect();
    assert_eq!(wrong, Vec::<usize>::new());
    let changed = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Changed);
    assert_eq!(changed.count(), 0);
}

#[tokio::test]
async fn without_verification_a_good_part_of_the_same_runs_is_wrong() {
    let outcomes = outcomes(100, false).await;
    let wrong = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Wrong);
    assert!(wrong.count() > 30);
}
