// One span as it was recorded, the way the span panel shows it.

export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export interface Attribute {
  key: string;
  value: AttributeValue;
}

export interface Endpoint {
  serviceName: string | null;
  ipv4: string | null;
  ipv6: string | null;
  port: number | null;
}

export interface SpanEvent {
  /** Nanoseconds since the trace's start, or null if the event carries no time. */
  offset: number | null;
  name: string;
  attributes: Attribute[];
}

export interface SpanLink {
  traceId: string;
  spanId: string | null;
  attributes: Attribute[];
}

export interface Span {
  spanId: string;
  parentSpanId: string | null;
  kind: string;
  service: string | null;
  operation: string | null;
  /** Nanoseconds since the trace's start, or null if not recorded. */
  offset: number | null;
  durationNano: number | null;
  error: boolean;
  statusCode: string;
  statusMessage: string | null;
  shared: boolean;
  debug: boolean;
  localEndpoint: Endpoint | null;
  remoteEndpoint: Endpoint | null;
  attributes: Attribute[];
  events: SpanEvent[];
  links: SpanLink[];
  resource: Attribute[];
  scope: { name: string; version: string | null } | null;
  /** The answer's own object, for the raw view. */
  raw: unknown;
}

/** Where the logs of a span are, as the server was told. */
export interface LogLink {
  name: string;
  url: string;
}

/** An attribute's value on one line. */
export function valueText(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
