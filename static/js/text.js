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
