/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Inspection } from '../inspection.js'
 * @import { Selection } from '../selection.js'
 * @import { Sources } from '../source.js'
 * @import { Card, Change } from './model.js'
 */

import { copyButton } from '../copy-button.js';
import { make } from '../dom.js';
import { contextName } from '../events.js';
import { SourcePanel } from '../source-panel.js';
import { countText, durationText } from '../units.js';
import { cardOf, titleOf } from './model.js';
import { cardJson, cardText, endLine, savedLine } from './report.js';

/** Names of a `g` or a session that a card lists; the rest is counted. */
const MOST_CHANGES = 40;

/** The card of one context: its whole life, whatever step the playhead is at. */
export class InspectView {
  #element;
  #parts;
  #stop;
  #shown = '';

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {EventStore} parts.store
   * @param {Selection} parts.selection
   * @param {Inspection} parts.inspection
   * @param {Sources} parts.sources
   * @param {Frame} parts.frame
   * @param {(text: string) => Promise<void>} parts.copy
   * @param {(context: number) => void} parts.onIsolate  "Only this one" was pressed.
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    const stops = [
      parts.inspection.subscribe(() => {
        element.parentElement?.scrollTo(0, 0);
        parts.frame.markDirty('dom');
      }),
      parts.frame.on('dom', () => this.#paint()),
    ];
    this.#stop = () => {
      for (const stop of stops) stop();
    };
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const { store, inspection } = this.#parts;
    const { context } = inspection;
    this.#element.hidden = context === null;
    // A context that has ended does not change any more; one that is open may with every event.
    const card = context === null ? null : cardOf(store, context);
    const state = card === null ? '' : JSON.stringify(card);
    if (state === this.#shown) return;
    this.#shown = state;
    if (card === null) this.#element.replaceChildren();
    else this.#element.replaceChildren(...this.#content(card));
  }

  /** @param {Card} card */
  #content(card) {
    const { store, inspection, onIsolate } = this.#parts;
    const source = new SourcePanel(this.#parts);
    return [
      make('header', {},
        make('h2', {}, card.title),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close the card', title: 'Close (Esc)', onclick: () => inspection.close() }, '✕')),
      make('div', { class: 'card' },
        make('dl', { class: 'facts' }, ...this.#facts(card, source)),
        source.element,
        ...(card.g === null ? [] : [difference('g', card.g.owner === card.id ? 'g' : `g of ${contextName(card.g.owner)}`, card.g.changes, card.g.unseen === null ? null : `Not seen: ${card.g.unseen}.`)]),
        ...(card.session === null ? [] : [difference('session', `session, ${card.session.opened}`, card.session.changes, savedLine(card.session))]),
        make('div', { class: 'card-actions' },
          make('button', { type: 'button', class: 'plain-button', onclick: () => onIsolate(card.id) }, 'Only this one'),
          copyButton('Copy text', () => cardText(card, (id) => store.sites.get(id)), this.#parts.copy),
          copyButton('Copy JSON', () => cardJson(card, (id) => store.sites.get(id)), this.#parts.copy))),
    ];
  }

  /** @param {Card} card @param {SourcePanel} source */
  #facts(card, source) {
    const { selection, store, inspection } = this.#parts;
    /** @param {number} step */
    const stepButton = (step) => make('button', { type: 'button', class: 'link', onclick: () => selection.moveTo(step - 1) }, `step ${countText(step)}`);
    /** @param {number} id */
    const contextButton = (id) => make('button', { type: 'button', class: 'link', onclick: () => inspection.open(id) }, titleOf(store, id));
    return [
      ...(card.request === '' ? [] : fact('Request', make('code', {}, card.request), card.view === null ? null : ` in view ${card.view}`)),
      ...fact('Pushed', `${card.pushedBy.replace(/^Pushed /, '')}, on ${card.lane}`, card.pushedAt > 0 ? ', ' : null, card.pushedAt > 0 ? stepButton(card.pushedAt) : null, ...source.nodesOf(card.site)),
      ...(card.reused === null ? [] : fact('Reused', contextButton(card.reused), ', so its g was not empty')),
      ...(card.partner === null ? [] : fact('With', contextButton(card.partner))),
      ...(card.response === null ? [] : fact('Response', `${card.response.status} after ${durationText(card.response.durationNs)}`)),
      ...card.exceptions.flatMap(({ type, message, handled, site, step }) => fact(handled ? 'Handled exception' : 'Exception', make('strong', { class: handled ? '' : 'error' }, type), message === '' ? null : `: ${message}`, ', ', stepButton(step), ...source.nodesOf(site))),
      ...card.teardowns.flatMap(({ name, durationNs, failed }) => fact('Teardown', make('code', {}, name), ` ${durationText(durationNs)}${failed === null ? '' : `, raised ${failed}`}`)),
      ...fact('End', card.livedNs === null ? card.end : endLine(card).replace(/, step \d+$/, ', '), card.endedAt === null ? null : stepButton(card.endedAt)),
    ];
  }
}

/** @param {string} name @param {...(Node | string | null)} content */
function fact(name, ...content) {
  return [make('dt', {}, name), make('dd', {}, ...content)];
}

/** @param {'g' | 'session'} kind @param {string} title @param {Change[]} changes @param {string | null} end */
function difference(kind, title, changes, end) {
  const rows = changes.slice(0, MOST_CHANGES).map(({ name, before, after }) => {
    const sign = before === null ? '+' : after === null ? '−' : before === after ? '=' : '~';
    const word = { '+': 'added', '−': 'removed', '=': 'unchanged', '~': 'changed' }[sign];
    return make('li', { class: word ?? '' },
      make('span', { class: 'sign', role: 'img', 'aria-label': word ?? '' }, sign),
      make('code', {}, before !== null && after !== null && before !== after ? `${name} = ${before} → ${after}` : `${name} = ${after ?? before}`));
  });
  if (changes.length > MOST_CHANGES) rows.push(make('li', {}, `and ${changes.length - MOST_CHANGES} more`));
  if (rows.length === 0) rows.push(make('li', { class: 'aside' }, 'empty from the push to the pop'));
  return make('section', { class: `difference ${kind}` }, make('h3', {}, title), make('ul', {}, ...rows), end === null ? null : make('p', { class: 'aside' }, end));
}
