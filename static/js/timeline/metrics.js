/**
 * Sizes and fonts of the timeline, in CSS pixels.
 *
 * @typedef {(text: string, font: string) => number} Measure  The width of a text.
 */

const UI = 'system-ui, -apple-system, "Segoe UI", sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace';

export const FONT = {
  laneName: `600 12.5px ${UI}`,
  laneNameNarrow: `600 11px ${UI}`,
  sub: `11.5px ${UI}`,
  subNarrow: `10.5px ${UI}`,
  title: `500 12px ${UI}`,
  code: `11.5px ${MONO}`,
  codeBold: `600 12px ${MONO}`,
  step: `11.5px ${MONO}`,
  delta: `10px ${MONO}`,
  flag: `600 12px ${MONO}`,
  fold: `11px ${UI}`,
  pill: `600 11px ${UI}`,
  status: `600 11px ${MONO}`,
  flat: `500 10.5px ${MONO}`,
  stretch: `11px ${UI}`,
  ghost: `600 12.5px ${UI}`,
};

/** Below this width of the element labels are short and columns narrow. */
export const NARROW = 560;

/** Width of the column with the names of the lanes. */
export const GUTTER = { wide: 134, narrow: 72 };

/** Width of one step. */
export const COLUMN = { wide: 30, narrow: 28 };

export const OVERVIEW = {
  wide: { top: 10, height: 30, bottom: 8 },
  narrow: { top: 6, height: 24, bottom: 4 },
};

/** The row of step numbers and the row of times beneath it. */
export const AXIS = { top: 6, steps: 22, deltas: 34 };

/** The band with the stretches of a recording, above the lanes; *markRoom* is between two marks on the overview. */
export const STRETCH = { height: 17, bottom: 5, inset: 5, mark: 5, markRoom: 2 };

export const LANE = { padding: 7, gap: 7, idle: 30, least: 46 };

/** The heading of a process; problems of its hidden lanes that are marked on it at most, and the room of each. */
export const GROUP = { height: 24, problems: 200, problemRoom: 7 };

/** Rows within a box. */
export const BOX = { title: 21, strip: 17, stripGap: 4, marks: 24, bottom: 6, inset: 6 };

/** A lane in which nothing happens in view is drawn thin when room is scarce: one row, its boxes as rims. */
export const QUIET = { row: 20, rim: 3 };

export const RIVER = { top: 8, row: 44, rowOfMany: 36, gap: 4, least: 18, most: 32, bottom: 6 };

/** Rivers that are drawn at most; the rest is counted. */
export const MAX_RIVERS = 3;

/** Lanes with nothing in view are folded into one line when there are more lanes than this. */
export const MAX_IDLE_LANES = 4;

/** Lanes of which nothing but leaked contexts is in view: the latest are shown, the rest is counted. */
export const MAX_LEAKED_LANES = 2;

/** Flat rows of lanes with very many contexts; *titled* is the least width of a bar with a title. */
export const FLAT = { top: 6, row: 15, problems: 14, problemRoom: 7, titled: 46 };
