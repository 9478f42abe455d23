// The formats a trace is read and taken away in.
export const RAW_FORMATS = ['zipkin', 'otlp', 'hopline'] as const;
export type RawFormat = (typeof RAW_FORMATS)[number];

/** Names of formats, in every language the same. */
export const RAW_NAMES: Record<RawFormat, string> = {
  zipkin: 'Zipkin',
  otlp: 'OTLP',
  hopline: 'Hopline',
};

/** As much text as a page shows at once without becoming slow. */
export const WINDOW = 200_000;
/** Longer answers are shown as they came: laying them out would hold up the page. */
const MOST_LAID_OUT = 4_000_000;

/** Indented, or as it is where it is too long or no JSON. */
export function layOut(text: string): string {
  if (text.length > MOST_LAID_OUT) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
