/**
 * @import { Outcome } from '../firing.js'
 * @import { Scenario } from '../protocol.js'
 */

import { make } from '../dom.js';
import { durationText } from '../units.js';
import { grouped } from './keys.js';

/** The rail at the left: a button for everything that can be fired. */
export class FireView {
  #element;
  #onFire;
  /** @type {Map<string, { button: HTMLButtonElement, outcome: HTMLElement, busy: number }>} */
  #buttons = new Map();
  #shown = '';

  /**
   * @param {HTMLElement} element
   * @param {{ onFire: (scenario: Scenario) => void }} parts
   */
  constructor(element, { onFire }) {
    this.#element = element;
    this.#onFire = onFire;
  }

  /** Show what the server lists. @param {Scenario[]} scenarios */
  show(scenarios) {
    const state = JSON.stringify(scenarios);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#buttons.clear();
    const groups = grouped(scenarios).map(({ title, entries }) => make(
      'section', {}, make('h2', {}, title),
      ...entries.map(({ scenario, key }) => this.#entry(scenario, key)),
    ));
    this.#element.replaceChildren(...groups);
    if (groups.length === 0) {
      this.#element.append(make('p', { class: 'aside' }, 'This server lists nothing to fire. Use your app, and its contexts appear here.'));
    }
  }

  /** @param {Scenario} scenario */
  began(scenario) {
    const entry = this.#buttons.get(scenario.name);
    if (entry === undefined) return;
    entry.busy += 1;
    entry.button.classList.add('busy');
    entry.button.setAttribute('aria-busy', 'true');
    for (const other of this.#buttons.values()) other.button.classList.toggle('last', other === entry);
  }

  /** @param {Scenario} scenario @param {Outcome[]} outcomes */
  ended(scenario, outcomes) {
    const entry = this.#buttons.get(scenario.name);
    if (entry === undefined) return;
    entry.busy -= 1;
    if (entry.busy === 0) {
      entry.button.classList.remove('busy');
      entry.button.removeAttribute('aria-busy');
    }
    const failed = outcomes.find(({ ok }) => !ok);
    const { summary, seconds } = failed ?? outcomes[0];
    entry.outcome.textContent = scenario.does === 'request'
      ? `${shortAnswer(summary)} · ${durationText(seconds * 1e9)}`
      : `${failed ? 'failed' : 'done'} · ${durationText(seconds * 1e9)}`;
    entry.outcome.classList.toggle('failed', failed !== undefined);
    // The whole sentence, where there is room for it.
    entry.button.title = summary;
    entry.outcome.hidden = false;
  }

  /** @param {Scenario} scenario @param {string | null} key */
  #entry(scenario, key) {
    const outcome = make('span', { class: 'fire-outcome', hidden: true });
    const isCode = /^[A-Z]+ \/|[()]/.test(scenario.title);
    const button = make(
      'button', { type: 'button', class: 'fire-button', onclick: () => this.#onFire(scenario), 'aria-keyshortcuts': key },
      make('span', { class: 'fire-title' }, isCode ? make('code', {}, scenario.title) : scenario.title),
      key === null ? null : make('kbd', {}, key),
      make('span', { class: 'fire-hint' }, scenario.hint),
      outcome,
    );
    this.#buttons.set(scenario.name, { button, outcome, busy: 0 });
    return button;
  }
}

/** `The app answered 200 OK.` in as few words as there is room for. @param {string} summary */
function shortAnswer(summary) {
  return /\b\d{3}\b/.exec(summary)?.[0] ?? (summary.startsWith('No answer') ? 'no answer' : 'answered');
}
