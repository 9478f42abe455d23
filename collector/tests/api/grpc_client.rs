//! A gRPC client: tonic's for what clients do, and its channel alone for what they should not.
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::{HeaderMap, Request, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::codegen::Service as _;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

pub(crate) const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// How a client may pack a message.
pub(crate) const PACKINGS: [Option<CompressionEncoding>; 3] = [
    None,
    Some(CompressionEncoding::Gzip),
    Some(CompressionEncoding::Zstd),
];

/// One connection.
pub(crate) struct GrpcClient {
    runtime: tokio::runtime::Runtime,
    pub(crate) channel: Channel,
}

/// A call that ended, as it stood on the wire.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) http: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) status: Option<Status>,
    pub(crate) body: Bytes,
}

impl Called {
    pub(crate) fn code(&self) -> Option<Code> {
        self.status.as_ref().map(Status::code)
    }
}

/// The pieces of a call's body, sent by hand; dropping it ends the body.
pub(crate) type Pieces = mpsc::UnboundedSender<Result<Frame<Bytes>, std::io::Error>>;

impl GrpcClient {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = runtime.block_on(endpoint.connect()).unwrap();
        Self { runtime, channel }
    }

    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(future)
    }

    /// Exports as an SDK does.
    pub(crate) fn export(
        &self,
        request: ExportTraceServiceRequest,
        packing: Option<CompressionEncoding>,
    ) -> Result<ExportTraceServiceResponse, Status> {
        self.export_to(EXPORT, request, packing)
    }

    /// As [`Self::export`], another signal.
    pub(crate) fn export_to<Q, A>(
        &self,
        path: &'static str,
        request: Q,
        packing: Option<CompressionEncoding>,
    ) -> Result<A, Status>
    where
        Q: prost::Message + Default + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut client = Grpc::new(self.channel.clone());
        if let Some(packing) = packing {
            client = client.send_compressed(packing);
        }
        self.wait(async move {
            client.ready().await.unwrap();
            let codec = ProstCodec::default();
            let request = tonic::Request::new(request);
            let path = path.parse().unwrap();
            let answer = client.unary(request, path, codec).await?;
            Ok(answer.into_inner())
        })
    }

    /// Any request at all.
    pub(crate) fn call(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Called {
        let body = Body::new(Full::new(body.into()));
        self.wait(call(self.channel.clone(), request(path, headers, body)))
            .unwrap()
    }

    /// A call whose body is sent piece by piece.
    pub(crate) fn begin(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (Pieces, tokio::task::JoinHandle<Result<Called, String>>) {
        let (pieces, sent) = mpsc::unbounded_channel();
        let body = Body::new(StreamBody::new(
            UnboundedReceiverStream::new(sent).map(|piece| piece),
        ));
        let call = call(self.channel.clone(), request(path, headers, body));
        (pieces, self.spawn(call))
    }
}

/// A message with its five bytes before it.
pub(crate) fn framed(packed: u8, message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u32).to_be_bytes();
    [&[packed], length.as_slice(), message].concat()
}

fn request(path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::post(path);
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/grpc");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.header("te", "trailers").body(body).unwrap()
}

async fn call(mut channel: Channel, request: Request<Body>) -> Result<Called, String> {
    std::future::poll_fn(|context| channel.poll_ready(context))
        .await
        .map_err(|error| error.to_string())?;
    let answer = channel
        .call(request)
        .await
        .map_err(|error| format!("{error:?}"))?;
    let (head, body) = answer.into_parts();
    let collected = body.collect().await.map_err(|error| format!("{error:?}"))?;
    let trailers = collected.trailers().and_then(Status::from_header_map);
    let status = trailers.or_else(|| Status::from_header_map(&head.headers));
    Ok(Called {
        http: head.status,
        headers: head.headers,
        status,
        body: collected.to_bytes(),
    })
}
