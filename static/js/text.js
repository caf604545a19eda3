/**
 * Phrases as elements.
 *
 * @import { Phrase } from './phrases.js'
 */

import { make } from './dom.js';

/**
 * @param {Phrase} phrase
 * @returns {(string | HTMLElement)[]} Text and code elements, for `append` and `replaceChildren`.
 */
export function nodesOf(phrase) {
  return phrase.map((part) => (typeof part === 'string' ? part : make('code', {}, part.code)));
}

/**
 * A name or a value that may go on in the next line after a dot, a slash or an underscore, and not within a word.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function breakable(text) {
  return text.split(/(?<=[./_])(?=\w)/).flatMap((part, i) => (i === 0 ? [part] : [make('wbr'), part]));
}
