#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// Compiled code is kept in the user's own folder, once there is one: Node's default is a folder for temporary files,
// where another user could be first.
const { CONNECT_HOME, HOME } = process.env;
const folder = CONNECT_HOME || (HOME && join(HOME, '.connect'));
if (folder && existsSync(folder)) {
    enableCompileCache?.(join(folder, 'cache', 'compiled'));
}

require('../lib/cli/process-settings.js').settleProcess();
require('../lib/cli/connect-cp.js');
