#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');

// Reading, hashing and flushing wait for each other in four threads. Node looks at this when the first of them is
// needed, so it has to be set before anything else is loaded.
process.env.UV_THREADPOOL_SIZE ??= '16';

// Compiled code is kept in the user's own folder, once there is one: Node's default is a folder for temporary files,
// where another user could be first.
const { CONNECT_HOME, HOME } = process.env;
const folder = CONNECT_HOME || (HOME && join(HOME, '.connect'));
if (folder && existsSync(folder)) {
    enableCompileCache?.(join(folder, 'cache', 'compiled'));
}

// V8 lets its heap grow to several times what lives before it looks for garbage: with a million files, to 700 MB.
setFlagsFromString('--heap-growing-percent=60');
require('../lib/cli/connect-cp.js');
