/**
 * A line of code as a button that shows its source beneath.
 *
 * @import { EventStore } from './event-store.js'
 * @import { Sources } from './source.js'
 */

import { make } from './dom.js';
import { siteName } from './naming.js';
import { editorAddress } from './source.js';

/** One place for source, and the buttons that fill it. Make a new one with each card. */
export class SourcePanel {
  element = make('div', { class: 'source', 'aria-live': 'polite' });
  #store;
  #sources;
  /** @type {number | null} */
  #open = null;
  /** @type {HTMLElement[]} */
  #buttons = [];

  /** @param {{ store: EventStore, sources: Sources }} parts */
  constructor({ store, sources }) {
    this.#store = store;
    this.#sources = sources;
  }

  /**
   * @param {number | null} id
   * @returns {(Node | string)[]} ` at views.py:12`, with a link to the editor where there is one; empty when it is not known.
   */
  nodesOf(id) {
    const site = id === null ? undefined : this.#store.sites.get(id);
    if (id === null || site === undefined) return [];
    const address = editorAddress(this.#store.runs.at(-1)?.hello.settings.editor, site);
    const button = make('button', {
      type: 'button', class: 'link site', title: `${site.path}:${site.line} in ${site.function}. Show the line`, 'aria-expanded': 'false',
      onclick: () => this.#toggle(id, button),
    }, siteName(site) ?? '');
    this.#buttons.push(button);
    return [' at ', button, ...(address === null ? [] : [' ', make('a', { class: 'link', href: address, title: `Open ${site.path} at line ${site.line}` }, 'open in editor')])];
  }

  /** @param {number} id @param {HTMLElement} button */
  async #toggle(id, button) {
    this.#open = this.#open === id ? null : id;
    for (const other of this.#buttons) other.setAttribute('aria-expanded', 'false');
    button.setAttribute('aria-expanded', String(this.#open !== null));
    if (this.#open === null) {
      this.element.replaceChildren();
      return;
    }
    const source = await this.#sources.read(id);
    if (this.#open !== id) return;
    if (source === null) {
      this.element.replaceChildren(make('p', { class: 'aside' }, 'The server cannot show this line: the file is gone, was changed, or is of an earlier start.'));
      return;
    }
    this.element.replaceChildren(make('pre', { tabindex: '0', role: 'group', 'aria-label': `Source around line ${source.line}` }, ...source.lines.flatMap((text, i) => {
      const number = source.first + i;
      return [make('span', { class: number === source.line ? 'line here' : 'line' }, `${String(number).padStart(4)} ${number === source.line ? '▸' : ' '} ${text}\n`)];
    })));
  }
}
