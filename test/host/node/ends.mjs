// SPDX-License-Identifier: MIT
//
// Ends: of workers and of the process, with callbacks and calls on other threads pending. Each case is a process of its own,
// whose status and last line count.
import { spawnSync } from 'node:child_process';
import { ok, done } from './tap.mjs';

const begin = `
const ffi = require(process.env.FFI_INVOKE + '/index.js');
const fs = require('node:fs');
ffi.cdef(fs.readFileSync(process.env.HEADER, 'utf8').replace(/\\/\\*.*\\*\\//g, ''));
const lib = ffi.load(process.env.CALLEE);
`;
const flags = process.execArgv.filter((flag) => flag.startsWith('--expose'));
const command = globalThis.Deno ? ['run', '-A', '--ext=cjs'] : flags;
const { writeFileSync, mkdtempSync, rmSync } = await import('node:fs');
const folder = mkdtempSync(`${process.env.TMPDIR ?? '/tmp'}/ffi_node_`);
process.on('exit', () => rmSync(folder, { recursive: true }));

function ends(name, status, out, code) {
    const file = `${folder}/case.cjs`;
    writeFileSync(file, begin + code);
    const child = spawnSync(process.execPath, [...command, file], { encoding: 'utf8', timeout: 30000 });
    const right = child.status === status && (out instanceof RegExp ? out.test(child.stdout + child.stderr) : child.stdout.trim() === out);
    ok(right, name, `status ${child.status} ${child.signal ?? ''}: ${child.stdout}${child.stderr}`);
}

ends('the end of a program with live callbacks', 0, '3', `
lib.keep(ffi.callback('int(int)', (value) => value));
console.log(lib.call_kept(3));`);
ends('a thread that calls back while the process ends', 0, 'end', `
globalThis.fn = (i) => i;
lib.start_thread(fn, 100000000);
setTimeout(() => { console.log('end'); process.exit(); }, 20);`);
ends('a library that nothing refers to stays loaded while a thread runs its code', 0, 'end', `
fs.copyFileSync(process.env.CALLEE, __filename + '.so');
globalThis.fn = ffi.callback('int(int)', (value) => value);
ffi.load(__filename + '.so').start_thread(fn, 100000000);
const collect = () => globalThis.Bun ? Bun.gc(true) : globalThis.gc?.();
let rounds = 0;
const again = () => { collect(); if (++rounds < 10) setTimeout(again, 2); else { console.log('end'); process.exit(); } };
again();`);
ends('a callback unloads the library that called it', 0, '3 text TypeError 1', `
const load = (name) => { fs.copyFileSync(process.env.CALLEE, name); return ffi.load(name); };
const one = load(__filename + '1.so'), two = load(__filename + '2.so'), { add } = one;
const three = one.call_binary(() => two.call_binary(() => { one.unload(); two.unload(); return 3; }, 0, 0), 1, 2);
const four = load(__filename + '4.so'), text = four.call_text(() => { four.unload(); return 'text'; }, 'x');
let error; try { add(1, 2); } catch (thrown) { error = thrown.constructor.name; }
console.log(three, text, error, load(__filename + '1.so').add(0, 1));`);
ends('calls on other threads that nobody awaits end first', 0, 'done', `
lib.block.async(30).then(() => console.log('done'));`);
ends('process.exit with calls on other threads', 3, 'exit', `
lib.block.async(20000);
lib.add.async(1, 2);
setTimeout(() => { console.log('exit'); process.exit(3); }, 20);`);
ends('process.exit in a callback', 4, 'in', `
lib.call_binary(() => { console.log('in'); process.exit(4); }, 1, 2);
console.log('not reached');`);
ends('process.exit in a callback of a callback, while a thread waits', 5, '', `
globalThis.fn = (i) => i;
lib.start_thread(fn, 1000);
lib.call_many((i) => lib.call_binary(() => process.exit(5), 1, 2), 3);`);
ends('an uncaught exception in a callback', 1, /mine/, `
lib.call_binary(() => { throw new Error('mine'); }, 1, 2);`);
ends('a callback that is held keeps the event loop alive', 0, 'posted', `
const callback = ffi.callback('int(int)', (value) => { console.log('posted'); callback.unref(); return 0; }, { deliver: 'post' }).ref();
const later = ffi.load(process.env.CALLEE).call_later;
lib.start_thread(callback, 1);`);
ends('a callback that is not held does not', 0, '', `
ffi.callback('int(int)', (value) => 0, { deliver: 'post' });`);
ends('the module is loaded twice', 0, '5 5', `
const again = require.resolve(process.env.FFI_INVOKE + '/index.js');
for (const key of Object.keys(require.cache)) delete require.cache[key];
const other = require(again);
console.log(lib.add(2, 3), other.load(process.env.CALLEE).func('int add(int, int)')(2, 3));`);

const worker = (code, then) => `
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
if (isMainThread) {
    ${then}
} else {
    ${code}
}`;
ends('workers call and are called', 0, '42,42,42,42', worker(
    `parentPort.postMessage(lib.call_binary((a, b) => a * b, 6, 7));`,
    `Promise.all([1, 2, 3, 4].map(() => new Promise((resolve) => new Worker(__filename).on('message', resolve)))).then((all) => console.log(all.join()));`));
ends('workers call on other threads', 0, '7', worker(
    `lib.call_later.async((value) => value + 1, 6).then((value) => parentPort.postMessage(value));`,
    `new Worker(__filename).on('message', (value) => console.log(value));`));
ends('a worker is ended while it calls', 0, 'ended', worker(
    `parentPort.postMessage(1); for (;;) lib.call_many((i) => i, 1000);`,
    `const w = new Worker(__filename); w.on('message', () => w.terminate().then(() => console.log('ended')));`));
ends('a worker is ended while a call is on another thread', 0, 'ended', worker(
    `lib.block.async(100); parentPort.postMessage(1);`,
    `const w = new Worker(__filename); w.on('message', () => w.terminate().then(() => setTimeout(() => console.log('ended'), 200)));`));
ends('a worker exits in a callback', 0, 'status 6', worker(
    `lib.call_binary(() => process.exit(6), 1, 2);`,
    `new Worker(__filename).on('exit', (code) => console.log('status ' + code));`));
ends('a callback of a worker that has ended', 0, '0', worker(
    `lib.keep(ffi.callback('int(int)', () => 1)); parentPort.postMessage(1);`,
    `const w = new Worker(__filename); w.on('message', () => w.terminate().then(() => console.log(lib.call_kept(1))));`));
ends('many workers', 0, '20', worker(
    `lib.call_many((i) => lib.text_length('x'), 10); parentPort.postMessage(1);`,
    `let n = 0; const next = () => { if (n === 20) return console.log(n); const w = new Worker(__filename); w.on('message', () => n++); w.on('exit', next); }; next();`));
done();
