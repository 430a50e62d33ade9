// SPDX-License-Identifier: MIT
//
// Bit-fields, of which a packed one may begin and end in any byte.
'use strict';

const { toInteger, toBigInt, toBoolean, fromBigInt } = require('./type');

/** The conversions of a bit-field of a type, whose storage unit is at `offset`. */
function bitField(type, offset, { at, width }) {
    const first = offset + (at >> 3), shift = BigInt(at & 7), bytes = ((at & 7) + width + 7) >> 3;
    const mask = (1n << BigInt(width)) - 1n;
    const signed = type.stored[0] === 'i';
    const least = signed ? -(1n << BigInt(width - 1)) : 0n, most = signed ? -least - 1n : mask;
    const range = width > 32 ? { least, most } : { least: Number(least), most: Number(most) };
    const limited = { text: `${type.text} of ${width} bits`, range };

    const bitsOf = (view, base) => {
        let all = 0n;
        for (let byte = bytes - 1; byte >= 0; byte--) all = all << 8n | BigInt(view.getUint8(base + first + byte));
        return all;
    };
    return {
        read(value, where) {
            if (type.kind === 'bool') return toBoolean(type, value, where) ? 1 : 0;
            if (type.kind === 'enum' && typeof value === 'string') value = type.read(value, where);
            return width > 32 ? toBigInt(limited, value, where) : toInteger(limited, value, where);
        },
        load(view, base) {
            const all = bitsOf(view, base) >> shift & mask;
            if (type.kind === 'bool') return all !== 0n;
            const value = signed ? BigInt.asIntN(width, all) : all;
            return type.isWide && type.instance.bigint ? value : fromBigInt(value);
        },
        write(view, base, value) {
            let all = bitsOf(view, base) & ~(mask << shift) | (BigInt(value) & mask) << shift;
            for (let byte = 0; byte < bytes; byte++, all >>= 8n) view.setUint8(base + first + byte, Number(all & 255n));
        },
    };
}

module.exports = { bitField };
