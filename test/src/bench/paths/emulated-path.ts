import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { REPOSITORY } from '../../support/processes';
import { mustSucceed, runCommand } from '../command';
import { LinkSettings, NetworkPath, PathObservation, TcpAlgorithm } from './network-path';
import { EmulatorCounters, starvation } from './starvation';

const WANEM = resolve(REPOSITORY, 'test/wan/wanem.sh');
const NAME = 'connect-bench';
const QUIET_LIMIT_MS = 5000;

/** Why there can be no emulated path on this machine, or undefined. */
export function emulatorUnavailable(): string | undefined {
    if (process.getuid?.() !== 0) {
        return 'it needs root';
    }
    if (!fs.existsSync('/dev/net/tun')) {
        return 'there is no /dev/net/tun';
    }
    const missing = ['ip', 'gcc', 'bash'].filter(tool => spawnSync(tool, ['--version']).error);
    return missing.length > 0 ? `it needs ${missing.join(' and ')}` : undefined;
}

/** Two network namespaces joined by the emulator of test/wan, running in real-time priority. */
export class EmulatedPath implements NetworkPath {
    readonly serverAddress = '10.99.0.2';
    readonly clientPrefix = ['ip', 'netns', 'exec', `${NAME}-a`];
    readonly serverPrefix = ['ip', 'netns', 'exec', `${NAME}-b`];

    private constructor(private link: LinkSettings) {}

    /** `tracePath`: a file that gets a line of byte counters every 20 ms. */
    static async up(link: LinkSettings, tracePath?: string): Promise<EmulatedPath> {
        // what a run that was killed may have left
        await runCommand(['bash', WANEM, 'down', '--name', NAME]);
        const options = Object.entries(settings(link)).flatMap(([key, value]) => [`--${key}`, value]);
        const trace = tracePath ? ['--trace', tracePath] : [];
        await wanem('up', ...options, '--rt', ...trace);
        return new EmulatedPath(link);
    }

    get label(): string {
        const { rttMs, lossPercent, rateBps } = this.link;
        return `${rateBps / 1e6} Mbit/s, ${rttMs} ms, ${lossPercent} %`;
    }

    async setLink(link: LinkSettings): Promise<void> {
        const words = Object.entries(settings(link)).map(([key, value]) => `${key}=${value}`);
        await wanem('set', ...words);
        this.link = link;
    }

    async setTcp(algorithm: TcpAlgorithm): Promise<void> {
        await wanem('cc', algorithm);
    }

    async beginRun(): Promise<void> {
        const until = Date.now() + QUIET_LIMIT_MS;
        // the run before may still have packets on their way
        for (let held = 1; held > 0 && Date.now() < until;) {
            const { ab, ba } = await this.counters();
            held = ab.held + ba.held;
        }
        await wanem('reset');
    }

    async endRun(): Promise<PathObservation> {
        const counters = await this.counters();
        const { ab } = counters;
        return {
            starved: starvation(counters),
            lossShare: ab.in_pkts > 0 ? ab.loss_drop / ab.in_pkts : undefined,
            offeredBytes: ab.in_bytes,
            firstDatagramMs: ab.first_datagram_us > 0 ? ab.first_datagram_us / 1000 : undefined
        };
    }

    async counters(): Promise<EmulatorCounters> {
        return JSON.parse(await wanem('stats')) as EmulatorCounters;
    }

    async dispose(): Promise<void> {
        await runCommand(['bash', WANEM, 'down', '--name', NAME]);
    }
}

function wanem(command: string, ...args: string[]): Promise<string> {
    return mustSucceed(['bash', WANEM, command, '--name', NAME, ...args]);
}

function settings({ rttMs, lossPercent, rateBps, queueBytes }: LinkSettings): Record<string, string> {
    return {
        rtt: String(rttMs),
        loss: String(lossPercent),
        rate: String(rateBps),
        queue: String(queueBytes)
    };
}
