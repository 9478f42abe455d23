//! A file that somebody only looks at: its bytes come in as those of spans do, within the same limits and
//! the same memory, and go no further.
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::body::{self, Arriving};
use super::{Ingest, otlp};
use crate::config::IngestSettings;
use crate::failure::{Failure, FailureKind};

impl Ingest {
    /// What a body may be.
    pub const fn limits(&self) -> &IngestSettings {
        &self.settings
    }

    /// The bytes of a file, unpacked, with the permit for their memory.
    ///
    /// # Errors
    /// When it is too large, too slow, packed in an unknown way, or breaks off.
    pub async fn take_file(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Failure> {
        let packing = otlp::packing(request.headers())?;
        let arriving = Arriving::over_http(request, payload, packing);
        let body = body::read(self, arriving).await.map_err(|failure| {
            if failure.kind == FailureKind::TooLarge {
                return failure.with_hint("cut the file, or start hopline with a larger --body-max and --body-inflated-max");
            }
            failure
        })?;
        Ok(body.into_parts())
    }
}
