import { LiveTestRun } from '@connect/transfer/lib/node/diagnosis/live-test-run';
import type { TestTarget } from '@connect/transfer/lib/node/diagnosis/test-target';

/** Runs one test of the way to a server, given as JSON, and prints what it found: for a network namespace. */
async function main(target: TestTarget): Promise<void> {
    const run = new LiveTestRun(target, () => undefined);
    await run.run();
    process.stdout.write(JSON.stringify(run.state));
}

void main(JSON.parse(process.argv[2]) as TestTarget);
