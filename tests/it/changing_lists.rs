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
    /// The caller's limit.
    limit: usize,
    /// The largest page.
    most: usize,
    /// Whether the largest page becomes smaller in the meantime.
    lowers: bool,
    count: Count,
    has_links: bool,
    requests: usize,
    random: Rng,
}

/// The total that a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Right,
    /// By this many more or less.
    Wrong(i64),
    /// By up to 3 more or less, another number on each page.
    Changing,
    Absent,
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
            limit: 1000,
            most,
            lowers: false,
            count: Count::Right,
            has_links: random.bool(),
            requests: 0,
            random,
        }
    }

    /// Small pages, totals of all kinds, and a limit that may become lower.
    fn hard(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let limit: usize = [1, 2, 3, 5, 10, 20, 50, 100][random.usize(..8)];
        // Pages of one item cannot overlap.
        let most = [1000, limit, limit.div_ceil(2)][random.usize(..3)].max(2);
        let flags = limit as u64 * random.u64(3..12) + random.u64(..3);
        let pages = usize::try_from(flags).unwrap() / most.min(limit);
        let count = match random.u8(..8) {
            0..3 => Count::Right,
            3 => Count::Wrong(-1),
            4 => Count::Wrong(-random.i64(..2_000)),
            5 => Count::Wrong(random.i64(1..2_000)),
            6 => Count::Changing,
            _ => Count::Absent,
        };
        let has_links = random.bool();
        Self {
            flags: (0..flags).collect(),
            created: flags,
            constant: (0..flags).collect(),
            schedule: (0..random.usize(..6))
                .map(|_| random.usize(1..=pages.max(2)))
                .collect(),
            renames: random.bool(),
            limit,
            most,
            // Where a page has neither total nor links, a shorter one is the last.
            lowers: random.bool() && (has_links || count == Count::Right),
            count,
            has_links,
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
        if self.lowers && self.random.u8(..4) == 0 {
            self.most = (self.most.min(self.limit) / 2).max(2);
        }
        let offset = number(request, "offset").unwrap_or(0);
        let limit = number(request, "limit").unwrap_or(20).min(self.most);
        let flags = self.flags.iter().skip(offset).take(limit);
        let items: Vec<Value> = flags.map(|flag| json!({"key": flag.to_string()})).collect();
        let end = offset + items.len();
        let mut body = json!({"items": items, "_links": {}});
        let total = i64::try_from(self.flags.len()).unwrap();
        body["totalCount"] = match self.count {
            Count::Right => json!(total),
            Count::Wrong(by) => json!(total + by),
            Count::Changing => json!(total + self.random.i64(-3..=3)),
            Count::Absent => Value::Null,
        };
        if self.has_links && end < self.flags.len() {
            let path = request.line().split([' ', '?']).nth(1).unwrap();
            let href = format!("{path}?limit={limit}&offset={end}");
            body["_links"]["next"] = json!({"href": href});
        }
        page(&body)
    }
}

async fn server(seeds: u64, project: fn(u64) -> Project) -> (Wire, Projects) {
    let projects: Projects = Arc::new(Mutex::new((0..seeds).map(project).collect()));
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
    /// The list ended before its total.
    Short,
}

async fn run(client: &Client, projects: &Projects, seed: u64, verifies: bool) -> Outcome {
    let limit = projects.lock().unwrap()[usize::try_from(seed).unwrap()].limit;
    let pages = client
        .get_feature_flags()
        .project_key(seed.to_string())
        .limit(i64::try_from(limit).unwrap())
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
        Err(error) if error.is_list_changed() => return Outcome::Changed,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("the list ended after"), "{seed}: {text}");
            return Outcome::Short;
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

async fn outcomes(runs: u64, project: fn(u64) -> Project, verifies: bool) -> Vec<Outcome> {
    let (wire, projects) = server(runs, project).await;
    let client = support::client(wire.url());
    stream::iter(0..runs)
        .map(|seed| run(&client, &projects, seed, verifies))
        .buffered(8)
        .collect()
        .await
}

#[tokio::test]
async fn every_item_that_exists_throughout_is_returned_once_in_1000_seeded_runs() {
    let outcomes = outcomes(1000, Project::new, true).await;
    let other: Vec<_> = (0..1000)
        .filter(|seed| outcomes[*seed] != Outcome::Exact)
        .collect();
    assert_eq!(other, Vec::<usize>::new());
}

/// How many runs have an outcome.
fn count(outcomes: &[Outcome], wanted: Outcome) -> usize {
    let outcomes = outcomes.iter();
    outcomes.filter(|outcome| **outcome == wanted).count()
}

#[tokio::test]
async fn small_pages_lower_limits_and_wrong_totals_make_no_list_short() {
    let exact = outcomes(150, Project::hard, true).await;
    let wrong: Vec<_> = (0..150)
        .filter(|seed| exact[*seed] == Outcome::Wrong)
        .collect();
    assert_eq!(wrong, Vec::<usize>::new());
    // Only a total that is too high makes a list an error, but for a few.
    let (mut others, mut errors) = (0, 0);
    for (seed, outcome) in (0..).zip(&exact) {
        let is_high = match Project::hard(seed).count {
            Count::Wrong(by) => by > 0,
            Count::Changing => true,
            Count::Right | Count::Absent => false,
        };
        if !is_high {
            others += 1;
            errors += u32::from(*outcome != Outcome::Exact);
        }
    }
    assert!(errors * 20 < others, "{errors} of {others}");

    let plain = outcomes(150, Project::hard, false).await;
    assert!(count(&plain, Outcome::Wrong) > 37, "{plain:?}");
}

#[tokio::test]
async fn without_verification_a_good_part_of_the_same_runs_is_wrong() {
    let outcomes = outcomes(100, Project::new, false).await;
    assert!(count(&outcomes, Outcome::Wrong) > 30);
}
