// The colour slot and the shape of a service: computed from its name, so the same everywhere with no table to keep.

export const SLOTS = 12;
export const SHAPES = ['circle', 'square', 'diamond', 'triangle'] as const;
export type Shape = (typeof SHAPES)[number];

export interface ServiceMark {
  slot: number;
  shape: Shape;
}

/** Asked for at every drawing of a bar, so each name is worked out once. */
export function serviceMark(name: string): ServiceMark {
  let mark = marks.get(name);
  if (!mark) {
    mark = markOf(name);
    marks.set(name, mark);
  }
  return mark;
}

/** FNV-1a over the lower-cased name. The offset's constant keeps the commonest names apart. */
function markOf(name: string): ServiceMark {
  let hash = (0x811c9dc5 ^ 7862) >>> 0;
  for (const byte of encoder.encode(name.toLowerCase())) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  hash = (hash ^ (hash >>> 16)) >>> 0;
  hash = Math.imul(hash, 0x85ebca6b) >>> 0;
  hash = (hash ^ (hash >>> 13)) >>> 0;
  return { slot: hash % SLOTS, shape: SHAPES[(hash >>> 8) % SHAPES.length] ?? 'circle' };
}

/** The class that gives an element its service's colour; a service that is not named has its own grey. */
export function serviceClass(name: string | null | undefined): string {
  return name ? `s${serviceMark(name).slot}` : 's-none';
}

const encoder = new TextEncoder();
const marks = new Map<string, ServiceMark>();
