/**
 * The stream from the server: opens it, asks for what is missing, and opens it again when it ends.
 *
 * @import { Message } from './protocol.js'
 */

import { ProtocolError } from './event-row.js';
import { followMessage, readMessage } from './protocol.js';

/** Seconds before the first and before every later try to connect again. */
export const FIRST_WAIT_SECONDS = 0.5;
export const LONGEST_WAIT_SECONDS = 5;

/**
 * @typedef {{ kind: 'connecting' } | { kind: 'open' } | { kind: 'waiting', seconds: number, why: string | null }
 *   | { kind: 'refused', why: string }} ConnectionState
 *   `waiting`: whole seconds until the next try, and why the server has no stream, if it says so. `refused`: it is of no use to try again.
 */

/**
 * @typedef {object} Socket
 * @property {(text: string) => void} send
 * @property {() => void} close
 * @property {(type: 'open' | 'message' | 'close', listener: (event: any) => void) => void} addEventListener
 */

/** The last number that is held of the run, and of each other process. @typedef {{ after: number, run: string | null, processes?: Record<string, number> }} Position */

export class Connection {
  #url;
  #position;
  #onMessage;
  #onState;
  #open;
  #openLines;
  #after;
  #cancel;
  #now;
  /** @type {Socket | null} */
  #socket = null;
  #wait = FIRST_WAIT_SECONDS;
  /** @type {unknown} */
  #timer = null;
  #ended = false;

  /**
   * @param {object} parts
   * @param {string} parts.url
   * @param {() => Position} parts.position  The last number that is held.
   * @param {(message: Message) => void} parts.onMessage
   * @param {(state: ConnectionState) => void} parts.onState
   * @param {(url: string) => Socket} [parts.open]
   * @param {((position: Position) => Socket) | null} [parts.openLines]  Is tried where no WebSocket can be opened.
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.after]
   * @param {(timer: any) => void} [parts.cancel]
   * @param {() => number} [parts.now]  Milliseconds.
   */
  constructor({
    url, position, onMessage, onState,
    open = (address) => new WebSocket(address),
    openLines = null,
    after = (callback, milliseconds) => setTimeout(callback, milliseconds),
    cancel = (timer) => clearTimeout(timer),
    now = () => performance.now(),
  }) {
    this.#url = url;
    this.#position = position;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#open = open;
    this.#openLines = openLines;
    this.#after = after;
    this.#cancel = cancel;
    this.#now = now;
  }

  /** Connect, now: also when the next try is still seconds away. */
  connect() {
    if (this.#ended || this.#socket !== null) return;
    this.#cancel(this.#timer);
    this.#onState({ kind: 'connecting' });
    this.#follow(this.#open(this.#url), true);
  }

  /** @param {Socket} socket @param {boolean} isWebSocket */
  #follow(socket, isWebSocket) {
    let wasOpen = false;
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      wasOpen = true;
      const { after, run, processes } = this.#position();
      socket.send(followMessage(after, run, processes));
    });
    socket.addEventListener('message', (/** @type {any} */ event) => {
      // A socket that was given up may still deliver: its messages would be doubled by the next one.
      if (this.#socket === socket) this.#take(event.data);
    });
    socket.addEventListener('close', (/** @type {any} */ event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (!this.#ended && isWebSocket && !wasOpen && this.#openLines !== null) {
        // The server is away, or it cannot do WebSockets: an ordinary request tells which.
        this.#follow(this.#openLines(this.#position()), false);
        return;
      }
      if (!this.#ended) this.#waitUntil(this.#now() + this.#wait * 1000, event?.why ?? null);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_SECONDS);
    });
  }

  /** Leave for good. */
  close() {
    this.#ended = true;
    this.#cancel(this.#timer);
    this.#socket?.close();
    this.#socket = null;
  }

  /** @param {string} text */
  #take(text) {
    try {
      const message = readMessage(text);
      if (message === null) return;
      if (message.type === 'hello') {
        this.#wait = FIRST_WAIT_SECONDS;
        this.#onState({ kind: 'open' });
      }
      this.#onMessage(message);
    } catch (error) {
      this.close();
      if (!(error instanceof ProtocolError)) {
        this.#onState({ kind: 'refused', why: 'This page stumbled over a message: reload it (Ctrl+Shift+R).' });
        throw error;
      }
      this.#onState({ kind: 'refused', why: error.message });
    }
  }

  /** @param {number} due  Milliseconds. @param {string | null} why */
  #waitUntil(due, why) {
    const left = due - this.#now();
    if (left <= 0) {
      this.connect();
      return;
    }
    this.#onState({ kind: 'waiting', seconds: Math.ceil(left / 1000), why });
    // One tick for each whole second that is shown.
    const tick = left % 1000 || 1000;
    this.#timer = this.#after(() => this.#waitUntil(due, why), tick);
  }
}
