/**
 * What a key does. Letters and signs act only while the timeline has the focus (WCAG 2.1.4); the digits that
 * fire, `/` and `?` are the exception, and are shown on screen. All of them can be switched off.
 */

/** @typedef {'first' | 'back' | 'next' | 'pageBack' | 'pageNext' | 'follow' | 'play' | 'table' | 'problem'
 *   | 'problemBack' | 'laneBack' | 'laneNext' | 'contextBack' | 'contextNext' | 'find' | 'hit' | 'hitBack'
 *   | 'inspect' | 'isolate' | 'zoomIn' | 'zoomOut' | 'panLeft' | 'panRight' | 'lanesUp' | 'lanesDown' | 'fit' | 'help'
 *   | 'close'} Command */

/** @type {Record<string, Command>} */
const ON_THE_TIMELINE = {
  ArrowLeft: 'back', ArrowRight: 'next', Home: 'first', ' ': 'play', t: 'table', e: 'problem', i: 'inspect', o: 'isolate',
  '[': 'contextBack', ']': 'contextNext', ',': 'laneBack', '.': 'laneNext',
  w: 'zoomIn', s: 'zoomOut', a: 'panLeft', d: 'panRight', f: 'fit', '+': 'zoomIn', '-': 'zoomOut',
  PageUp: 'pageBack', PageDown: 'pageNext', F3: 'hit',
};

/** The same with Shift. @type {Record<string, Command>} */
const WITH_SHIFT = { e: 'problemBack', F3: 'hitBack', ArrowUp: 'lanesUp', ArrowDown: 'lanesDown' };

/** @type {Record<string, Command>} */
const SIGNS_EVERYWHERE = { '?': 'help', '/': 'find' };

/** Every key that does something, but for the digits and those that belong to the table. */
export const ACTING_KEYS = [...Object.keys({ ...ON_THE_TIMELINE, ...WITH_SHIFT }), ...Object.keys(SIGNS_EVERYWHERE), 'End', 'Escape'];

/**
 * @typedef {object} KeyPress
 * @property {string} key
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} altKey
 * @property {boolean} shiftKey
 */

/**
 * @param {KeyPress} press
 * @param {'timeline' | 'text' | 'control' | 'nothing'} focus  What has the focus: a text field, a button or its
 *   like, the timeline, or nothing.
 * @param {boolean} [characters]  Whether letters, digits and signs do anything at all.
 * @returns {{ command: Command } | { digit: string } | null}
 */
export function commandOf(press, focus, characters = true) {
  if ((press.ctrlKey || press.metaKey || press.altKey) && !isSignOfAlt(press)) return null;
  const { key } = press;
  if (focus === 'text') return key === 'Escape' || key === 'F3' ? other(press, focus) : null;
  if (key.length === 1 && key !== ' ') {
    if (!characters) return null;
    if (SIGNS_EVERYWHERE[key] !== undefined) return { command: SIGNS_EVERYWHERE[key] };
    if (key >= '1' && key <= '9') return { digit: key };
    if (focus !== 'timeline') return null;
  }
  return other(press, focus);
}

/**
 * Whether the keyboard needs Alt to write this sign at all, as a German one does for brackets. Windows tells AltGr as Ctrl
 * and Alt.
 *
 * @param {KeyPress} press
 */
function isSignOfAlt({ key, altKey, metaKey }) {
  return altKey && !metaKey && /^[^\p{L}\p{N}\s]$/u.test(key);
}

/** @param {KeyPress} press @param {string} focus @returns {{ command: Command } | null} */
function other({ key, shiftKey }, focus) {
  if (key === 'Escape') return { command: 'close' };
  if (key === 'End') return { command: 'follow' };
  // These belong to what has the focus: space presses a button, the Page keys and the arrows up and down scroll a panel.
  if (focus === 'control' && (key === ' ' || /^Page|^Arrow(Up|Down)/.test(key))) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const command = (shiftKey ? WITH_SHIFT[name] : undefined) ?? ON_THE_TIMELINE[name];
  return command === undefined ? null : { command };
}
