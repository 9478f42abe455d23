//! The table of all URLs, and the life of the server: bind, run, drain.
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, map_config};
use actix_web::App;
use actix_web::dev::AppConfig;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get, post};
use storage::store::Store;
use storage::time::Clock;

use crate::backup;
use crate::config::{Doors, Settings};
use crate::connection;
use crate::description;
use crate::edge::{self, Edge};
use crate::grpc::Grpc;
use crate::health::{self, Keeps, Vitals};
use crate::ingest::{self, Ingest};
use crate::metrics::Metrics;
use crate::near_miss;
use crate::query::{self, Queries};
use crate::senders::{self, Senders};
use crate::ui;
use crate::view;
use crate::zipkin_page;

/// The open sockets.
pub struct Listeners {
    pub http: TcpListener,
    pub otlp_http: Option<TcpListener>,
    pub otlp_grpc: Option<TcpListener>,
}

/// Where the doors are.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    pub http: SocketAddr,
    pub otlp_http: Option<SocketAddr>,
    pub otlp_grpc: Option<SocketAddr>,
}

/// What the handlers share.
#[derive(Clone)]
pub struct State {
    pub doors: Doors,
    pub zipkin_ingest: bool,
    pub zipkin_grpc: bool,
    pub metrics: Arc<Metrics>,
    pub vitals: web::Data<Vitals>,
    pub ingest: web::Data<Ingest>,
    pub queries: web::Data<Queries>,
    pub senders: web::Data<Senders>,
}

/// A door that cannot be opened; the text says which and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CannotListen(String);

impl State {
    /// # Errors
    /// When the threads for queries cannot be started.
    pub fn new(settings: &Settings, store: Arc<dyn Store>, clock: Clock) -> std::io::Result<Self> {
        let metrics = Arc::new(Metrics::new(clock.now_ms()));
        let senders = Arc::new(Senders::new(clock.clone()));
        let ingest = Ingest::new(
            Arc::clone(&store),
            Arc::clone(&metrics),
            Arc::clone(&senders),
            settings.ingest.clone(),
        );
        let queries = Queries::start(
            Arc::clone(&store),
            Arc::clone(&metrics),
            settings.query.clone(),
            clock,
        )?;
        let ingest = web::Data::new(ingest);
        let vitals = Vitals {
            store,
            metrics: Arc::clone(&metrics),
            ingest: web::Data::clone(&ingest),
            keeps: Keeps {
                retention: settings.store.retention,
                disk_bytes_max: settings.store.max_disk,
            },
        };
        Ok(Self {
            doors: settings.doors.clone(),
            zipkin_ingest: settings.ingest.zipkin,
            zipkin_grpc: settings.ingest.zipkin_grpc,
            metrics,
            vitals: web::Data::new(vitals),
            ingest,
            queries: web::Data::new(queries),
            senders: web::Data::from(senders),
        })
    }
}

impl Listeners {
    /// # Errors
    /// When an address is taken or not ours.
    pub fn bind(doors: &Doors) -> Result<Self, CannotListen> {
        let optional = |address: &Option<String>, flag: &str| {
            let bound = address.as_ref().map(|address| bind(address, flag));
            bound.transpose()
        };
        Ok(Self {
            http: bind(&doors.http, "--listen")?,
            otlp_http: optional(&doors.otlp_http, "--otlp-http-listen")?,
            otlp_grpc: optional(&doors.otlp_grpc, "--otlp-grpc-listen")?,
        })
    }

    /// Where each is served; port 0 has become a real one.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn addresses(&self) -> std::io::Result<Addresses> {
        let optional = |listener: &Option<TcpListener>| {
            let address = listener.as_ref().map(TcpListener::local_addr);
            address.transpose()
        };
        Ok(Addresses {
            http: self.http.local_addr()?,
            otlp_http: optional(&self.otlp_http)?,
            otlp_grpc: optional(&self.otlp_grpc)?,
        })
    }
}

/// Serves until `shutdown` is done; then takes no more connections and answers what is held.
///
/// # Errors
/// When the sockets cannot be used.
pub async fn run(
    listeners: Listeners,
    state: State,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let mut servers = vec![serve(listeners.http, &state, MAIN, main_routes)?];
    for (listener, door) in [(listeners.otlp_http, "otlp"), (listeners.otlp_grpc, "grpc")] {
        if let Some(listener) = listener {
            servers.push(serve(listener, &state, door, otlp_routes)?);
        }
    }
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let servers: Vec<_> = servers.into_iter().map(actix_web::rt::spawn).collect();
    shutdown.await;
    // All at once: each waits for its own connections.
    let drains = handles.into_iter().map(|handle| handle.stop(true));
    for drain in drains.map(actix_web::rt::spawn).collect::<Vec<_>>() {
        _ = drain.await;
    }
    for server in servers {
        server.await.map_err(std::io::Error::other)??;
    }
    Ok(())
}

/// A door. It speaks HTTP/1.1 and gRPC, whichever a connection begins with: an exporter that is set
/// to the other protocol's port is served all the same.
fn serve(
    listener: TcpListener,
    state: &State,
    door: &'static str,
    routes: fn(&mut ServiceConfig, &State),
) -> std::io::Result<Server> {
    let state = state.clone();
    let connections = state.doors.connections_max;
    let address = listener.local_addr()?;
    let edge = web::Data::new(Edge {
        metrics: Arc::clone(&state.metrics),
        cors_origins: state.doors.cors_origins.clone(),
        base_path: state.doors.base_path.clone(),
        door,
    });
    let grpc = Arc::new(Grpc::new(
        web::Data::clone(&state.ingest),
        web::Data::clone(&state.vitals),
        door,
        state.zipkin_grpc && door == MAIN,
    )?);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let server = Server::build()
        .workers(workers)
        .max_concurrent_connections(connections.div_ceil(workers))
        .shutdown_timeout(DRAIN_SECONDS_MAX)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let server = server.listen(door, listener, move || {
        let (edge, state) = (edge.clone(), state.clone());
        let app = App::new()
            .app_data(edge)
            .wrap(from_fn(edge::guard))
            .configure(|app| routes(app, &state));
        let app = app
            .into_factory()
            .map_err(|error: actix_web::Error| error.error_response());
        let signal = stopping.clone();
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(LINGER)
            // Who closes its side does not wait for the answer, as with Netty and so Zipkin's own
            // server: its query is dropped.
            .h1_allow_half_closed(false)
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let signal = signal.clone();
                async move { signal.notified().await }
            })
            .finish(map_config(app, |()| AppConfig::default()))
            .tcp();
        connection::either(http, Arc::clone(&grpc), stopping.clone(), HEAD_TIMEOUT)
    })?;
    Ok(server.run())
}

/// Everything that HTTP serves, top to bottom.
fn main_routes(app: &mut ServiceConfig, state: &State) {
    app.app_data(state.ingest.clone())
        .app_data(state.queries.clone());
    app.app_data(state.vitals.clone())
        .app_data(state.senders.clone());

    otlp_signals(app);
    if state.zipkin_ingest {
        app.route("/api/v2/spans", post().to(ingest::zipkin::post_spans));
        app.route("/api/v1/spans", post().to(ingest::zipkin::post_v1_spans));
    }
    if state.queries.enabled() {
        app.route("/api/v2/services", get().to(query::zipkin::services));
        app.route("/api/v2/spans", get().to(query::zipkin::span_names));
        app.route(
            "/api/v2/remoteServices",
            get().to(query::zipkin::remote_services),
        );
        app.route("/api/v2/traces", get().to(query::zipkin::traces));
        app.route("/api/v2/trace/{id}", get().to(query::zipkin::trace));
        app.route("/api/v2/traceMany", get().to(query::zipkin::trace_many));
        app.route(
            "/api/v2/autocompleteKeys",
            get().to(query::zipkin::autocomplete_keys),
        );
        app.route(
            "/api/v2/autocompleteValues",
            get().to(query::zipkin::autocomplete_values),
        );
        app.route(
            "/api/v2/dependencies",
            get().to(query::zipkin::dependencies),
        );
        app.route("/api/hopline/traces/{id}", get().to(query::hopline::trace));
        app.route("/api/hopline/traces/{id}/why", get().to(query::why::why));
        app.route(
            "/api/hopline/traces/{id}/spans",
            get().to(query::spans::with_text),
        );
        app.route(
            "/api/hopline/traces/{id}/spans/{span}",
            get().to(query::spans::one),
        );
        app.route("/api/hopline/search", get().to(query::hopline::search));
        app.route(
            "/api/hopline/search/overview",
            get().to(query::overview::overview),
        );
        app.route("/api/hopline/services", get().to(query::services::services));
        app.route(
            "/api/hopline/services/{service}",
            get().to(query::services::service),
        );
        app.route(
            "/api/hopline/dependencies",
            get().to(query::services::dependencies),
        );
        app.route("/api/hopline/compare", get().to(query::compare::traces));
        app.route(
            "/api/hopline/compare/groups",
            get().to(query::compare_groups::groups),
        );
        app.route("/api/hopline/lookup", get().to(query::lookup::lookup));
        app.route("/api/hopline/lookup", post().to(query::lookup::lookup_many));
        app.route(
            "/api/hopline/traces/{id}/logs",
            get().to(query::log_links::logs),
        );
        app.route("/api/hopline/view", get().to(view::limits));
        app.route("/api/hopline/view", post().to(view::list));
        app.route("/api/hopline/view/{id}", post().to(view::trace));
        app.route("/api/hopline/view/{id}/why", post().to(view::why));
        app.route("/c/{value:.*}", get().to(query::lookup::redirect));
        app.route("/api/hopline/senders", get().to(senders::answer));
    }
    app.route("/api/hopline/status", get().to(health::status));
    app.route("/api/hopline/openapi.json", get().to(description::openapi));
    app.route("/api/hopline/backup", post().to(backup::post_backup));
    health_routes(app);
    if state.doors.ui {
        app.app_data(web::Data::new(state.doors.zipkin_ui.clone()))
            .app_data(web::Data::new(state.doors.base_path.clone()));
        for method in [Method::GET, Method::HEAD] {
            app.route(
                "/zipkin/config.json",
                web::method(method.clone()).to(zipkin_page::config),
            );
            app.route("/zipkin", web::method(method.clone()).to(ui::from_zipkin));
            app.route(
                "/zipkin/{path:.*}",
                web::method(method.clone()).to(ui::from_zipkin),
            );
            app.route("/", web::method(method.clone()).to(ui::page));
            app.route("/{path:.*}", web::method(method).to(ui::file_or_page));
        }
    }
    app.default_service(web::route().to(near_miss::not_found));
}

fn otlp_signals(app: &mut ServiceConfig) {
    app.route("/v1/traces", post().to(ingest::otlp::post_traces));
    app.route("/v1/logs", post().to(ingest::otlp::post_logs));
    app.route("/v1/metrics", post().to(ingest::otlp::post_metrics));
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        app.route(path, web::route().to(ingest::otlp::wrong_method));
    }
}

/// OTLP's own port: nothing but spans goes in, and nothing comes out.
fn otlp_routes(app: &mut ServiceConfig, state: &State) {
    app.app_data(state.ingest.clone())
        .app_data(state.vitals.clone());
    otlp_signals(app);
    // An exporter whose endpoint is given as is, without `/v1/traces`, posts to `/`.
    app.route("/", post().to(ingest::otlp::post_traces));
    app.route("/", web::route().to(ingest::otlp::wrong_method));
    app.route("/health", get().to(health::health));
    app.default_service(web::route().to(ingest::otlp::not_here));
}

fn health_routes(app: &mut ServiceConfig) {
    app.route("/health", get().to(health::health));
    app.route("/actuator/health", get().to(health::health));
    app.route("/info", get().to(health::info));
    app.route("/actuator/info", get().to(health::info));
    app.route("/metrics", get().to(health::zipkin_metrics));
    app.route("/prometheus", web::route().to(health::prometheus));
    app.route("/actuator/prometheus", web::route().to(health::prometheus));
}

fn bind(address: &str, flag: &str) -> Result<TcpListener, CannotListen> {
    TcpListener::bind(address).map_err(|error| {
        let port = address.rsplit(':').next().unwrap_or_default();
        CannotListen(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "port {port} is taken ({address}): stop the other program, or choose another \
                 address with {flag}"
            ),
            ErrorKind::PermissionDenied => format!(
                "port {port} needs more rights than this process has: choose a port above 1023 \
                 with {flag}"
            ),
            _ => format!("cannot listen on {address}: {error}; {flag} changes the address"),
        })
    })
}

/// The door of everything: Zipkin's port.
const MAIN: &str = "main";

/// Longer than the pause between two batches of an exporter (5 s): a connection that is closed
/// just before it is used again costs the client a batch or a retry.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an early answer waits for the client to stop sending, so that it is read at all.
const LINGER: Duration = Duration::from_secs(2);
const DRAIN_SECONDS_MAX: u64 = 3;
