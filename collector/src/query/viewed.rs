//! A file of spans that is looked at and not kept ([docs/view.md](../../../docs/view.md)): the list of its
//! traces. One of them is told as a kept one is.
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use storage::query::{TimeRange, TraceQuery};

use super::place::File;
use super::{Queries, told};
use crate::failure::Failure;
use crate::hops;
use crate::wire::SPANS_MAX;

/// The most traces of a file that are listed.
const LISTED_MAX: usize = 1_000;

/// What is asked of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Which traces are in it.
    List,
    /// One trace, in any form.
    Trace,
    /// Why it is slow.
    Why,
}

impl Queries {
    /// Answers a question about a file.
    ///
    /// # Errors
    /// When it cannot be read, or has no such trace.
    pub async fn view(
        &self,
        request: &HttpRequest,
        file: File,
        asked: Asked,
    ) -> Result<HttpResponse, Failure> {
        match asked {
            Asked::List => self.list(file).await,
            Asked::Trace => self.call_tree(request, Some(file)).await,
            Asked::Why => self.why(request, Some(file)).await,
        }
    }

    async fn list(&self, file: File) -> Result<HttpResponse, Failure> {
        let way = self.way(Some(file));
        let answer = self
            .run(async move {
                let place = match way.open().await? {
                    Ok(place) => place,
                    Err(failure) => return Ok(Err(failure)),
                };
                // No file has more traces than spans.
                let all = TraceQuery::all(TimeRange::ALL, SPANS_MAX);
                let found = told::find(&*place.store, &all).await?;
                let count = found.traces.len();
                let listed = found.traces.iter().take(LISTED_MAX);
                let traces: Vec<_> = listed.map(hops::summary).collect();
                let file = place.file.as_ref();
                let refused = file.map(|file| &file.refused);
                Ok(Ok(json!({
                    "format": file.map(|file| file.form),
                    "spanCount": file.map(|file| file.spans),
                    "traceCount": count,
                    "traces": traces,
                    "truncated": count > LISTED_MAX,
                    "refused": {
                        "count": refused.map(|refused| refused.count),
                        "first": refused.and_then(|refused| refused.first.as_deref()),
                    },
                })))
            })
            .await??;
        Ok(HttpResponse::Ok().json(answer))
    }
}
