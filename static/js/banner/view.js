/**
 * @import { ConnectionState } from '../connection.js'
 * @import { Frame } from '../frame.js'
 * @import { Hello } from '../protocol.js'
 */

import { find } from '../dom.js';
import { plainText } from '../phrases.js';
import { nodesOf } from '../text.js';
import { bannerOf } from './model.js';

/** The line below the bar at the top. It stays until its reason is gone, or somebody has read it and closes it. */
export class BannerView {
  #element;
  #parts;
  #stops;
  #shown = '';
  #closed = '';

  /**
   * @param {HTMLElement} element
   * @param {{ frame: Frame, connection: () => ConnectionState, hello: () => Hello | null }} parts
   *   *hello*: of the server that was connected last.
   */
  constructor(element, { frame, ...parts }) {
    this.#element = element;
    this.#parts = parts;
    const button = find('button', element);
    const close = () => {
      this.#closed = this.#shown;
      frame.markDirty('dom');
    };
    button.addEventListener('click', close);
    this.#stops = [frame.on('dom', () => this.#paint()), () => button.removeEventListener('click', close)];
  }

  destroy() {
    for (const stop of this.#stops) stop();
  }

  #paint() {
    const { connection, hello } = this.#parts;
    const state = connection();
    // Between two tries the reason stands: it would flicker.
    if (state.kind === 'connecting') return;
    const phrase = bannerOf(state, hello());
    const text = phrase === null ? '' : plainText(phrase);
    this.#element.hidden = text === '' || text === this.#closed;
    if (text === this.#shown) return;
    this.#shown = text;
    find('.banner-text', this.#element).replaceChildren(...nodesOf(phrase ?? []));
  }
}
