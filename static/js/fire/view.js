/**
 * @import { Outcome } from '../firing.js'
 * @import { Scenario } from '../protocol.js'
 * @import { Entry, Group, Theme } from './keys.js'
 */

import { make } from '../dom.js';
import { durationText } from '../units.js';
import { grouped } from './keys.js';

const STORED_AS = 'flaskscope.groups';

/** The rail at the left: a button for everything that can be fired. */
export class FireView {
  #element;
  #parts;
  /** @type {Map<string, { button: HTMLButtonElement, outcome: HTMLElement, summary: HTMLElement, hint: HTMLElement,
   *   problem: HTMLButtonElement | null, busy: number }>} */
  #buttons = new Map();
  /** Scenarios that the keys 1 to 9 fire where the focus is; null for the first nine of all. @type {Scenario[] | null} */
  #focused = null;
  #shown = '';
  /** Groups that were opened or closed by hand. @type {Record<string, boolean>} */
  #opened;

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {(scenario: Scenario) => void} parts.onFire
   * @param {(rule: string) => void} parts.onProblem  The problem that a fault shows is asked for.
   * @param {(button: HTMLElement) => void} parts.onBuild  A request is to be put together.
   * @param {() => void} parts.onOpen  A recording is to be opened.
   * @param {(() => void) | null} parts.onLive  Back from a recording to what is running; null where nothing is.
   * @param {{ read: (key: string) => string | null, keep: (key: string, value: string) => void }} parts.storage
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    this.#opened = readFlags(parts.storage.read(STORED_AS));
  }

  /** Show what the server lists. @param {Scenario[]} scenarios @param {boolean} canBuild  Whether there is an app to ask. */
  show(scenarios, canBuild) {
    const state = JSON.stringify([scenarios, canBuild]);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#buttons.clear();
    const groups = grouped(scenarios);
    this.#element.replaceChildren(...groups.map((group) => this.#group(group)));
    if (canBuild) {
      const button = make('button', { type: 'button', class: 'plain-button fire-build', onclick: () => this.#parts.onBuild(button) }, 'Build a request…');
      const first = this.#element.querySelector('.fire-section');
      if (first === null) this.#element.append(button);
      else first.append(button);
    } else if (groups.length === 0) {
      this.#element.append(make('p', { class: 'aside' }, 'This server lists nothing to fire. Use your app, and its contexts appear here.'));
    }
    this.#element.append(make('button', { type: 'button', class: 'plain-button fire-open', onclick: this.#parts.onOpen }, 'Open a recording…'));
    this.#foldWhatDoesNotFit(groups);
  }

  /** The names of all groups are in sight at first, if that can be: the last are folded, but for what a person opened. @param {Group[]} groups */
  #foldWhatDoesNotFit(groups) {
    const sections = [...this.#element.querySelectorAll('.fire-section')];
    for (let i = sections.length - 1; i > 0 && this.#element.scrollHeight > this.#element.clientHeight; i -= 1) {
      if (this.#opened[groups[i].id] === undefined) /** @type {HTMLDetailsElement} */ (sections[i]).open = false;
    }
  }

  /** Say what is shown instead of a running app. @param {{ name: string, unixMs: number | null }} recording @param {string} app */
  showRecording({ name, unixMs }, app) {
    const { onOpen, onLive } = this.#parts;
    this.#shown = '';
    this.#element.replaceChildren(make('section', { class: 'recording-note', 'aria-label': 'A recording' },
      make('h2', {}, 'A recording'),
      make('p', {}, make('strong', { class: 'recording-name', title: name }, name)),
      make('p', { class: 'aside' }, [recordedText(app, unixMs), 'Nothing runs here, so there is nothing to fire.'].join(' ').trim()),
      onLive === null ? null : make('button', { type: 'button', class: 'tour-button', onclick: onLive }, 'Back to live'),
      make('button', { type: 'button', class: 'plain-button fire-open', onclick: onOpen }, 'Open another…')));
  }

  /** What a digit fires in the group that has the focus; null where none has. @param {string} digit */
  ofFocused(digit) {
    return this.#focused?.[Number(digit) - 1] ?? null;
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
    const isRequest = scenario.does === 'request';
    entry.outcome.textContent = isRequest
      ? `${shortAnswer(summary)} · ${durationText(seconds * 1e9)}`
      : `${failed ? 'failed' : 'done'} · ${durationText(seconds * 1e9)}`;
    entry.outcome.classList.toggle('failed', failed !== undefined);
    entry.outcome.hidden = false;
    // What it came to takes the place of what it would show. The status of a request says it all.
    if (isRequest) return;
    entry.summary.textContent = summary;
    entry.summary.hidden = false;
    entry.hint.hidden = true;
  }

  /** The doctor has found what a rule is about: whoever broke it may look. @param {string} rule @param {Scenario[]} scenarios */
  found(rule, scenarios) {
    for (const scenario of scenarios) {
      const entry = scenario.rule === rule ? this.#buttons.get(scenario.name) : undefined;
      if (entry?.problem != null && !entry.outcome.hidden) entry.problem.hidden = false;
    }
  }

  /** @param {Group} group */
  #group({ id, title, count, themes }) {
    const several = themes.length > 1;
    return this.#folding(id, true, 'section', make('h2', {}, title), count, several
      ? themes.map((theme, i) => this.#folding(`${id} ${theme.title}`, i === 0, 'theme', make('h3', {}, theme.title), theme.entries.length, this.#entries(theme)))
      : this.#entries(themes[0]));
  }

  /**
   * @param {string} id
   * @param {boolean} isOpen  Unless it was closed by hand.
   * @param {string} kind
   * @param {HTMLElement} heading
   * @param {number} count
   * @param {HTMLElement[]} content
   */
  #folding(id, isOpen, kind, heading, count, content) {
    const details = make('details', { class: `fire-${kind}`, open: this.#opened[id] ?? isOpen },
      make('summary', {}, heading, make('span', { class: 'fire-count', 'aria-label': `${count} in it` }, String(count))),
      ...content);
    details.querySelector('summary')?.addEventListener('click', () => {
      // It opens or closes after this.
      this.#opened[id] = !details.open;
      this.#parts.storage.keep(STORED_AS, JSON.stringify(this.#opened));
    });
    return details;
  }

  /** @param {Theme} theme */
  #entries({ entries }) {
    const list = make('div', { class: 'fire-list' }, ...entries.map((entry) => this.#pair(entry)));
    const keys = () => [...list.querySelectorAll('.fire-button:not(.mended) kbd')];
    list.addEventListener('focusin', () => {
      this.#focused = entries.map(({ scenario }) => scenario);
      this.#number(keys(), entries, (_, i) => (i < 9 ? String(i + 1) : ''));
    });
    list.addEventListener('focusout', () => {
      this.#focused = null;
      this.#number(keys(), entries, ({ key }) => key ?? '');
    });
    return [list];
  }

  /** @param {Element[]} keys @param {Entry[]} entries @param {(entry: Entry, i: number) => string} keyOf */
  #number(keys, entries, keyOf) {
    keys.forEach((kbd, i) => {
      const key = keyOf(entries[i], i);
      kbd.textContent = key;
      /** @type {HTMLElement} */ (kbd).hidden = key === '';
      if (key === '') kbd.parentElement?.removeAttribute('aria-keyshortcuts');
      else kbd.parentElement?.setAttribute('aria-keyshortcuts', key);
    });
  }

  /** @param {Entry} entry */
  #pair({ scenario, twin, key }) {
    const isFault = scenario.group === 'wrong';
    if (!isFault) return this.#button(scenario, key, '', null);
    const { rule } = scenario;
    const problem = rule == null ? null : make('button', {
      type: 'button', class: 'link fire-problem', hidden: true, onclick: () => this.#parts.onProblem(rule),
    }, 'See what is wrong');
    return make('div', { class: twin === null ? 'fire-pair' : 'fire-pair has-twin', role: 'group', 'aria-label': scenario.title },
      this.#button(scenario, key, 'fault', problem),
      twin === null ? null : this.#button(twin, null, 'mended', null),
      problem);
  }

  /** @param {Scenario} scenario @param {string | null} key @param {'' | 'fault' | 'mended'} kind @param {HTMLButtonElement | null} problem */
  #button(scenario, key, kind, problem) {
    const outcome = make('span', { class: 'fire-outcome', hidden: true });
    const summary = make('span', { class: 'fire-summary', hidden: true });
    const hint = make('span', { class: 'fire-hint' }, scenario.hint);
    const isCode = /^[A-Z]+ \/|[()]/.test(scenario.title);
    const button = make(
      'button', {
        type: 'button', class: `fire-button ${kind}`.trim(), onclick: () => this.#parts.onFire(scenario), 'aria-keyshortcuts': key,
      },
      make('span', { class: 'fire-title' }, isCode ? make('code', {}, scenario.title) : scenario.title),
      kind === 'mended' ? null : make('kbd', { hidden: key === null }, key ?? ''),
      hint, summary, outcome,
    );
    this.#buttons.set(scenario.name, { button, outcome, summary, hint, problem, busy: 0 });
    return button;
  }
}

/** What was recorded, and when, as far as the file tells. @param {string} app @param {number | null} unixMs */
function recordedText(app, unixMs) {
  const begun = unixMs === null ? null : `begun ${new Date(unixMs).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`;
  const parts = [app === '' ? null : `of ${app}`, begun].filter((part) => part !== null);
  return parts.length === 0 ? '' : `Recording ${parts.join(', ')}.`;
}

/** `The app answered 200 OK.` in as few words as there is room for. @param {string} summary */
function shortAnswer(summary) {
  return /\b\d{3}\b/.exec(summary)?.[0] ?? (summary.startsWith('No answer') ? 'no answer' : 'answered');
}

/** @param {string | null} text @returns {Record<string, boolean>} */
function readFlags(text) {
  try {
    const flags = JSON.parse(text ?? '{}');
    return typeof flags === 'object' && flags !== null && !Array.isArray(flags) ? flags : {};
  } catch {
    // Somebody else's, or of another version.
    return {};
  }
}
