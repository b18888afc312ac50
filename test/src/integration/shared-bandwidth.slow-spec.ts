import { expect } from 'chai';
import { join } from 'node:path';
import { CommandLine } from '../support/command-line';
import { EmulatedLink, emulatedLinkUnavailable } from '../support/emulated-link';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';

const LIMIT_BPS = 40e6;
const WINDOW_MS = 1500;
const WINDOWS = 12;

const unavailable = emulatedLinkUnavailable();

describe(`one limit for several transfers${unavailable ? ` (${unavailable})` : ''}`, function () {
    this.timeout(180_000);
    let link: EmulatedLink;
    let server: TransferBench;
    let connect: CommandLine;

    before(async function () {
        if (unavailable) {
            this.skip();
        }
        link = new EmulatedLink({ rtt: 20, rate: '200mbit', queue: '1MB' });
        const { serverAddress: host, serverPrefix } = link;
        server = await TransferBench.start({ host, serverPrefix });
        const settings = {
            'connect.bandwidth.manual.uploadLimit': LIMIT_BPS / 1e6,
            'connect.bandwidth.targetRate': 100,
            'connect.transfers.queue.max': 4
        };
        connect = new CommandLine(settings, {}, link.clientPrefix);
        await connect.signIn(server);
    });
    after(async () => {
        await connect?.dispose();
        await server?.dispose();
        link?.dispose();
    });

    /** What the client sent in some windows in turn, as shares of the limit, counted in IP bytes at its end of the link. */
    const shares = async (): Promise<number[]> => {
        const found: number[] = [];
        for (let i = 0; i < WINDOWS; i++) {
            const [bytes, sinceMs] = [link.clientBytes, performance.now()];
            await new Promise(resume => setTimeout(resume, WINDOW_MS));
            found.push(((link.clientBytes - bytes) * 8000) / (performance.now() - sinceMs) / LIMIT_BPS);
        }
        return found;
    };
    /** Never above, whatever the machine does meanwhile; and not below where it lets the transfers be. */
    const expectLimitKept = (found: readonly number[]): void => {
        const sorted = [...found].sort((a, b) => a - b);
        expect(sorted.at(-1), `shares ${sorted.map(each => each.toFixed(3)).join(' ')}`).to.be.below(1.03);
        expect(sorted.at(-2), `shares ${sorted.map(each => each.toFixed(3)).join(' ')}`).to.be.above(0.97);
    };

    it('is kept by four together within 3 %, and by those that are left when others stop', async () => {
        const ids: string[] = [];
        for (const name of ['a', 'b', 'c', 'd']) {
            writeNoise(join(server.local, name), name.charCodeAt(0), 150_000_000);
            const args = ['transfer', 'start', join(server.local, name), 'Bench:/in'];
            ids.push((await connect.jobs(...args))[0]!.id);
        }
        await connect.until(jobs => jobs.every(({ bytes }) => bytes.done > 500_000));
        expectLimitKept(await shares());
        await connect.run('transfer', 'stop', ids[0]!, ids[1]!);
        await connect.until(jobs => jobs.filter(({ state }) => state === 'stopped').length === 2);
        expectLimitKept(await shares());
        const left = await connect.jobs();
        expect(left.filter(({ state }) => state === 'transferring')).to.have.length(2);
    });
});
