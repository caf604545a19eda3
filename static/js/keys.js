/**
 * What a key does. Letters and signs act only while the timeline has the focus (WCAG 2.1.4); the digits that
 * fire, and `?`, are the exception, and are shown on screen.
 */

/** @typedef {'first' | 'back' | 'next' | 'follow' | 'play' | 'table' | 'problem' | 'help' | 'close'} Command */

/** @type {Record<string, Command>} */
const ON_THE_TIMELINE = {
  ArrowLeft: 'back', ArrowRight: 'next', '[': 'back', ']': 'next', Home: 'first', ' ': 'play', t: 'table', e: 'problem',
};

/**
 * @typedef {object} KeyPress
 * @property {string} key
 * @property {boolean} ctrlKey
 * @property {boolean} metaKey
 * @property {boolean} altKey
 */

/**
 * @param {KeyPress} press
 * @param {'timeline' | 'text' | 'control' | 'nothing'} focus  What has the focus: a text field, a button or its
 *   like, the timeline, or nothing.
 * @returns {{ command: Command } | { digit: string } | null}
 */
export function commandOf(press, focus) {
  if (press.ctrlKey || press.metaKey || press.altKey || focus === 'text') return null;
  const { key } = press;
  if (key === 'Escape') return { command: 'close' };
  if (key === '?') return { command: 'help' };
  if (key >= '1' && key <= '9' && key.length === 1) return { digit: key };
  if (key === 'End') return { command: 'follow' };
  const isCharacter = key.length === 1;
  if (isCharacter && key !== ' ' && focus !== 'timeline') return null;
  // Space presses the button that has the focus.
  if (key === ' ' && focus === 'control') return null;
  const command = ON_THE_TIMELINE[isCharacter ? key.toLowerCase() : key];
  return command === undefined ? null : { command };
}
