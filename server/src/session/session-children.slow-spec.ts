import { ChildProcess } from 'child_process';
import { once } from 'events';
import * as fs from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { expect } from 'chai';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { SpareChildren } from './session-children';

describe('SpareChildren', () => {
    let folder: string;
    let clock: VirtualClock;
    let children: SpareChildren;
    const taken: ChildProcess[] = [];

    beforeEach(() => {
        folder = fs.mkdtempSync(join(tmpdir(), 'connect-children-'));
        fs.writeFileSync(join(folder, 'program.js'), "process.on('disconnect', () => process.exit());");
        clock = new VirtualClock();
    });

    afterEach(async () => {
        await children.close();
        await Promise.all(taken.splice(0).map(end));
        fs.rmSync(folder, { recursive: true });
    });

    function start(count: number): void {
        children = new SpareChildren(join(folder, 'program.js'), count, clock);
    }

    function take(): ChildProcess {
        const child = children.take();
        taken.push(child);
        return child;
    }

    async function end(child: ChildProcess): Promise<void> {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill('SIGKILL');
            await once(child, 'exit');
        }
    }

    /** How many are there that nobody waits for. */
    function spares(): number {
        return (children as unknown as { spares: Map<ChildProcess, unknown> }).spares.size;
    }

    it('makes the first ones at once', () => {
        start(2);
        expect(spares()).to.equal(2);
    });

    it('replaces the last one when a session has ended, and the others later, one at a time', async () => {
        start(2);
        const [first] = [take(), take()];
        expect(spares()).to.equal(0);
        clock.advance(500);
        expect(spares()).to.equal(0);
        await end(first);
        clock.advance(250);
        expect(spares()).to.equal(1);
        clock.advance(2999);
        expect(spares()).to.equal(1);
        clock.advance(1);
        expect(spares()).to.equal(2);
        clock.advance(60_000);
        expect(spares()).to.equal(2);
    });

    it('does not wait for the end of a session that takes long', () => {
        start(1);
        take();
        clock.advance(2999);
        expect(spares()).to.equal(0);
        clock.advance(1);
        expect(spares()).to.equal(1);
    });

    it('is in no hurry while another is left', async () => {
        start(2);
        await end(take());
        clock.advance(9999);
        expect(spares()).to.equal(1);
        clock.advance(1);
        expect(spares()).to.equal(2);
    });

    it('makes none when it keeps none, or is closed', async () => {
        start(0);
        await end(take());
        clock.advance(60_000);
        expect(spares()).to.equal(0);
        await children.close();
        start(1);
        const child = take();
        await children.close();
        await end(child);
        clock.advance(60_000);
        expect(spares()).to.equal(0);
    });
});
