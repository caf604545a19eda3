/**
 * The stream as lines of an ordinary answer, for servers that cannot do WebSockets: it looks like a socket.
 */

/** Characters of a line. The longest message has some hundred kilobytes; more is no server of ours. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** Characters of a reason that are shown. */
const LONGEST_REASON = 300;

/** A socket that only receives. It asks for what `send` says, since a request has to say it at once. */
export class LinesSocket {
  #url;
  #fetch;
  #abort = new AbortController();
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();

  /**
   * @param {string} url
   * @param {{ after: number, run: string | null, processes?: Record<string, number> }} position
   * @param {(url: string, init: any) => Promise<Response>} [request]
   */
  constructor(url, { after, run, processes }, request = (address, init) => fetch(address, init)) {
    this.#url = new URL(url);
    const query = this.#url.searchParams;
    query.set('after', String(after));
    if (run !== null) query.set('run', run);
    if (processes !== undefined) query.set('processes', Object.keys(processes).length === 0 ? '1' : JSON.stringify(processes));
    this.#fetch = request;
    this.#run();
  }

  /** The position went with the request. */
  send() {}

  close() {
    this.#abort.abort();
  }

  /** @param {string} type  `open`, `message` or `close`. @param {(event: any) => void} listener */
  addEventListener(type, listener) {
    const known = this.#listeners.get(type);
    if (known === undefined) this.#listeners.set(type, new Set([listener]));
    else known.add(listener);
  }

  async #run() {
    /** @type {string | null} */
    let why = null;
    try {
      const response = await this.#fetch(this.#url.href, { cache: 'no-store', signal: this.#abort.signal });
      const kind = response.headers.get('content-type') ?? '';
      if (response.ok && response.body !== null && kind.startsWith('application/x-ndjson')) {
        this.#tell('open', {});
        await this.#read(response.body);
      } else if (response.status === 503) {
        why = await reasonIn(response);
      }
    } catch {
      // The server is away, or this page left: both end it.
    }
    this.#tell('close', { why });
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async #read(body) {
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = /** @type {string} */ (lines.pop());
      if (rest.length > LONGEST_LINE) return;
      // An empty line means that the server is there.
      for (const data of lines) if (data !== '') this.#tell('message', { data });
    }
  }

  /** @param {string} type @param {any} event */
  #tell(type, event) {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

/**
 * Why the server has no stream: a message of the type `error`. What a proxy says is none.
 *
 * @param {Response} response
 * @returns {Promise<string | null>}
 */
async function reasonIn(response) {
  const message = await response.json();
  return message.type === 'error' ? `${message.what} ${message.remedy}`.slice(0, LONGEST_REASON) : null;
}
