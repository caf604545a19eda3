/** What the sheet behind `?` says of each key. */

/** @typedef {[keys: string[], does: string][]} Keys */

/** @type {Keys} */
export const EVERYWHERE = [
  [['1', '…', '9'], 'fire'],
  [['Space'], 'play and pause'],
  [['←', '→'], 'step back and forward'],
  [['Home'], 'first step'],
  [['End'], 'newest step, and follow'],
  [['PgUp', 'PgDn'], '15 steps back and forward'],
  [['/'], 'find; Enter for the next, Shift+Enter for the one before'],
  [['F3'], 'next hit; with Shift the one before'],
  [['?'], 'all keys and signs'],
  [['Esc'], 'close, show the rest again, find nothing'],
];

/** What the timeline itself understands is told by the timeline. @type {Keys} */
export const ON_THE_TIMELINE = [
  [['[', ']'], 'previous and next context'],
  [[',', '.'], 'previous and next event of this lane'],
  [['E'], 'next problem; with Shift the previous one'],
  [['I'], 'the whole life of the context at the playhead'],
  [['O'], 'only this context; once more, all again'],
  [['T'], 'full event table'],
  [['W', 'S'], 'zoom in and out; also Ctrl and wheel, or two fingers'],
  [['+', '-'], 'the same'],
  [['A', 'D'], 'move left and right; also the wheel'],
  [['↑', '↓'], 'with Shift: scroll the lanes up and down'],
  [['F'], 'fit the context of the step, then everything'],
];

/** @type {Keys} */
export const IN_THE_TABLE = [
  [['↑', '↓'], 'row before and after; the keys of the timeline act, too'],
  [['Enter'], 'the whole life of the context of the row'],
];
