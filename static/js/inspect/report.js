/**
 * A card as something to paste: text for people, JSON for programs.
 *
 * @import { Card, Change } from './model.js'
 * @import { Site } from '../events.js'
 */

import { contextName } from '../events.js';
import { durationText, plural } from '../units.js';

/** @typedef {(id: number) => Site | undefined} Sites */

/** @param {Card} card @param {Sites} sites @returns {string} */
export function cardText(card, sites) {
  const lines = [`${card.title}${card.request === '' ? '' : ` for ${card.request}`}`];
  lines.push(`${card.pushedBy}${place(card.site, sites)}, on ${card.lane}${card.pushedAt > 0 ? `, step ${card.pushedAt}` : ''}`);
  if (card.reused !== null) lines.push(`Reused app context ${contextName(card.reused)}`);
  lines.push(endLine(card));
  if (card.view !== null) lines.push(`View: ${card.view}`);
  if (card.response !== null) lines.push(`Response: ${card.response.status} after ${durationText(card.response.durationNs)}`);
  if (card.g !== null) lines.push(`g of ${contextName(card.g.owner)}:`, ...changeLines(card.g.changes));
  if (card.session !== null) lines.push(`session, ${card.session.opened}:`, ...changeLines(card.session.changes), `  ${savedLine(card.session)}`);
  for (const { name, durationNs, failed } of card.teardowns) {
    lines.push(`Teardown ${name}: ${durationText(durationNs)}${failed === null ? '' : `, raised ${failed}`}`);
  }
  for (const { type, message, handled, site, step } of card.exceptions) lines.push(`${type}: ${message}${handled ? ' (handled)' : ''}${place(site, sites)}, step ${step}`);
  return `${lines.join('\n')}\n`;
}

/** @param {Card} card @param {Sites} sites @returns {string} */
export function cardJson(card, sites) {
  /** @param {number | null} id */
  const site = (id) => {
    const known = id === null ? undefined : sites(id);
    return known === undefined ? null : { path: known.path, line: known.line, function: known.function };
  };
  return JSON.stringify({
    ...card,
    id: contextName(card.id),
    reused: card.reused === null ? null : contextName(card.reused),
    partner: card.partner === null ? null : contextName(card.partner),
    g: card.g === null ? null : { ...card.g, owner: contextName(card.g.owner) },
    site: site(card.site),
    exceptions: card.exceptions.map((one) => ({ ...one, site: site(one.site) })),
  }, null, 2);
}

/** @param {Card} card */
export function endLine({ end, livedNs, endedAt }) {
  return livedNs === null ? end : `${end} after ${durationText(livedNs)}, step ${endedAt}`;
}

/** What became of the session. @param {NonNullable<Card['session']>} session */
export function savedLine({ saved, pending }) {
  if (saved === null) return pending ? 'Not saved yet' : 'Not offered for saving';
  if (!saved.written) return `Not written: ${saved.why}`;
  const size = saved.cookieBytes === null ? '' : `, a cookie of ${plural(saved.cookieBytes, 'byte')}`;
  return `${saved.late ? 'Written too late' : 'Written'}: ${saved.why}${size}`;
}

/** @param {Change[]} changes */
function changeLines(changes) {
  if (changes.length === 0) return ['  (empty)'];
  return changes.map(({ name, before, after }) => {
    if (before === null) return `  + ${name} = ${after}`;
    if (after === null) return `  - ${name} = ${before}`;
    return before === after ? `    ${name} = ${after}` : `  ~ ${name} = ${before} -> ${after}`;
  });
}

/** @param {number | null} id @param {Sites} sites */
function place(id, sites) {
  const site = id === null ? undefined : sites(id);
  return site === undefined ? '' : ` at ${site.path}:${site.line}`;
}
