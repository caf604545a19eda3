/**
 * A request that a person puts together: from what was typed to what the browser sends.
 *
 * @import { Route } from '../protocol.js'
 */

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** Requests that are remembered; the oldest is forgotten. */
export const MOST_REMEMBERED = 8;

/** Characters of what is remembered of one: a huge body is not kept. */
const MOST_CHARACTERS = 20_000;

/** Headers that a browser lets no page set. It would leave them out without a word. */
const FORBIDDEN = /^(accept-charset|accept-encoding|connection|content-length|cookie|date|dnt|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/i;

/** @typedef {'none' | 'form' | 'json' | 'text'} BodyKind */

/**
 * What was typed.
 *
 * @typedef {object} Draft
 * @property {string} method
 * @property {string} path  As the app knows it; a rule such as `/cart/<int:item>` is filled in with `values`.
 * @property {Record<string, string>} values  By the names of the rule's arguments.
 * @property {string} query  `name=value`, one a line.
 * @property {string} headers  `Name: value`, one a line.
 * @property {BodyKind} kind
 * @property {string} body  For a form `name=value`, one a line.
 */

/** @typedef {{ url: string, method: string, headers: [string, string][], body: string | null }} Built */

/** @returns {Draft} */
export function emptyDraft() {
  return { method: 'GET', path: '/', values: {}, query: '', headers: '', kind: 'none', body: '' };
}

/** @param {Route} route @returns {Draft} */
export function draftOf({ method, rule }) {
  const takesBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  return { ...emptyDraft(), method, path: rule, kind: takesBody ? 'form' : 'none' };
}

/**
 * The parts of a rule that have to be filled in, in their order.
 *
 * @param {string} rule  `/cart/<int:item>`
 * @returns {{ name: string, converter: string }[]}
 */
export function argumentsOf(rule) {
  return [...rule.matchAll(ARGUMENT)].map(([, converter = 'string', name]) => ({ name, converter: converter.replace(/\(.*/, '') }));
}

const ARGUMENT = /<(?:([^<>:]+(?:\([^<>]*\))?):)?([A-Za-z_]\w*)>/g;

/**
 * What the browser has to send.
 *
 * @param {Draft} draft
 * @param {string} mount  The path that the app is under, without a slash at its end.
 * @returns {{ built: Built } | { problem: string }} What is wrong with it, and what to do.
 */
export function build(draft, mount) {
  const missing = argumentsOf(draft.path).find(({ name }) => (draft.values[name] ?? '') === '');
  if (missing !== undefined) return { problem: `Fill in ${missing.name}: the path needs it.` };
  if (!draft.path.startsWith('/') || draft.path.startsWith('//')) return { problem: `The path is '${draft.path}': begin it with one slash.` };
  const query = readPairs(draft.query, '=');
  if ('line' in query) return { problem: notAPair(query, 'query', 'name=value') };
  const headers = readPairs(draft.headers, ':');
  if ('line' in headers) return { problem: notAPair(headers, 'headers', 'Name: value') };
  for (const [name, value] of headers.pairs) {
    if (FORBIDDEN.test(name)) return { problem: `No page may set ${name}: the browser does it itself.` };
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name)) return { problem: `'${name}' is no name of a header.` };
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return { problem: `The value of ${name} has a character that no header can carry.` };
  }
  const body = bodyOf(draft);
  if (typeof body === 'object' && body !== null && 'problem' in body) return body;
  const path = draft.path.replace(ARGUMENT, (_, converter, name) => escaped(draft.values[name], converter ?? ''));
  const search = new URLSearchParams(query.pairs).toString();
  const [address, given = ''] = path.split(/\?(.*)/s);
  const whole = [given, search].filter((part) => part !== '').join('&');
  return {
    built: {
      url: `${mount}${address.replace(/[#\s]/g, encodeURIComponent)}${whole === '' ? '' : `?${whole}`}`,
      method: draft.method,
      headers: headers.pairs.some(([name]) => name.toLowerCase() === 'content-type') || body === null
        ? headers.pairs
        : [...headers.pairs, ['Content-Type', { form: 'application/x-www-form-urlencoded', json: 'application/json', text: 'text/plain; charset=utf-8', none: '' }[draft.kind]]],
      body,
    },
  };
}

/** @param {Draft} draft @returns {string | null | { problem: string }} */
function bodyOf({ kind, body, method }) {
  if (kind === 'none') return null;
  if (method === 'GET' || method === 'HEAD') return { problem: `A ${method} request has no body: choose “No body”, or another method.` };
  if (kind === 'text') return body;
  if (kind === 'json') {
    try {
      JSON.parse(body);
      return body;
    } catch (error) {
      return { problem: `The body is not JSON: ${error instanceof Error ? error.message : error}` };
    }
  }
  const form = readPairs(body, '=');
  return 'line' in form ? { problem: notAPair(form, 'form', 'name=value') } : new URLSearchParams(form.pairs).toString();
}

/** @param {{ line: number, text: string }} found @param {string} of @param {string} as */
function notAPair({ line, text }, of, as) {
  return `Line ${line} of the ${of} is '${text.length > 60 ? `${text.slice(0, 60)}…` : text}': write it as ${as}.`;
}

/**
 * @param {string} text
 * @param {'=' | ':'} sign
 * @returns {{ pairs: [string, string][] } | { line: number, text: string }} The first `line` that is no pair, from 1.
 */
export function readPairs(text, sign) {
  /** @type {[string, string][]} */
  const pairs = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const at = line.indexOf(sign);
    if (at < 1) return { line: i + 1, text: line.trim() };
    pairs.push([line.slice(0, at).trim(), sign === ':' ? line.slice(at + 1).trim() : line.slice(at + 1)]);
  }
  return { pairs };
}

/** The one route that a draft is, if it is one. @param {Draft} draft @param {readonly Route[]} routes */
export function routeOf({ method, path }, routes) {
  return routes.findIndex((route) => route.method === method && route.rule === path);
}

/**
 * The latest requests with one more in front.
 *
 * @param {readonly Draft[]} drafts
 * @param {Draft} draft
 * @returns {Draft[]}
 */
export function remembered(drafts, draft) {
  const text = JSON.stringify(draft);
  if (text.length > MOST_CHARACTERS) return [...drafts];
  return [draft, ...drafts.filter((other) => JSON.stringify(other) !== text)].slice(0, MOST_REMEMBERED);
}

/** What was stored, as far as it is that. @param {string | null} text @returns {Draft[]} */
export function readRemembered(text) {
  try {
    const stored = JSON.parse(text ?? '[]');
    if (!Array.isArray(stored)) return [];
    return stored.filter(isDraft).slice(0, MOST_REMEMBERED);
  } catch {
    // Somebody else's, or cut off.
    return [];
  }
}

/** @param {any} value @returns {value is Draft} */
function isDraft(value) {
  return typeof value === 'object' && value !== null && METHODS.includes(value.method) &&
    ['path', 'query', 'headers', 'body'].every((name) => typeof value[name] === 'string') &&
    ['none', 'form', 'json', 'text'].includes(value.kind) && typeof value.values === 'object' && value.values !== null;
}

/** @param {string} value @param {string} converter */
function escaped(value, converter) {
  // The converter `path` takes slashes; everything else would not match with one.
  return converter.startsWith('path') ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
}

/** @param {number} bytes @returns {string} `512 B`, `1.4 kB` */
export function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
