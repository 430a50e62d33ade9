// SPDX-License-Identifier: MIT
//
// Functions that call with the arguments in registers (fast.c) if they are in order, and else do what the general one of
// generate.js does. They are small, so that V8 makes them part of their callers. Errno is not kept.
'use strict';

const native = require('./native');
const { views } = require('./scratch');
const { ERRNO_IF } = require('./function');

const REFUSED = 3; // an outcome (host.h)

/** What a direct call gives, of which C defines only some bits. */
const DIRECT = {
    __proto__: null, void: 'undefined', bool: '(given & 255) !== 0', i8: 'given << 24 >> 24', u8: 'given & 255',
    i16: 'given << 16 >> 16', u16: 'given & 65535', i32: 'given', u32: 'given', f32: 'given', f64: 'given', i64: '', u64: '',
};

const isWide = ({ type }) => type.stored === 'i64' || type.stored === 'u64';

/** V8 passes all integers of 64 bits of a function as Numbers, or all as BigInts: so there are two functions where parameters
 * have them. `wideResult` is the code that returns a result of 64 bits, which is in the shared memory. undefined: there is none. */
function directly(func, general, codes, helpers, wideResult) {
    const { parameters, result } = func.signature;
    const isDirect = ({ type }) => type.stored in DIRECT && !type.isNarrow;
    if (!func.options?.fast || result.annotations & ERRNO_IF || ![result, ...parameters].every(isDirect)) return undefined;
    const takes = parameters.some(isWide), gives = isWide(result);
    const numbers = takes || !gives ? native.direct(func.handle, false) : undefined;
    const bigInts = takes || gives ? native.direct(func.handle, true) : undefined;
    if (!numbers && !bigInts) return undefined;
    const given = parameters.map((_, index) => `a${index}`).join(', ');
    /** One of them, that else does what `otherwise` does. */
    const make = (direct, fits, store, otherwise) => new Function('otherwise', 'direct', 'func', 'views', 'helpers', `'use strict';
const { I32, U32, I64, U64 } = views, { failed, wide, isSafeInteger, asIntN, asUintN } = helpers;
return function ${general.name}(${given}) {
    if (${[`arguments.length === ${parameters.length}`, ...codes.map((one) => one[fits] ?? one.fits), 'func.handle !== 0'].join(' && ')}) {
        U32[6] = 1;
        const given = direct(${codes.map((one) => one.direct).join(', ')});
        if (U32[6] !== 1) failed(${REFUSED});
        U32[6] = 0;
        if (given !== undefined) {
            ${gives ? wideResult(store) : `return ${DIRECT[result.type.stored]};`}
        }
    }
    return otherwise.apply(undefined, arguments);
};`)(otherwise, direct, func, views, helpers);
    const byBigInts = bigInts ? make(bigInts, 'fitsBigInt', 'I64[1] = given', general) : general;
    return numbers ? make(numbers, 'fits', '', byBigInts) : byBigInts;
}

module.exports = { directly };
