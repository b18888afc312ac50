#!/usr/bin/env node
require('../lib/cli/connect-cp.js');
