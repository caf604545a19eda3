/**
 * Sends what was put together, and tells what came of it.
 *
 * @import { Built } from './model.js'
 */

import { FIRE_HEADER, textOfPage } from '../firing.js';

/** Of an answer as much is shown as a card holds. */
const SHOWN_CHARACTERS = 20_000;

/**
 * @typedef {object} Answer
 * @property {boolean} ok
 * @property {string} status  `200 OK`, or why there is none.
 * @property {number} seconds
 * @property {number | null} bytes
 * @property {string} type  Of its content.
 * @property {string} text
 * @property {boolean} truncated
 */

/**
 * @param {Built} built
 * @param {string} id  By which the server knows the request again.
 * @param {object} [parts]
 * @param {(url: string, init: any) => Promise<Response>} [parts.request]
 * @param {() => number} [parts.now]  Milliseconds.
 * @returns {Promise<Answer>} Never rejects.
 */
export async function send({ url, method, headers, body }, id, {
  request = (address, init) => fetch(address, init), now = () => performance.now(),
} = {}) {
  const began = now();
  try {
    const response = await request(url, {
      method, headers: [...headers, [FIRE_HEADER, id]], body, cache: 'no-store', redirect: 'manual',
    });
    const content = await response.arrayBuffer();
    const type = response.headers.get('content-type') ?? '';
    const isRedirect = response.type === 'opaqueredirect';
    const raw = isText(type) ? new TextDecoder().decode(content) : '';
    const text = type.startsWith('text/html') && response.status >= 500 ? textOfPage(raw) : type.includes('json') ? pretty(raw) : raw;
    return {
      ok: isRedirect || response.status < 500,
      status: isRedirect ? 'A redirect, not followed' : `${response.status} ${response.statusText}`.trim(),
      seconds: (now() - began) / 1000,
      bytes: isRedirect ? null : content.byteLength,
      type,
      text: text.slice(0, SHOWN_CHARACTERS),
      truncated: text.length > SHOWN_CHARACTERS,
    };
  } catch (error) {
    const why = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { ok: false, status: `No answer came (${why}). Is the server still running?`, seconds: (now() - began) / 1000, bytes: null, type: '', text: '', truncated: false };
  }
}

/** @param {string} type */
function isText(type) {
  return type === '' || /^text\/|json|xml|javascript|x-www-form-urlencoded/.test(type);
}

/** @param {string} text */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
