//! The names of the numbers we publish, with what they mean. Those of the counters come first, in the
//! order of [`Counter`](super::Counter).

/// The one list: name, type and meaning.
pub(super) const LIST: [(&str, &str, &str); 36] = [
    (
        "hopline_http_requests_total",
        "counter",
        "HTTP requests by method, door and status",
    ),
    (
        "hopline_grpc_requests_total",
        "counter",
        "gRPC calls by service, door and code",
    ),
    (
        "hopline_ingest_bytes_total",
        "counter",
        "Bytes of request bodies, inflated, by format",
    ),
    (
        "hopline_spans_accepted_total",
        "counter",
        "Spans that the store has kept, by format",
    ),
    (
        "hopline_spans_refused_total",
        "counter",
        "Spans that were refused one by one, by format and reason",
    ),
    (
        "hopline_spans_unsampled_total",
        "counter",
        "Spans that the sample rate left out, by format",
    ),
    (
        "hopline_log_records_accepted_total",
        "counter",
        "Log records that the store has kept as events of their spans, by format",
    ),
    (
        "hopline_log_records_refused_total",
        "counter",
        "Log records that were refused one by one, by format and reason",
    ),
    (
        "hopline_log_records_unsampled_total",
        "counter",
        "Log records that the sample rate left out, by format",
    ),
    (
        "hopline_metric_points_refused_total",
        "counter",
        "Data points of metrics, none of which is kept, by format and reason",
    ),
    (
        "hopline_texts_repaired_total",
        "counter",
        "Texts that were not UTF-8 and were repaired, by format",
    ),
    (
        "hopline_ingest_rejected_total",
        "counter",
        "Span requests that were refused whole, by format and status",
    ),
    (
        "hopline_sender_spans_total",
        "counter",
        "Spans that could be read, by format and the language of the SDK",
    ),
    ("hopline_queries_total", "counter", "Queries by outcome"),
    (
        "hopline_views_total",
        "counter",
        "Files that were looked at and not kept, by format and outcome",
    ),
    (
        "hopline_view_spans_refused_total",
        "counter",
        "Spans of such files that could not be shown, by format and reason",
    ),
    (
        "hopline_panics_caught_total",
        "counter",
        "Requests that hit a bug; anything above zero deserves a report",
    ),
    (
        "hopline_store_write_seconds",
        "histogram",
        "How long the store takes to keep a request's spans",
    ),
    (
        "hopline_ingest_memory_bytes",
        "gauge",
        "Bytes of request bodies under way",
    ),
    (
        "hopline_senders",
        "gauge",
        "Senders that /api/hopline/senders lists",
    ),
    (
        "hopline_senders_other_requests",
        "counter",
        "Span requests of senders for which that list had no room",
    ),
    (
        "hopline_store_spans_written",
        "counter",
        "Spans written since the start",
    ),
    ("hopline_store_disk_bytes", "gauge", "Bytes on disk"),
    (
        "hopline_store_tail_bytes",
        "gauge",
        "Bytes of spans in memory that wait to be arranged on disk",
    ),
    (
        "hopline_store_unflushed_bytes",
        "gauge",
        "Bytes of rows in memory that are only in the log on disk",
    ),
    (
        "hopline_store_failures",
        "counter",
        "Failures to arrange spans on disk; they stay in the log and it is tried again",
    ),
    (
        "hopline_store_buckets_dropped_early",
        "counter",
        "Buckets that went before their time because the disk limit was exceeded",
    ),
    (
        "hopline_store_indexes_missing",
        "gauge",
        "Buckets whose index is missing or damaged; searches read their spans meanwhile",
    ),
    (
        "hopline_store_indexes_rebuilt",
        "counter",
        "Indexes that were built anew from the spans since the start",
    ),
    (
        "hopline_store_rebuild_percent",
        "gauge",
        "How far the index that is being built has come; 100 when none is",
    ),
    (
        "hopline_store_searches_partial",
        "counter",
        "Searches that could not read all spans of a bucket without an index, and said so",
    ),
    (
        "hopline_store_buckets",
        "gauge",
        "Buckets of time that are kept",
    ),
    (
        "hopline_store_oldest_seconds",
        "gauge",
        "When the oldest kept bucket began, in seconds since 1970",
    ),
    (
        "hopline_store_names_refused",
        "counter",
        "Names that were not listed because a service had too many",
    ),
    (
        "hopline_store_commits",
        "counter",
        "Commits so far; spans written by commits is the size of a group",
    ),
    (
        "hopline_start_seconds",
        "gauge",
        "When the process started, in seconds since 1970",
    ),
];
