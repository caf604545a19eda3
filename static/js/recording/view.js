/**
 * @import { Shelf } from './shelf.js'
 */

import { make } from '../dom.js';
import { RecordingError, readRecording } from './reader.js';

/** Bytes of a file that is read: above it a browser's own storage and memory give up. */
export const MOST_BYTES = 1_000_000_000;

/** Takes a file that is dropped on the page or chosen, and says why when it cannot be shown. */
export class RecordingView {
  #card;
  #parts;
  #input;
  /** Elements that the file is over: each child that is entered tells of itself. */
  #over = 0;
  /** @type {(() => void)[]} */
  #stops;

  /**
   * @param {{ veil: HTMLElement, card: HTMLElement }} elements
   * @param {object} parts
   * @param {Pick<Shelf, 'put'>} parts.shelf
   * @param {() => void} parts.onShow  The file is on the shelf and fit to be shown.
   * @param {(type: string, listener: (event: any) => void) => () => void} parts.listen
   */
  constructor({ veil, card }, parts) {
    this.#card = card;
    this.#parts = parts;
    this.#input = make('input', { type: 'file', accept: '.jsonl,.ndjson,.json,.txt', hidden: true, 'aria-label': 'Recording', onchange: () => this.#chosen() });
    veil.after(this.#input);
    /** @param {DragEvent} event */
    const isFile = (event) => event.dataTransfer?.types.includes('Files') === true;
    this.#stops = [
      parts.listen('dragenter', (event) => {
        if (!isFile(event)) return;
        this.#over += 1;
        veil.hidden = false;
      }),
      parts.listen('dragover', (event) => {
        if (isFile(event)) event.preventDefault();
      }),
      parts.listen('dragleave', (event) => {
        if (!isFile(event)) return;
        this.#over = Math.max(0, this.#over - 1);
        veil.hidden = this.#over === 0;
      }),
      parts.listen('drop', (event) => {
        this.#over = 0;
        veil.hidden = true;
        if (!isFile(event)) return;
        // The browser would leave the page and show the file itself.
        event.preventDefault();
        const file = event.dataTransfer.files[0];
        if (file !== undefined) this.take(file);
      }),
    ];
  }

  destroy() {
    for (const stop of this.#stops) stop();
  }

  /** Let a person choose a file. */
  choose() {
    this.#input.value = '';
    this.#input.click();
  }

  /** @returns {boolean} Whether there was something to close. */
  close() {
    const wasOpen = !this.#card.hidden;
    this.#card.hidden = true;
    return wasOpen;
  }

  /** Check a file, and show it if it is a recording. What is shown stays if it is none. @param {File} file */
  async take(file) {
    this.#tell(file.name, 'Reading it…', false);
    try {
      if (file.size > MOST_BYTES) throw new RecordingError(null, `It has ${Math.round(file.size / 1e6).toLocaleString('en')} MB, and this page takes ${MOST_BYTES / 1e6}: use flaskscope open.`);
      // Read to its end before anything changes: what is on the page stays if it is no recording.
      for await (const message of readRecording(textOf(file), file.name)) void message;
      await this.#parts.shelf.put(file);
    } catch (error) {
      const why = error instanceof RecordingError ? error.message
        : `This browser lets the page keep no file (${error instanceof Error ? error.message : error}): use flaskscope open.`;
      this.#tell(file.name, why, true);
      return;
    }
    this.#parts.onShow();
  }

  #chosen() {
    const file = this.#input.files?.[0];
    if (file !== undefined) this.take(file);
  }

  /** @param {string} name @param {string} text @param {boolean} failed */
  #tell(name, text, failed) {
    this.#card.hidden = false;
    this.#card.className = failed ? 'recording-card failed' : 'recording-card';
    this.#card.replaceChildren(
      make('header', {},
        make('strong', {}, failed ? `${name} is not shown` : name),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', title: 'Close (Esc)', onclick: () => this.close() }, '✕')),
      make('p', { role: failed ? 'alert' : 'status' }, text),
      ...(failed ? [make('p', { class: 'aside' }, 'What you see has not changed.')] : []),
    );
  }
}

/** The text of a file, piece by piece. @param {Blob} file @returns {AsyncGenerator<string>} */
export async function* textOf(file) {
  const decoder = new TextDecoder();
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    yield decoder.decode(value, { stream: true });
  }
  yield decoder.decode();
}
