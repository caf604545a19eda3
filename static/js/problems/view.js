/**
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Selection } from '../selection.js'
 * @import { Sources } from '../source.js'
 * @import { Finding } from './findings.js'
 * @import { Problem, ProblemsModel, Severity } from './model.js'
 */

import { copyButton } from '../copy-button.js';
import { describe } from '../description.js';
import { make } from '../dom.js';
import { contextAt } from '../history.js';
import { shortLaneName } from '../naming.js';
import { say } from '../phrases.js';
import { SourcePanel } from '../source-panel.js';
import { nodesOf } from '../text.js';
import { countText } from '../units.js';
import { countsOf, countsText } from './model.js';
import { marked } from './telling.js';

/** Problems that have an entry; older ones are counted. */
const SHOWN = 30;

/** Steps that a card lists where a problem came again. */
const MOST_AGAIN = 8;

/** @type {Record<Severity, string>} */
const SIGNS = { error: '✕', warning: '▲', lost: '⋯' };
/** @type {Record<Severity, string>} */
const WORDS = { error: 'Error', warning: 'Warning', lost: 'Events lost' };

/** The list of problems, the newest first. A press puts the playhead on one and opens its card. */
export class ProblemsView {
  #element;
  #parts;
  #stop;
  #shown = '';
  /** @type {string | null} */
  #openKey = null;
  #mustShow = false;

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {ProblemsModel} parts.model
   * @param {EventStore} parts.store
   * @param {Selection} parts.selection
   * @param {Sources} parts.sources
   * @param {Frame} parts.frame
   * @param {(text: string) => Promise<void>} parts.copy
   * @param {HTMLElement} [parts.badge]  Tells the count where the list is out of sight.
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    this.#stop = parts.frame.on('dom', () => this.#paint());
  }

  destroy() {
    this.#stop();
  }

  /** Open the card of the problem at a step and bring it into view. @param {number} step */
  openAt(step) {
    const problem = this.#parts.model.at(step);
    if (problem !== null) this.#open(problem.key);
  }

  /** Open the card of what a rule found last. @param {string} rule @returns {boolean} Whether there is one. */
  openRule(rule) {
    const problem = this.#parts.model.all().findLast(({ finding }) => finding?.rule === rule);
    if (problem !== undefined) this.#open(problem.key);
    return problem !== undefined;
  }

  /** @param {string} key */
  #open(key) {
    this.#openKey = key;
    this.#mustShow = true;
    this.#parts.frame.markDirty('dom');
  }

  #paint() {
    const { model, selection, badge } = this.#parts;
    const { step } = selection;
    const state = `${model.version} ${this.#positions(step)} ${this.#openKey}`;
    if (state !== this.#shown) {
      this.#shown = state;
      this.#fill(step);
      if (badge !== undefined) {
        const count = model.steps.length;
        badge.hidden = count === 0;
        badge.textContent = count === 0 ? '' : countText(count);
      }
    }
    if (!this.#mustShow) return;
    this.#mustShow = false;
    this.#element.querySelector('[aria-expanded="true"]')?.closest('li')?.scrollIntoView({ block: 'nearest' });
  }

  /** What the playhead changes in the list: a button that is replaced while the pointer is down never hears the click. @param {number} step */
  #positions(step) {
    const problems = this.#parts.model.all();
    return `${problems.filter(({ index }) => index <= step).length} ${problems.find(({ indexes }) => indexes.includes(step))?.key}`;
  }

  /** @param {number} step */
  #fill(step) {
    const problems = this.#parts.model.all();
    this.#element.hidden = problems.length === 0;
    if (problems.length === 0) return;
    const focused = this.#element.querySelector(':focus')?.getAttribute('data-problem') ?? null;
    const shown = problems.slice(-SHOWN).reverse();
    const rest = problems.length - shown.length;
    const counts = countsOf(problems);
    this.#element.replaceChildren(
      make('h2', { 'aria-label': `Problems: ${countsText(counts)}` }, 'Problems', ...countSigns(counts)),
      make('ul', { class: 'card' }, ...shown.map((problem) => this.#entry(problem, step)), rest > 0 ? make('li', { class: 'aside' }, `and ${countText(rest)} older`) : null),
    );
    if (focused !== null) /** @type {HTMLElement | null} */ (this.#element.querySelector(`[data-problem="${CSS.escape(focused)}"]`))?.focus({ preventScroll: true });
  }

  /** @param {Problem} problem @param {number} step */
  #entry(problem, step) {
    const { key, severity, index, indexes, finding } = problem;
    const { title, detail } = this.#parts.model.told(problem);
    const isOpen = key === this.#openKey;
    return make('li', { class: severity },
      make('button', {
        type: 'button',
        class: index > step ? 'problem later' : 'problem',
        'data-problem': key,
        'aria-current': indexes.includes(step) ? 'step' : null,
        'aria-expanded': finding === null ? null : String(isOpen),
        onclick: () => this.#press(problem, isOpen),
      },
      make('strong', {},
        make('span', { class: 'severity', role: 'img', 'aria-label': `${WORDS[severity]}:` }, SIGNS[severity]), ' ', ...nodesOf(title),
        indexes.length > 1 ? make('span', { class: 'times' }, ` ×${countText(indexes.length)}`) : null),
      isOpen && finding !== null ? null : make('span', { class: 'problem-detail' }, ...nodesOf(detail))),
      isOpen && finding !== null ? this.#card(problem, finding, detail) : null);
  }

  /** @param {Problem} problem @param {boolean} isOpen */
  #press({ key, index, finding }, isOpen) {
    this.#openKey = isOpen || finding === null ? null : key;
    if (index >= 0 && !isOpen) this.#parts.selection.moveTo(index);
    this.#parts.frame.markDirty('dom');
  }

  /** @param {Problem} problem @param {Finding} finding @param {Phrase} sentence */
  #card({ indexes }, finding, sentence) {
    const { copy } = this.#parts;
    const source = new SourcePanel(this.#parts);
    const sites = finding.sites.map((site) => source.nodesOf(site)).filter((nodes) => nodes.length > 0);
    const again = indexes.filter((index) => !finding.events.includes(index)).slice(-MOST_AGAIN);
    return make('div', { class: 'problem-card' },
      make('p', { class: 'problem-sentence' }, ...nodesOf(sentence)),
      make('p', {}, make('b', {}, 'Why. '), ...nodesOf(marked(finding.why))),
      make('h3', {}, 'What shows it'),
      make('ol', { class: 'evidence' }, ...finding.events.map((index) => make('li', {}, this.#evidence(index)))),
      again.length === 0 ? null : make('p', { class: 'again' }, 'Again at ', ...again.flatMap((index, i) => [i === 0 ? '' : ', ', this.#stepButton(index, `step ${countText(index + 1)}`)])),
      sites.length === 0 ? null : make('p', {}, 'In the code:', ...sites.flatMap((nodes) => nodes)),
      source.element,
      make('h3', {}, 'How to mend it', copyButton('Copy', () => finding.remedy, copy)),
      make('pre', { class: 'remedy', tabindex: '0', role: 'group', 'aria-label': 'How to mend it' }, finding.remedy.trimEnd()),
      finding.link === '' ? null : make('p', {}, make('a', { class: 'link', href: finding.link, target: '_blank', rel: 'noreferrer noopener' }, 'Flask’s documentation on this'), ' ↗'),
      make('p', { class: 'aside' },
        'Rule ', make('code', {}, finding.rule),
        finding.flask === null || finding.flask === 'all versions' ? '.' : `, ${finding.flask.startsWith('all versions') ? finding.flask.replace('all versions', 'all versions of Flask') : `Flask ${finding.flask}`}.`,
        finding.heuristic ? ' A guess from the pattern: a healthy app may show the same.' : '',
        ' If it is meant, switch it off with ', make('code', {}, `--allow ${finding.rule}`), ' or ', make('code', {}, `FLASKSCOPE_ALLOW=${finding.rule}`), '.'));
  }

  /** @param {number} index */
  #evidence(index) {
    const { store } = this.#parts;
    if (index < store.firstIndex || index >= store.size) return make('span', { class: 'aside' }, 'an event that this page does not hold');
    const event = store.at(index);
    const about = event.context === null ? null : contextAt(store, event.context, index)?.about ?? null;
    const what = say`${countText(index + 1)} · ${describe(event, about)} · ${shortLaneName(store, event.lane)}`;
    return this.#stepButton(index, ...nodesOf(what));
  }

  /** @param {number} index @param {...(Node | string)} content */
  #stepButton(index, ...content) {
    return make('button', { type: 'button', class: 'link', onclick: () => this.#parts.selection.moveTo(index) }, ...content);
  }
}

/** @param {Record<Severity, number>} counts */
function countSigns(counts) {
  return /** @type {Severity[]} */ (['error', 'warning', 'lost']).filter((severity) => counts[severity] > 0).map((severity) => make(
    'span', { class: `count ${severity}`, title: countsText({ error: 0, warning: 0, lost: 0, [severity]: counts[severity] }) },
    `${SIGNS[severity]} ${countText(counts[severity])}`));
}
