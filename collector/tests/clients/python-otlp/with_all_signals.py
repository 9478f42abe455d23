"""with_all_signals.py URL grpc|http/protobuf: traces, metrics and logs with the SDK for Python, configured
as `opentelemetry-instrument` does it, by nothing but variables. Prints the id of its trace."""
import logging
import os
import sys


def main(url, protocol):
    # Their defaults, said aloud: all three signals.
    for signal in ["TRACES", "METRICS", "LOGS"]:
        os.environ[f"OTEL_{signal}_EXPORTER"] = "otlp"
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url
    os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
    os.environ["OTEL_SERVICE_NAME"] = "shop"
    os.environ["OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED"] = "true"
    from opentelemetry.sdk._configuration import _OTelSDKConfigurator

    _OTelSDKConfigurator().configure()
    from opentelemetry import _logs, metrics, trace

    logger = logging.getLogger("shop.cart")
    logger.setLevel(logging.INFO)
    logger.info("started, in no span")
    sold = metrics.get_meter("shop").create_counter("sold")
    with trace.get_tracer("shop").start_as_current_span("GET /cart") as span:
        sold.add(3, {"fruit": "apple"})
        logger.info("cart of %d things", 3, extra={"request_id": "req-7"})
        try:
            raise TimeoutError("stock did not answer")
        except TimeoutError:
            logger.exception("the order failed:\n%s", "see above")
        span.set_status(trace.StatusCode.ERROR)
        trace_id = format(span.get_span_context().trace_id, "032x")
    for provider in [trace.get_tracer_provider(), _logs.get_logger_provider(), metrics.get_meter_provider()]:
        provider.shutdown()
    print(trace_id)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
