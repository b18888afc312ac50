const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** Mocha's own `spec` output, and the counts as JSON in the file that CONNECT_TEST_COUNTS names. */
module.exports = class CountingReporter extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        runner.once(Runner.constants.EVENT_RUN_END, () => {
            const { passes, failures, pending } = this.stats;
            writeFileSync(
                process.env.CONNECT_TEST_COUNTS,
                JSON.stringify({ passed: passes, failed: failures, skipped: pending })
            );
        });
    }
};
