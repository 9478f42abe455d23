//! Services, their operations and the edges between them: requests, errors and latencies over any
//! stretch of time, beside those of the stretch just before.
use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use storage::query::TimeRange;
use storage::rollup::{Counts, Grouping, RollupQuery, Steps};
use storage::store::{Store, StoreError};

use super::Queries;
use super::counts_json::{self, Compared};
use super::params::{self, Params};
use crate::failure::{Failure, FailureKind};

/// Steps that are told apart unless something else is asked.
const POINTS: u64 = 60;
const POINTS_MAX: u64 = 500;
const MINUTE_MS: u64 = 60_000;

pub async fn services(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    let read = async |asked: Asked, store: Arc<dyn Store>| {
        let counts = asked.read(&*store, Grouping::Services, None).await?;
        Ok(counts_json::services(&counts))
    };
    queries.counts(&request, read).await
}

pub async fn service(
    request: HttpRequest,
    name: web::Path<String>,
    queries: web::Data<Queries>,
) -> HttpResponse {
    let name = name.into_inner().to_lowercase();
    let read = async move |asked: Asked, store: Arc<dyn Store>| {
        let read = |by| asked.read(&*store, by, Some(&name));
        let whole = read(Grouping::Services).await?;
        let operations = read(Grouping::Operations).await?;
        let edges = read(Grouping::Edges).await?;
        Ok(counts_json::service(&name, &whole, &operations, &edges))
    };
    queries.counts(&request, read).await
}

pub async fn dependencies(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    let read = async |asked: Asked, store: Arc<dyn Store>| {
        let edges = asked.read(&*store, Grouping::Edges, None).await?;
        // Only who is there.
        let recorded = asked.question(Grouping::Services, None, 1);
        let recorded = store.counts(&recorded).await?;
        Ok(counts_json::dependencies(&edges, &recorded))
    };
    queries.counts(&request, read).await
}

/// A stretch of time, and how finely it is told.
#[derive(Clone, Copy, Debug)]
struct Asked {
    range: TimeRange,
    points_max: usize,
}

impl Asked {
    fn of(params: &Params, now_ms: u64) -> Result<Self, Failure> {
        let range = params::hopline_range(params, now_ms)?;
        let points = params::number_or(params, "points", POINTS)?;
        if !(1..=POINTS_MAX).contains(&points) {
            return Err(Failure::bad_request(format!(
                "points must be between 1 and {POINTS_MAX}"
            )));
        }
        Ok(Self {
            range,
            points_max: points as usize,
        })
    }

    fn question(&self, by: Grouping, service: Option<&str>, points_max: usize) -> RollupQuery {
        RollupQuery {
            range: self.range,
            by,
            service: service.map(str::to_owned),
            points_max,
        }
    }

    async fn read(
        &self,
        store: &dyn Store,
        by: Grouping,
        service: Option<&str>,
    ) -> Result<Compared, StoreError> {
        let question = self.question(by, service, self.points_max);
        let now = store.counts(&question).await?;
        let before = match before(&now.steps) {
            Some(range) => {
                let question = RollupQuery {
                    range,
                    points_max: 1,
                    ..question
                };
                Some(store.counts(&question).await?)
            }
            None => None,
        };
        Ok(Compared::new(now, before))
    }
}

/// As many minutes just before.
fn before(steps: &Steps) -> Option<TimeRange> {
    let minutes = steps.last - steps.first + 1;
    let first = steps.first.checked_sub(minutes)?;
    Some(TimeRange {
        from_ms: u64::from(first) * MINUTE_MS,
        to_ms: u64::from(steps.first) * MINUTE_MS - 1,
    })
}

impl Queries {
    async fn counts<F>(
        &self,
        request: &HttpRequest,
        read: impl FnOnce(Asked, Arc<dyn Store>) -> F,
    ) -> HttpResponse
    where
        F: Future<Output = Result<Vec<u8>, StoreError>> + Send + 'static,
    {
        let answered = async {
            let params = Params::read(request.query_string())?;
            let asked = Asked::of(&params, self.clock.now_ms())?;
            if !self.settings.search {
                let text = "searching is switched off (SEARCH_ENABLED=false)";
                return Err(Failure::new(FailureKind::NotFound, text));
            }
            self.run(read(asked, Arc::clone(&self.store))).await
        };
        match answered.await {
            Ok(body) => HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, "application/json"))
                .body(body),
            Err(failure) => failure.as_json(),
        }
    }
}

/// The milliseconds that the minutes of an answer are.
pub(super) const fn searched(counts: &Counts) -> TimeRange {
    TimeRange {
        from_ms: counts.steps.first as u64 * MINUTE_MS,
        to_ms: (counts.steps.last as u64 + 1) * MINUTE_MS - 1,
    }
}
