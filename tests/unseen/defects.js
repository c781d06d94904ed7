// defects.js - what is wrong in one way each; every defect breaks one MUST clause.
//
// ordinary: a reviewer would nod. hostile: seen only in a corner (a class of values, a history, one
// connection, one credential, at the same time).
'use strict';
const ordinary = [...require('./ordinary_values.js'), ...require('./ordinary_calls.js')];
const hostile = [
  ...require('./hostile_values.js'), ...require('./hostile_calls.js'),
  ...require('./hostile_worlds.js'), ...require('./hostile_wire.js'),
];

module.exports = [
  ...ordinary.map((d) => ({ ...d, kind: 'ordinary' })),
  ...hostile.map((d) => ({ ...d, kind: 'hostile' })),
];
