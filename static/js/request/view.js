/**
 * @import { Route } from '../protocol.js'
 * @import { BodyKind, Built, Draft } from './model.js'
 * @import { Answer } from './sending.js'
 */

import { make } from '../dom.js';
import { durationText } from '../units.js';
import { METHODS, argumentsOf, build, draftOf, emptyDraft, readRemembered, remembered, routeOf, sizeText } from './model.js';

const STORED_AS = 'flaskscope.requests';

/** @type {[BodyKind, string][]} */
const KINDS = [['none', 'No body'], ['form', 'Form'], ['json', 'JSON'], ['text', 'Text']];

/** The card in which a request is put together, sent and answered. */
export class RequestView {
  #element;
  #parts;
  /** @type {readonly Route[]} */
  #routes = [];
  #mount = '';
  #draft = emptyDraft();
  /** What was there before it was cleared. @type {Draft | null} */
  #cleared = null;
  /** @type {Draft[]} */
  #remembered;
  /** @type {HTMLElement} */
  #answer;
  /** @type {HTMLElement} */
  #problem;
  /** Where the focus goes back to. @type {HTMLElement | null} */
  #opener = null;

  /**
   * @param {HTMLElement} element
   * @param {object} parts
   * @param {(built: Built) => Promise<Answer>} parts.onSend
   * @param {{ read: (key: string) => string | null, keep: (key: string, value: string) => void }} parts.storage
   */
  constructor(element, parts) {
    this.#element = element;
    this.#parts = parts;
    this.#remembered = readRemembered(parts.storage.read(STORED_AS));
    this.#answer = make('div', { class: 'request-answer', role: 'status' });
    this.#problem = make('p', { class: 'request-problem', role: 'alert' });
    element.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#send();
      else if (event.key === 'Escape') this.close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** What the app can be asked for. @param {readonly Route[]} routes @param {string} mount */
  offer(routes, mount) {
    const isNew = JSON.stringify(routes) !== JSON.stringify(this.#routes) || mount !== this.#mount;
    this.#routes = routes;
    this.#mount = mount;
    if (isNew && !this.#element.hidden) this.#fill();
  }

  /** @param {HTMLElement | null} opener */
  open(opener) {
    this.#opener = opener;
    this.#element.hidden = false;
    this.#fill();
    /** @type {HTMLElement | null} */ (this.#element.querySelector('select, input'))?.focus();
  }

  /** @returns {boolean} Whether it was open. */
  close() {
    if (this.#element.hidden) return false;
    this.#element.hidden = true;
    this.#opener?.focus();
    return true;
  }

  #fill() {
    const draft = this.#draft;
    const place = routeOf(draft, this.#routes);
    this.#element.replaceChildren(
      make('header', {},
        make('h2', {}, 'Build a request'),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', title: 'Close (Esc)', onclick: () => this.close() }, '✕')),
      make('div', { class: 'request-fields' },
        this.#routes.length === 0 ? null : field('Route', select(
          [['-1', 'Another path…'], ...this.#routes.map(({ method, rule }, i) => /** @type {[string, string]} */ ([String(i), `${method} ${rule}`]))], String(place),
          (value) => this.#change(value === '-1' ? { path: '/' } : draftOf(this.#routes[Number(value)])))),
        make('div', { class: 'request-line' },
          field('Method', select(METHODS.map((method) => [method, method]), draft.method, (method) => this.#change({ method }))),
          field('Path', input(draft.path, (path) => { draft.path = path; }, { onchange: () => this.#fill() }))),
        ...argumentsOf(draft.path).map(({ name, converter }) => field(`${name}${converter === 'string' ? '' : `, ${converter}`}`,
          input(draft.values[name] ?? '', (value) => { draft.values[name] = value; }, { inputmode: converter === 'int' ? 'numeric' : null }))),
        field('Query, name=value on each line', area(draft.query, (query) => { draft.query = query; }, 1)),
        field('Headers, Name: value on each line', area(draft.headers, (headers) => { draft.headers = headers; }, 1)),
        make('fieldset', { class: 'choice request-kind' }, make('legend', { class: 'visually-hidden' }, 'Body'), ...KINDS.map(([kind, title]) => make(
          'button', { type: 'button', 'aria-pressed': String(kind === draft.kind), onclick: () => this.#change({ kind }) }, title))),
        draft.kind === 'none' ? null : field(
          { form: 'Form, name=value on each line', json: 'JSON', text: 'Text', none: '' }[draft.kind],
          area(draft.body, (body) => { draft.body = body; }, 4)),
        this.#problem,
        make('div', { class: 'request-buttons' },
          make('button', { type: 'button', class: 'tour-button', title: 'Ctrl+Enter', onclick: () => this.#send() }, 'Send'),
          make('button', { type: 'button', class: 'plain-button', onclick: () => this.#clear() }, 'Clear'),
          this.#cleared === null ? null : make('button', { type: 'button', class: 'plain-button', onclick: () => this.#restore() }, 'Undo clear'),
          make('span', { class: 'aside' }, 'Sent by this browser, with its cookies.')),
        this.#answer,
        this.#remembered.length === 0 ? null : make('section', { class: 'request-last' },
          make('h3', {}, 'Sent before', make('button', { type: 'button', class: 'link', onclick: () => this.#forget() }, 'forget them')),
          make('ul', {}, ...this.#remembered.map((one) => make('li', {}, make(
            'button', { type: 'button', class: 'link', onclick: () => this.#restore(one) }, make('code', {}, `${one.method} ${filled(one)}`))))))),
    );
  }

  /** @param {Partial<Draft>} changes */
  #change(changes) {
    const name = focusedName(this.#element);
    this.#draft = { ...this.#draft, ...changes };
    this.#problem.textContent = '';
    this.#fill();
    refocus(this.#element, name);
  }

  #clear() {
    this.#cleared = this.#draft;
    this.#draft = emptyDraft();
    this.#problem.textContent = '';
    this.#answer.replaceChildren();
    this.#fill();
    /** @type {HTMLElement | null} */ (this.#element.querySelector('select, input'))?.focus();
  }

  /** @param {Draft | null} [draft]  Without one, what was cleared. */
  #restore(draft = this.#cleared) {
    if (draft === null) return;
    if (draft === this.#cleared) this.#cleared = null;
    this.#draft = { ...draft, values: { ...draft.values } };
    this.#fill();
    /** @type {HTMLElement | null} */ (this.#element.querySelector('.tour-button'))?.focus();
  }

  #forget() {
    this.#remembered = [];
    this.#keep();
    this.#fill();
    /** @type {HTMLElement | null} */ (this.#element.querySelector('.tour-button'))?.focus();
  }

  #keep() {
    this.#parts.storage.keep(STORED_AS, JSON.stringify(this.#remembered));
  }

  async #send() {
    const result = build(this.#draft, this.#mount);
    if ('problem' in result) {
      this.#problem.textContent = result.problem;
      return;
    }
    this.#problem.textContent = '';
    const draft = { ...this.#draft, values: { ...this.#draft.values } };
    this.#remembered = remembered(this.#remembered, draft);
    this.#keep();
    this.#answer.replaceChildren(make('p', {}, `${draft.method} ${result.built.url} …`));
    const answer = await this.#parts.onSend(result.built);
    this.#tell(answer);
    const name = focusedName(this.#element);
    if (!this.#element.hidden) this.#fill();
    refocus(this.#element, name);
  }

  /** @param {Answer} answer */
  #tell({ ok, status, seconds, bytes, type, text, truncated }) {
    const parts = [status, durationText(seconds * 1e9), bytes === null ? null : sizeText(bytes), type === '' ? null : type.split(';')[0]];
    this.#answer.replaceChildren(
      make('p', { class: ok ? 'fire-outcome' : 'fire-outcome failed' }, parts.filter((part) => part !== null).join(' · ')),
      ...(text === '' ? [] : [make('pre', { tabindex: '0', role: 'group', 'aria-label': 'Answer' }, text)]),
      ...(truncated ? [make('p', { class: 'aside' }, 'The answer is longer than what is shown.')] : []),
    );
  }
}

/** The path of a draft as it was sent, for a list. @param {Draft} draft */
function filled({ path, values }) {
  return argumentsOf(path).length === 0 ? path : path.replace(/<(?:[^<>:]+:)?(\w+)>/g, (whole, name) => values[name] || whole);
}

/** @param {string} title @param {HTMLElement} control */
function field(title, control) {
  return make('label', { class: 'request-field' }, make('span', {}, title), control);
}

/** @param {[string, string][]} options @param {string} value @param {(value: string) => void} onChange */
function select(options, value, onChange) {
  const element = make('select', { onchange: () => onChange(element.value) }, ...options.map(([key, text]) => make('option', { value: key, selected: key === value }, text)));
  return element;
}

/** @param {string} value @param {(value: string) => void} onInput @param {Record<string, string | null | (() => void)>} [more] */
function input(value, onInput, more = {}) {
  const element = make('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', oninput: () => onInput(element.value), ...more });
  element.value = value;
  return element;
}

/** @param {string} value @param {(value: string) => void} onInput @param {number} rows */
function area(value, onInput, rows) {
  const fit = () => { element.rows = Math.min(8, Math.max(rows, element.value.split('\n').length)); };
  const element = make('textarea', { spellcheck: 'false', autocapitalize: 'off', oninput: () => { onInput(element.value); fit(); } });
  element.value = value;
  fit();
  return element;
}

/** What has the focus, so that it can have it again when the card was filled anew. @param {HTMLElement} element */
function focusedName(element) {
  const focused = element.querySelector(':focus');
  return focused === null ? null : focused.closest('label')?.firstElementChild?.textContent ?? focused.textContent;
}

/** @param {HTMLElement} element @param {string | null} name */
function refocus(element, name) {
  if (name === null) return;
  for (const each of element.querySelectorAll('label, button')) {
    if ((each.matches('label') ? each.firstElementChild : each)?.textContent !== name) continue;
    /** @type {HTMLElement} */ (each.matches('label') ? each.lastElementChild : each).focus();
    return;
  }
}
