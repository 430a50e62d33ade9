// SPDX-License-Identifier: MIT
//
// What register.js gives to module.register(): Node runs it on the thread of its loader.
let name, url;

export function initialize(data) {
    ({ name, url } = data);
}

export function resolve(request, context, next) {
    return request === name ? { url, format: 'commonjs', shortCircuit: true } : next(request, context);
}
