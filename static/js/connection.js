/**
 * The stream from the server: opens it, asks for what is missing, and opens it again when it ends.
 *
 * @import { Message } from './protocol.js'
 */

import { ProtocolError, followMessage, readMessage } from './protocol.js';

/** Seconds before the first and before every later try to connect again. */
export const FIRST_WAIT_SECONDS = 0.5;
export const LONGEST_WAIT_SECONDS = 5;

/**
 * @typedef {{ kind: 'connecting' } | { kind: 'open' } | { kind: 'waiting', seconds: number }
 *   | { kind: 'refused', why: string }} ConnectionState
 *   `waiting`: whole seconds until the next try. `refused`: it is of no use to try again.
 */

/** @typedef {Pick<WebSocket, 'send' | 'close' | 'addEventListener'>} Socket */

export class Connection {
  #url;
  #position;
  #onMessage;
  #onState;
  #open;
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
   * @param {() => { after: number, run: string | null }} parts.position  The last number that is held.
   * @param {(message: Message) => void} parts.onMessage
   * @param {(state: ConnectionState) => void} parts.onState
   * @param {(url: string) => Socket} [parts.open]
   * @param {(callback: () => void, milliseconds: number) => unknown} [parts.after]
   * @param {(timer: any) => void} [parts.cancel]
   * @param {() => number} [parts.now]  Milliseconds.
   */
  constructor({
    url, position, onMessage, onState,
    open = (address) => new WebSocket(address),
    after = (callback, milliseconds) => setTimeout(callback, milliseconds),
    cancel = (timer) => clearTimeout(timer),
    now = () => performance.now(),
  }) {
    this.#url = url;
    this.#position = position;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#open = open;
    this.#after = after;
    this.#cancel = cancel;
    this.#now = now;
  }

  /** Connect, now: also when the next try is still seconds away. */
  connect() {
    if (this.#ended || this.#socket !== null) return;
    this.#cancel(this.#timer);
    this.#onState({ kind: 'connecting' });
    const socket = this.#open(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      const { after, run } = this.#position();
      socket.send(followMessage(after, run));
    });
    socket.addEventListener('message', (/** @type {any} */ event) => {
      // A socket that was given up may still deliver: its messages would be doubled by the next one.
      if (this.#socket === socket) this.#take(event.data);
    });
    socket.addEventListener('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (!this.#ended) this.#waitUntil(this.#now() + this.#wait * 1000);
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

  /** @param {number} due  Milliseconds. */
  #waitUntil(due) {
    const left = due - this.#now();
    if (left <= 0) {
      this.connect();
      return;
    }
    this.#onState({ kind: 'waiting', seconds: Math.ceil(left / 1000) });
    // One tick for each whole second that is shown.
    const tick = left % 1000 || 1000;
    this.#timer = this.#after(() => this.#waitUntil(due), tick);
  }
}
