// SPDX-License-Identifier: MIT
//
// Makes `std:ffi` a module's name, for require() and import: `node --import ffi_invoke/register program.mjs`, or
// `node --require ffi_invoke/register program.js`. Bun: `bun --preload ffi_invoke/register program.js`.
'use strict';

const { pathToFileURL } = require('node:url');

const name = 'std:ffi', file = require.resolve('./std/ffi.js'), url = pathToFileURL(file).href;

function registerBun() {
    Bun.plugin({
        name,
        setup(build) {
            const ffi = require(file);
            build.module(name, () => ({ exports: { ...ffi, default: ffi }, loader: 'object' }));
        },
    });
}

function registerNode() {
    const module = require('node:module');
    const resolve = module._resolveFilename;
    module._resolveFilename = function (request, ...rest) {
        return request === name ? file : resolve.call(this, request, ...rest);
    };
    if (module.registerHooks) { // Node 22.15 and later
        module.registerHooks({
            resolve: (request, context, next) => (request === name ? { url, shortCircuit: true } : next(request, context)),
        });
    } else {
        module.register('./std/hooks.mjs', { parentURL: pathToFileURL(__filename).href, data: { name, url } });
    }
}

if (typeof Bun === 'object') registerBun();
else registerNode();
