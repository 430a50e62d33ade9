// SPDX-License-Identifier: MIT
//
// The JavaScript function of a bound one.
'use strict';

const native = require('./native');
const { know, checkAlive } = require('./function');
const { generate } = require('./generate');
const { interpret, asynchronous } = require('./interpret');
const { variadic } = require('./variadic');

/** What programs call. `async` is the same on another thread. */
function wrap(func) {
    const hasForms = func.signature.variadic && !func.base;
    const call = hasForms ? variadic(func, wrap, false) : generate(func) ?? interpret(func);
    know(call, func);
    Object.defineProperties(call, {
        name: { value: func.name || 'native', configurable: true },
        async: { value: hasForms ? variadic(func, wrap, true) : asynchronous(func) },
        address: { get: () => (checkAlive(func), BigInt.asUintN(64, BigInt(native.functionAddress(func.handle)))) },
        signature: { value: func.type.text },
    });
    return call;
}

module.exports = { wrap };
