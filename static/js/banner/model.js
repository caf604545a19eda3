/**
 * What a person has to know of the server before anything else, and can mend: one sentence with its remedy.
 *
 * @import { ConnectionState } from '../connection.js'
 * @import { Hello } from '../protocol.js'
 * @import { Phrase } from '../phrases.js'
 */

import { code, say } from '../phrases.js';

/**
 * @param {ConnectionState} connection
 * @param {Pick<Hello, 'process'> | null} hello  Of the server that was connected last.
 * @returns {Phrase | null}  null when there is nothing to say.
 */
export function bannerOf(connection, hello) {
  if (connection.kind === 'waiting' && connection.why !== null) return say`${connection.why}`;
  if (hello === null || connection.kind !== 'open') return null;
  const { pid, siblings } = hello.process;
  const only = say`Only process ${code(String(pid))} is shown, and the server has others.`;
  switch (siblings) {
    case 'hub':
      return say`${only} All of them send their events to the hub at ${code('FLASKSCOPE_HUB_URL')}: open that one.`;
    case 'unseen':
      return say`${only} To see them all, start ${code('flaskscope hub')} and set ${code('FLASKSCOPE_HUB_URL')} to the address it prints, or set ${code('FLASKSCOPE_REDIS_URL')}.`;
    default:
      return null;
  }
}
