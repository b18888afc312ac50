#!/usr/bin/env node
// Reading, hashing and flushing wait for each other in four threads. Node looks at this when the first of them is
// needed, so it has to be set before anything else is loaded.
process.env.UV_THREADPOOL_SIZE ??= '16';
require('../lib/cli/connect-cp.js');
