// SPDX-License-Identifier: MIT
//
// The module ffi_invoke for CommonJS: one instance, which create() makes more of. index.d.ts says what each function does.
'use strict';

module.exports = require('./lib/instance').create();
