/**
 * The words of the state pill.
 *
 * @import { ConnectionState } from '../connection.js'
 * @import { ReplayState } from '../replay.js'
 */

import { countText } from '../units.js';

/**
 * @typedef {object} Pill
 * @property {'live' | 'paused' | 'away' | 'recording'} kind
 * @property {string} text
 * @property {string | null} key  What `End` would do; null when it does nothing.
 */

/**
 * @param {ConnectionState} connection
 * @param {ReplayState} replay
 * @param {number} step
 * @param {{ name: string, unixMs: number | null } | null} [recording]  The file that is shown instead of a running app.
 * @returns {Pill}
 */
export function pillOf(connection, replay, step, recording = null) {
  const key = replay.mode === 'waiting' ? null : replay.mode === 'replaying' ? 'to skip to now' : 'to follow';
  switch (connection.kind) {
    case 'connecting':
      return { kind: 'away', text: 'Connecting…', key: null };
    case 'waiting':
      return { kind: 'away', text: `Disconnected, trying again in ${connection.seconds} s`, key: null };
    case 'refused':
      return { kind: 'away', text: connection.why, key: null };
  }
  switch (replay.mode) {
    case 'waiting':
      if (recording !== null) return { kind: 'recording', text: `${recording.name}, at its end`, key };
      return { kind: 'live', text: step < 0 ? 'Live, waiting for events' : 'Live, following', key };
    case 'replaying':
      return { kind: 'live', text: `Replaying slowly, ${countText(replay.behind)} to go`, key };
    case 'playing':
      return { kind: 'live', text: `Playing, ${countText(replay.behind)} to go`, key };
    case 'paused':
      if (recording !== null) return { kind: 'recording', text: `${recording.name}, ${step < 0 ? 'before the first step' : `step ${countText(step + 1)}`}`, key: 'to its end' };
      return { kind: 'paused', text: step < 0 ? 'Paused before the first step' : `Paused at step ${countText(step + 1)}`, key };
  }
}
