/** The signs of the timeline and what they are called: in the legend those that occur, in the sheet behind `?` all. */

/**
 * @typedef {'app' | 'request' | 'both' | 'by-hand' | 'g' | 'session' | 'handling' | 'teardown' | 'thread' | 'exception' | 'handled' | 'outside' | 'abandoned'
 *   | 'g-read' | 'unsaved' | 'problem'} Sign
 */

/** @type {[sign: Sign, words: string][]} */
export const SIGNS = [
  ['app', 'app context'],
  ['request', 'request context'],
  ['both', 'context (app and request in one)'],
  ['by-hand', 'pushed by hand'],
  ['g', 'g empty, filled'],
  ['session', 'session opened, read, set, saved'],
  ['handling', 'matched, view begins'],
  ['teardown', 'teardown'],
  ['thread', 'thread started'],
  ['exception', 'exception'],
  ['handled', 'handled exception'],
  ['outside', 'outside of a context'],
  ['abandoned', 'never popped'],
];

/** What the sheet tells besides. @type {[sign: Sign, words: string][]} */
export const MORE_SIGNS = [
  ['g-read', 'a name in g: set, read, asked for in vain'],
  ['unsaved', 'session not written: nobody changed it'],
  ['problem', 'the doctor found something here'],
];
