// SPDX-License-Identifier: MIT
//
// Loads the addon: the one that was built here, or the prebuilt one of this system.
'use strict';

const folders = ['..', `../prebuilds/${process.platform}-${process.arch}`];

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
        'Build it: make hosts, in the folder of ffi_invoke');
}

module.exports = load();
