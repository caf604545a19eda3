/**
 * The words for a problem.
 *
 * @import { EventStore, Gap } from '../event-store.js'
 * @import { Phrase } from '../phrases.js'
 * @import { Finding } from './findings.js'
 */

import { contextName } from '../events.js';
import { contextAt } from '../history.js';
import { laneName, requestName, siteName } from '../naming.js';
import { code, join, listing, say } from '../phrases.js';
import { countText, plural } from '../units.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'runs' | 'gaps' | 'lanes' | 'sites' | 'runAt'>} Store */
/** @typedef {{ title: Phrase, detail: Phrase }} Told */

/** Names that are written as they are in code. */
const CODE_NAMES = new Set(['g']);

/** Words that are not written with one capital letter. */
const SPELLED = new Map([['url', 'URL']]);

/** Why a session cookie was refused. */
const REFUSALS = new Map([
  ['signature', 'Its signature does not fit the secret key.'],
  ['expired', 'It has expired.'],
  ['format', 'No Flask app made it.'],
]);

/**
 * @param {Finding} finding
 * @param {Phrase | null} title  Of the event that shows it by itself, which names the instance.
 * @returns {Told}
 */
export function tellFinding(finding, title) {
  return { title: title ?? ruleTitle(finding.rule), detail: marked(finding.sentence) };
}

/**
 * The name of a rule as a heading.
 *
 * @param {string} rule  `g-shared-between-requests`
 * @returns {Phrase} `g` shared between requests
 */
export function ruleTitle(rule) {
  const [first, ...rest] = rule.split('-');
  const words = rest.length === 0 ? '' : ` ${rest.join(' ')}`;
  return CODE_NAMES.has(first) ? [code(first), words] : [`${SPELLED.get(first) ?? `${first.slice(0, 1).toUpperCase()}${first.slice(1)}`}${words}`];
}

/**
 * A sentence whose code is between backticks.
 *
 * @param {string} text
 * @returns {Phrase}
 */
export function marked(text) {
  const parts = text.split('`');
  // An odd number of backticks: the last one is a backtick of somebody's value.
  if (parts.length % 2 === 0) parts.push(`${parts.splice(-2, 1)}\`${parts.pop()}`);
  return parts.map((part, i) => (i % 2 === 1 ? code(part) : part)).filter((part) => part !== '');
}

/** @param {Gap} gap @returns {Told} */
export function tellLoss({ index, count, why }) {
  return { title: say`${plural(count, 'event')} lost before step ${countText(index + 1)}`, detail: [why] };
}

/** @param {Store} store @param {number} index @returns {Told} */
export function tellEvent(store, index) {
  const event = store.at(index);
  const site = event.site === null ? null : siteName(store.sites.get(event.site));
  const at = site === null ? null : code(site);
  const about = event.context === null ? null : contextAt(store, event.context, index)?.about ?? null;
  const request = about === null ? null : requestName(about);
  const lane = laneName(store, event.lane);
  const where = at === null ? say`${lane}, step ${countText(index + 1)}` : say`${lane}, ${at}, step ${countText(index + 1)}`;
  switch (event.kind) {
    case 'exception':
      return {
        title: request === null ? [event.type] : say`${event.type} in ${code(request)}`,
        detail: join(event.message === '' ? null : say`${code(event.message)}`, where),
      };
    case 'access.failed':
      return {
        title: say`${code(event.proxy)} used outside of ${event.needs === 'request' ? 'a request' : 'an app context'}`,
        detail: event.importing ? join(where, say`while a module was imported`) : where,
      };
    case 'context.abandoned':
      return {
        title: say`Context ${contextName(event.context)} was never popped`,
        detail: join(say`${lane} ended while it was still pushed.`, at === null ? null : say`Pushed at ${at}.`, say`Its teardown functions never ran.`),
      };
    case 'recorder.failed':
      return {
        title: say`FlaskScope failed in ${code(event.hook)}`,
        detail: say`${plural(event.count, 'time')}${event.off ? ', now turned off' : ''}. Your app was not touched.`,
      };
    case 'teardown':
      return { title: say`Teardown ${code(event.name)} raised ${event.failure?.type ?? ''}`, detail: where };
    case 'context.popped':
      return { title: say`Popping ${contextName(event.context)} raised ${event.failure?.type ?? ''}`, detail: join(event.failure?.message ? say`${event.failure.message}.` : null, where) };
    case 'session.changed':
    case 'session.deleted':
      return { title: say`The session was changed too late`, detail: join(say`Nothing saves ${code(event.key)} any more.`, where) };
    case 'session.saved':
      if (event.lost === true) return { title: say`A change inside the session is lost`, detail: join(say`${listing(event.nested.map(({ key }) => code(key)))} changed within.`, where) };
      return { title: say`The session was saved too late`, detail: join(say`The response had already left.`, where) };
    case 'session.opened':
      return { title: say`A session cookie was refused`, detail: join(REFUSALS.has(event.refusal ?? '') ? [/** @type {string} */ (REFUSALS.get(event.refusal ?? ''))] : null, where) };
    default:
      return { title: [event.kind], detail: where };
  }
}
