/**
 * What is on the canvas: shapes in CSS pixels from its top left corner. Made by layout.js, drawn by the
 * painters, searched by hit-test.js.
 *
 * @import { Bar } from './bar.js'
 * @import { River } from './rivers.js'
 * @import { FoldKind } from './scale.js'
 */

/**
 * The areas of the canvas, from top to bottom.
 *
 * @typedef {object} Areas
 * @property {number} width
 * @property {number} height
 * @property {boolean} narrow
 * @property {number} left  Where the plot begins, right of the names.
 * @property {{ top: number, bottom: number } | null} overview  null while every step fits.
 * @property {number} axis  The baseline under the step numbers.
 * @property {{ top: number, bottom: number } | null} stretches  null where the recording has none.
 * @property {number} lanesTop
 * @property {number} lanesBottom  Below it are the rivers.
 */

/** @typedef {{ step: number, x: number, name: string, delta: Delta | null }} Tick */
/** @typedef {{ text: string, isLong: boolean, height: number }} Delta */
/** @typedef {{ label: string, from: number, to: number, x: number, right: number, textX: number, text: string }} StretchShape */
/** @typedef {{ x: number, width: number, kind: FoldKind, text: string }} FoldShape */

/**
 * @typedef {object} LaneShape
 * @property {number} id
 * @property {string} name
 * @property {number} y
 * @property {number} height
 * @property {boolean} idle  Nothing of it is in view.
 * @property {boolean} folded  Only a row of it is shown.
 * @property {number | null} contexts  How many are in view, where they are too many to be told apart.
 */

/**
 * The heading above the lanes of a process.
 *
 * @typedef {object} GroupShape
 * @property {string} name
 * @property {string} note  Its host, how sure its times are, its end; empty where there is nothing to say.
 * @property {boolean} folded  Its lanes are not shown.
 * @property {number} count  Of its lanes.
 * @property {number} y
 * @property {number} height
 * @property {{ x: number, step: number }[]} problems  Of lanes that are not shown.
 */

/** @typedef {{ x: number, right: number, filled: boolean }} StripRun */
/** @typedef {{ x: number, text: string, filled: boolean }} StripText */
/** @typedef {{ y: number, height: number, runs: StripRun[], texts: StripText[] }} Strip */

/**
 * @typedef {object} Box
 * @property {Bar} bar
 * @property {number} x
 * @property {number} right
 * @property {number} y
 * @property {number} height
 * @property {boolean} openLeft
 * @property {boolean} openRight
 * @property {boolean} dashed
 * @property {boolean} leaked
 * @property {string} title
 * @property {number} titleX
 * @property {{ x: number, width: number, text: string } | null} pill
 * @property {Strip | null} strip
 * @property {number} marksY  The middle of the row of marks.
 * @property {boolean} dim  Left out by the filter.
 */

/**
 * @typedef {'pushed' | 'popped' | 'again' | 'abandoned' | 'g-set' | 'g-read' | 'g-missed' | 'g-deleted'
 *   | 'session-opened' | 'session-read' | 'session-changed' | 'session-deleted' | 'session-saved'
 *   | 'session-unsaved' | 'started' | 'matched' | 'unmatched' | 'finished' | 'exception' | 'handled' | 'outside'
 *   | 'teardown' | 'teardown-failed' | 'thread' | 'recorder'} MarkKind
 */

/**
 * @typedef {object} Mark
 * @property {number} step
 * @property {MarkKind} kind
 * @property {number} x
 * @property {number} y
 * @property {'appFill' | 'requestFill' | 'band'} on  What it lies on.
 * @property {string} text
 * @property {boolean} hit  Found by the search.
 * @property {boolean} dim  Left out by the filter.
 * @property {boolean} [found]  The doctor found something here that the event alone does not show.
 */

/** @typedef {{ kind: 'read' | 'save' | 'thread', x: number, from: number, to: number }} Connector */

/**
 * @typedef {object} RiverPart
 * @property {number} x
 * @property {number} right
 * @property {'none' | 'unknown' | 'holds'} kind
 * @property {number} height
 * @property {string} text
 * @property {number} textX
 * @property {boolean} saved  It begins with a save.
 */

/** @typedef {{ river: River | null, name: string, sub: string, y: number, bottom: number, parts: RiverPart[] }} RiverShape */

/**
 * What the axis shows beside or instead of the numbers of steps.
 *
 * @typedef {object} AxisShape
 * @property {'steps' | 'time'} kind
 * @property {{ x: number, text: string }[]} ticks  Those without text are small.
 * @property {string} from  What the texts count from; '' for the start.
 */

/** What a pixel of a flat row shows: an index of FLAT_COLOURS. @typedef {number} Shade */

/**
 * A row of bars, one value for each CSS pixel of the plot.
 *
 * @typedef {{ y: number, height: number, shades: Uint8Array }} FlatRow
 */

/**
 * @typedef {object} Flat
 * @property {FlatRow[]} rows
 * @property {{ x: number, y: number, step: number }[]} problems
 * @property {{ x: number, right: number, y: number }[]} hits  Found by the search, above the rows of their lane.
 * @property {{ x: number, y: number, text: string, bar: Bar }[]} titles
 * @property {{ x: number, right: number, y: number, height: number, text: string, bar: Bar }[]} leaks
 * @property {(x: number, y: number) => Box | null} boxAt
 * @property {(x: number, y: number) => number} problemAt  Its step; -1 for none.
 */

/**
 * @typedef {object} Scene
 * @property {Areas} areas
 * @property {number} from  First step in view.
 * @property {number} to  Last step in view.
 * @property {AxisShape} axis
 * @property {number} letGo  Events that were let go, and would be left of the first.
 * @property {(x: number) => number} stepAt  The step nearest to an x.
 * @property {number} end  Where the recorded part ends.
 * @property {Tick[]} ticks
 * @property {{ x: number, right: number }[]} hits  Where on the axis something was found.
 * @property {{ x: number, right: number }[]} problems  Where on the axis something went wrong, on whatever lane.
 * @property {FoldShape[]} folds
 * @property {StretchShape[]} stretches  Those in view.
 * @property {LaneShape[]} lanes
 * @property {GroupShape[]} groups
 * @property {{ y: number, text: string, leaked: number } | null} idleLanes  The line that stands for lanes not shown, and
 *   how many contexts on them were never popped.
 * @property {Box[]} boxes  Parents before their children.
 * @property {Mark[]} marks  Ordered by step.
 * @property {Connector[]} connectors
 * @property {RiverShape[]} rivers
 * @property {Flat | null} flat  The lanes as flat rows, where there are too many steps for boxes; else null.
 * @property {number} contentHeight  Of the lanes; more than fits means that they scroll.
 */

export {};
