// SPDX-License-Identifier: MIT
//
// Loads the addon: the one that was built here, or the prebuilt one of this system.
'use strict';

const { isMainThread } = require('node:worker_threads');

const machine = { __proto__: null, x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
const folders = ['..', `../prebuilds/${process.platform}-${process.arch}`, `../source/build/${machine}/hosts/node`];

function load() {
    const reasons = [];
    for (const folder of folders) {
        const file = `${folder}/ffi_invoke.node`;
        try {
            return require(file);
        } catch (error) {
            reasons.push(`  ${file}: ${error.message.split('\n')[0]}`);
        }
    }
    throw new Error(`ffi_invoke has no addon for ${process.platform}-${process.arch}:\n${reasons.join('\n')}\n` +
        `Build it: make -C ${require('node:path').join(__dirname, '../source')} node`);
}

const native = load();
if (!isMainThread) native.inWorker();

module.exports = native;
