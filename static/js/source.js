/**
 * The source around a recorded place, and the address that opens it in the editor.
 *
 * @import { EventStore } from './event-store.js'
 */

/** Schemes that run script, open pages or load files instead of an editor; the server refuses them in the setting. */
const NO_EDITORS = new Set([
  'about', 'blob', 'chrome', 'data', 'file', 'filesystem', 'ftp', 'http', 'https', 'javascript', 'mailto', 'vbscript',
  'view-source', 'ws', 'wss',
]);

/** Answers that are kept: the same line is looked at again and again. */
const MOST_KEPT = 200;

/**
 * @param {string | null | undefined} template  With `{path}` and `{line}`.
 * @param {{ path: string, line: number }} place
 * @returns {string | null} null without an editor, or for an address that opens none.
 */
export function editorAddress(template, { path, line }) {
  if (template == null) return null;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(template)?.[1].toLowerCase();
  if (scheme === undefined || NO_EDITORS.has(scheme)) return null;
  const escaped = encodeURI(path.replaceAll('\\', '/')).replace(/[?#&]/g, (sign) => encodeURIComponent(sign));
  return template.replaceAll('{path}', escaped).replaceAll('{line}', String(line));
}

/** @typedef {{ first: number, line: number, lines: string[] }} Source  Numbers of lines, from 1. */

/** Asks the server for source. Only places of the running server can be asked for; others are told as not there. */
export class Sources {
  #store;
  #address;
  #fetch;
  /** @type {Map<number, Promise<Source | null>>} */
  #kept = new Map();

  /**
   * @param {Pick<EventStore, 'runs'>} store
   * @param {{ address: string, fetch?: (address: string) => Promise<Response> }} parts  *address*: of the dashboard.
   */
  constructor(store, { address, fetch = (url) => globalThis.fetch(url) }) {
    this.#store = store;
    this.#address = address;
    this.#fetch = fetch;
  }

  /** @param {number} site @returns {Promise<Source | null>} null when there is nothing to show. */
  read(site) {
    const base = this.#store.runs.at(-1)?.base ?? 0;
    if (site <= base) return Promise.resolve(null);
    let answer = this.#kept.get(site);
    if (answer === undefined) {
      answer = this.#ask(site - base);
      this.#kept.set(site, answer);
      if (this.#kept.size > MOST_KEPT) this.#kept.delete(/** @type {number} */ (this.#kept.keys().next().value));
    }
    return answer;
  }

  /** @param {number} number */
  async #ask(number) {
    try {
      const response = await this.#fetch(new URL(`source/${number}`, this.#address).href);
      return response.ok ? sourceOf(await response.json()) : null;
    } catch {
      // The server is away, or it is older than this page.
      return null;
    }
  }
}

/** @param {any} message @returns {Source | null} */
function sourceOf(message) {
  if (message?.type !== 'source' || !Array.isArray(message.lines)) return null;
  const { first, line } = message;
  if (!Number.isInteger(first) || !Number.isInteger(line)) return null;
  return { first, line, lines: message.lines.map(String) };
}
