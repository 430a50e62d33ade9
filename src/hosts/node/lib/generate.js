// SPDX-License-Identifier: MIT
//
// Calls by generated code: for each function a JavaScript function that checks its arguments, writes them into the scratch,
// calls the addon and reads the result. pow becomes
//
//     function pow(a0, a1) {
//         if (arguments.length !== 2) arity(arguments.length);
//         var n0 = typeof a0 === 'number' ? a0 : +read(0, a0);
//         var n1 = typeof a1 === 'number' ? a1 : +read(1, a1);
//         F64[4] = n0; F64[5] = n1;
//         call();
//         return F64[1];
//     }
//
// The order is that of interpret.js: everything that runs code of the program comes first, then what may throw, and between
// the first write into a slot and the call nothing else can run.
'use strict';

const { systemError } = require('./errors');
const native = require('./native');
const { Memory, isMemory } = require('./memory');
const { views, view, held, temporary, TOP, EXACT, ARGS, FOUR_GIB } = require('./scratch');
const { failArity, checkAlive, OUT, INOUT, LEN, OWN, ERRNO_IF, NONNULL } = require('./function');
const { fromBigInt } = require('./type');
const { Callback } = require('./callback');
const { isSlot } = require('./interpret');
const { directly } = require('./direct');

const MOST_TEXTS = 8; // as in call.c
const MOST_WIDE = 32; // the bits of EXACT

const { isSafeInteger } = Number, { asIntN, asUintN } = BigInt; // the program may replace them

/** What makes a number one of a type: a number that this changes is not in its range. */
const AS = {
    __proto__: null,
    i8: (a) => `${a} << 24 >> 24`,
    u8: (a) => `${a} & 255`,
    i16: (a) => `${a} << 16 >> 16`,
    u16: (a) => `${a} & 65535`,
    i32: (a) => `${a} | 0`,
    u32: (a) => `${a} >>> 0`,
};

/** What the code of one parameter does in each step, of which `own` comes before all calls: `first` runs code of the program, `check`
 * may throw, `store` neither. Addresses and integers of 64 bits are written as doubles, which the addon converts, as one store
 * takes half the time of two; a BigInt is written as it is, and marked in `exact`. */
function parameterCode(index, { type }, texts, wides, addresses) {
    const a = `a${index}`, word = ARGS + index;
    const lower = `I32[${2 * word}]`;
    const storeAddress = `F64[${word}] = p${index};`;
    const kind = type.stored;
    const n = `n${index}`, as = AS[kind];
    if (as) {
        return {
            check: type.isNarrow ? `var ${n} = read(${index}, ${a});` : `var ${n} = typeof ${a} === 'number' ? ${as(a)} : 0;
        if (${n} !== ${a}) ${n} = ${as(`read(${index}, ${a})`)};`,
            store: `${lower} = ${n};`,
            fits: `typeof ${a} === 'number' && (${as(a)}) === ${a}`,
            direct: as(a),
        };
    }
    switch (kind) {
    case 'bool':
        return { check: `if (${a} !== true && ${a} !== false) ${a} = read(${index}, ${a});`, store: `${lower} = ${a} ? 1 : 0;`,
            fits: `(${a} === true || ${a} === false)`, direct: `${a} ? 1 : 0` };
    case 'f64': case 'f32':
        return {
            check: `var ${n} = typeof ${a} === 'number' ? ${a} : +read(${index}, ${a});`,
            store: kind === 'f64' ? `F64[${word}] = ${n};` : `F32[${2 * word}] = ${n};`,
            fits: `typeof ${a} === 'number'`,
            direct: a,
        };
    case 'i64': case 'u64': {
        const [fits, as64, array] = kind === 'i64' ? [`isSafeInteger(${a})`, 'asIntN', 'I64'] : [`isSafeInteger(${a}) && ${a} >= 0`, 'asUintN', 'U64'];
        const fitsBigInt = `typeof ${a} === 'bigint' && ${as64}(64, ${a}) === ${a}`, bit = 1 << wides.push(index) - 1;
        return {
            check: `var safe${index} = ${fits};
        if (!safe${index} && !(${fitsBigInt})) ${a} = read(${index}, ${a});`,
            store: `if (safe${index}) F64[${word}] = ${a}; else { ${array}[${word}] = ${a}; exact |= ${bit}; }`,
            fits,
            fitsBigInt,
            direct: a,
        };
    }
    case 'pointer': {
        const store = storeAddress, object = true;
        addresses.push(index);
        if (type.isText && type.unit === 1 && texts.length < MOST_TEXTS) {
            texts.push(index);
            return {
                first: `if (typeof ${a} === 'object') ${a} = read(${index}, ${a});`,
                check: `var p${index} = typeof ${a} === 'string' ? 0 : address(${index}, ${a});`,
                store,
                temporary: 'rare',
            };
        }
        if (type.target.kind === 'function') {
            return {
                object,
                first: `if (typeof ${a} === 'object' && ${a} !== null && !isCallback(${a})) ${a} = read(${index}, ${a});`,
                check: `var p${index} = typeof ${a} === 'object' && ${a} !== null ? quickCode(${index}, ${a}) : address(${index}, ${a});`,
                store,
            };
        }
        return {
            object,
            first: `if (typeof ${a} === 'object') ${a} = read(${index}, ${a});`,
            check: `var p${index} = address(${index}, ${a});`,
            store,
            temporary: 'rare',
        };
    }
    default:
        if (type.isRecord && type.class) {
            addresses.push(index);
            return {
                object: true,
                own: `const { is: is${index}, quickAddress: quick${index} } = types[${index}];`,
                first: `if (typeof ${a} !== 'object' || ${a} === null || !is${index}(${a})) ${a} = read(${index}, ${a});`,
                check: `var p${index} = quick${index}(${a});
        if (p${index} !== p${index}) p${index} = value(${index}, ${a});`,
                store: storeAddress,
                temporary: 'often',
            };
        }
        if (isSlot(type)) return { check: `${a} = read(${index}, ${a});`, store: `write(${index}, ${8 * word}, ${a});` };
        addresses.push(index);
        return {
            object: true,
            first: `${a} = read(${index}, ${a});`,
            check: `var p${index} = value(${index}, ${a});`,
            store: storeAddress,
            temporary: 'often',
        };
    }
}

/** The result as JavaScript code; `call` stands for the call. */
function resultCode(func, call) {
    const { type, annotations } = func.signature.result;
    const check = annotations & ERRNO_IF;
    const give = (code) => check ? `${call};
        return checked(${code});` : `${call};
        return ${code};`;
    if (type.kind === 'pointer') {
        const owned = annotations & OWN;
        if (type.what === 'text' && !check) return `return ${call};`;
        return give(`pointer(I32[3] * ${FOUR_GIB} + U32[2])`.replace('pointer', owned ? 'owned' : 'pointer'));
    }
    switch (type.stored) {
    case 'void': return `${call};`;
    case 'bool': return give('U8[8] !== 0');
    case 'i8': return give('I8[8]');
    case 'u8': return give('U8[8]');
    case 'i16': return give('I16[4]');
    case 'u16': return give('U16[4]');
    case 'i32': return give('I32[2]');
    case 'u32': return give('U32[2]');
    case 'f32': return give('F32[2]');
    case 'f64': return give('F64[1]');
    case 'i64': case 'u64': {
        const signed = type.stored === 'i64';
        if (func.bigint) return give(`${signed ? 'I64' : 'U64'}[1]`);
        return `${call};
        const lower = I32[2], upper = ${signed ? 'I32' : 'U32'}[3];
        if (${signed ? 'upper === lower >> 31' : 'upper === 0 && lower >= 0'}) return ${check ? 'checked(lower)' : 'lower'};
        const result = upper > -2097152 && upper < 2097152 ? upper * ${FOUR_GIB} + U32[2] : wide();
        return ${check ? 'checked(result)' : 'result'};`;
    }
    default: break;
    }
    if (type.isRecord) {
        return `const record = new Result();
        let to = resultAddress(record);
        if (to !== to) to = addressOf(record);
        F64[0] = to;
        ${call};
        return record;`;
    }
    return undefined;
}

/** Where a call by fast.c leaves its outcome (host.h). */
const OUTCOME = 7, NOT_CALLED = 1, UNLOADED = 2, REFUSED = 3;

/** A function of V8's own that makes the call (fast.c); undefined if there is none. V8 calls it as C calls C if JavaScript may run
 * within, or does not. A function that is given functions calls them: those get a scope for handles from V8, which it has
 * not in such a call. */
function entryOf(func, texts) {
    const { fast, leaf } = func.options ?? {};
    const callsBack = func.signature.parameters.some(({ type }) => type.kind === 'pointer' && type.target.kind === 'function');
    if (fast === false || func.instance.reenters === undefined || texts.length > 1) return undefined;
    const isFast = !callsBack && (func.instance.reenters || fast || leaf) === true;
    return native.entry(func.instance.handle, func.calls.at(-1).handle, isFast);
}

/** The call by such a function, which V8 makes fast outside of `try` only. `kept` is what must not be collected meanwhile. */
function entryCode(texts, kept, temporaries) {
    const release = temporaries ? `U32[${TOP}] = mark;
        if (held.length !== holds) held.length = holds;` : '';
    const otherwise = texts.length === 0 ? '' : `if (U32[${OUTCOME}] === ${NOT_CALLED}) {
            U32[${OUTCOME}] = 0;
            try {
                call(${kept});
            } finally {
                release(mark, holds);
            }
        }`;
    return `entry(${texts.map((index) => `a${index}`)});
        ${otherwise}
        ${release}
        if (U32[${OUTCOME}] !== 0) failed(U32[${OUTCOME}]${kept && `, ${kept}`})`;
}

/** The JavaScript function of a Func; undefined for a signature that interpret.js serves. */
function generate(func) {
    const { parameters, result } = func.signature;
    const rare = [result, ...parameters].some(({ annotations }) => annotations & (OUT | INOUT | LEN));
    if (rare || parameters.length > 64) return undefined;
    const Result = result.type.isRecord ? result.type.class : undefined;
    const texts = [], wides = [], addresses = [];
    const codes = parameters.map((parameter, index) => parameterCode(index, parameter, texts, wides, addresses));
    if (wides.length > MOST_WIDE) return undefined;
    const doubles = [...wides, ...addresses];
    const objects = [...texts, ...codes.flatMap(({ object }, index) => object ? [index] : [])];
    const isText = result.type.kind === 'pointer' && result.type.what === 'text' && !(result.annotations & ERRNO_IF);
    if (resultCode(func, '') === undefined) return undefined;
    const call = func.caller(texts, isText, doubles);
    const temporaries = codes.some((one) => one.temporary);
    const entry = isText ? undefined : entryOf(func, texts);
    const kept = objects.map((index) => `a${index}`).join(', ');
    const code = resultCode(func, entry ? entryCode(texts, kept, temporaries) : `call(${kept})`);
    const given = parameters.map((_, index) => `a${index}`);
    const steps = (step) => codes.map((one) => one[step]).filter(Boolean).join('\n        ');
    const rest = `${wides.length ? 'let exact = 0;' : ''}
        ${steps('store')}
        ${doubles.length ? `U32[${EXACT}] = ${wides.length ? 'exact' : '0'};` : ''}
        ${code}`;
    const name = /^[A-Za-z_$][\w$]*$/.test(func.name) ? `native_${func.name}` : 'native';
    const source = `'use strict';
const { I8, U8, I16, U16, I32, U32, F32, F64, I64, U64 } = views;
const { ${Object.keys(helpersOf(func)).join(', ')} } = helpers;
${steps('own')}
return function ${name}(${given.join(', ')}) {
        if (arguments.length !== ${given.length}) arity(arguments.length);
        ${steps('first')}
        ${temporaries ? `const mark = U32[${TOP}], holds = held.length;` : ''}
        ${!temporaries ? `${steps('check')}
        ${rest}` : entry ? `try {
        ${steps('check')}
        } catch (error) {
            release(mark, holds);
            throw error;
        }
        ${rest}` : `try {
        ${steps('check')}
        ${rest}
        } finally {
            U32[${TOP}] = mark;
            if (held.length !== holds) held.length = holds;
        }`}
};`;
    let make;
    try {
        make = new Function('views', 'held', 'helpers', 'call', 'Result', 'func', 'entry', source);
    } catch (error) {
        if (error instanceof EvalError) return undefined;
        throw error;
    }
    const helpers = helpersOf(func);
    const general = make(views, held, helpers, call, Result, func, entry);
    return directly(func, general, codes, helpers, (store) => resultCode(func, store)) ?? general;
}

/** What arguments refer to is valid until the call returns: the arguments themselves are passed to it. What an array or an object
 * refers to, which is made in memory for the call, is held. */
const keepHeld = (_, object) => { if (object) held.push(object); };
const HOLD = { keep() {}, hold: keepHeld, outlives: false, isNonnull: false }, HOLD_NONNULL = { ...HOLD, isNonnull: true };

/** What the generated code calls where it does not do the work itself. */
function helpersOf(func) {
    const { parameters, result, failure } = func.signature;
    const types = parameters.map(({ type }) => type), wheres = parameters.map((_, index) => func.where(index));
    const leasts = parameters.map(({ length }) => length || 1);
    const places = parameters.map(({ annotations }) => annotations & NONNULL ? HOLD_NONNULL : HOLD);
    return {
        arity: (count) => failArity(func, count, types.length),
        read: (index, value) => types[index].read(value, wheres[index]),
        write: (index, offset, value) => types[index].write(view, offset, value, wheres[index], keepHeld),
        address: (index, value) => types[index].address(value, wheres[index], places[index], leasts[index]),
        isCallback: Callback.is,
        quickCode(index, callback) {
            const code = Callback.codeOf(callback), type = Callback.typeOf(callback), { target } = types[index];
            return code === code && (type === target || target.same(type)) ? code : types[index].address(callback, wheres[index], HOLD);
        },
        value(index, read) {
            const type = types[index];
            if (type.isRecord && isMemory(read)) return type.addressOf(read, wheres[index]);
            const memory = temporary(type.size);
            type.write(memory.view, memory.offset, read, wheres[index], keepHeld);
            return memory.address;
        },
        failed(outcome) {
            views.U32[6] = views.U32[OUTCOME] = 0;
            if (outcome === UNLOADED) checkAlive(func);
            if (outcome === REFUSED) throw Object.assign(new TypeError(`${func.name}: it was declared fast, but it has called back`), { code: 'FFI_ERROR_ARGUMENT' });
            native.settle();
        },
        release(mark, holds) {
            views.U32[TOP] = mark;
            held.length = holds;
        },
        isSafeInteger, asIntN, asUintN,
        addressOf: Memory.addressOf,
        resultAddress: result.type.quickAddress,
        types,
        pointer: (address) => address === 0 ? null : result.type.from(address),
        owned(address) {
            if (address === 0) return null;
            if (result.type.what !== 'wide' && result.type.what !== 'text') return func.own(address, result.type);
            try {
                return result.type.from(address);
            } finally {
                native.callOwner(func.owner.handle, address);
            }
        },
        wide: () => fromBigInt((result.type.stored === 'i64' ? views.I64 : views.U64)[1]),
        checked(value) {
            const number = value === null ? 0 : isMemory(value) ? Memory.addressOf(value) : value;
            if (Number(number) === Number(failure)) throw systemError(func.name, native.errno());
            return value;
        },
    };
}

module.exports = { generate };
