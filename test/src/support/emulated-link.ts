import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { REPOSITORY } from './processes';

const WANEM = resolve(REPOSITORY, 'test/wan/wanem.sh');

/** Why there can be no emulated link here, or undefined when there can. */
export function emulatedLinkUnavailable(): string | undefined {
    if (process.getuid?.() !== 0) {
        return 'needs root';
    }
    if (!fs.existsSync('/dev/net/tun')) {
        return 'needs /dev/net/tun';
    }
    const tools = [
        ['ip', '-V'],
        ['nft', '-v'],
        ['gcc', '--version'],
        ['bash', '--version']
    ];
    const missing = tools.filter(([tool, option]) => spawnSync(tool, [option], { stdio: 'ignore' }).error);
    return missing.length > 0 ? `needs ${missing.map(([tool]) => tool).join(' and ')}` : undefined;
}

/** Two hosts on this machine with the emulator of test/wan between them. Removed by {@link dispose}. */
export class EmulatedLink {
    private static count = 0;
    private readonly name = `ct${process.pid % 100_000}x${EmulatedLink.count++}`;
    readonly serverAddress = '10.99.0.2';
    readonly clientPrefix = ['ip', 'netns', 'exec', `${this.name}-a`];
    readonly serverPrefix = ['ip', 'netns', 'exec', `${this.name}-b`];

    /** Settings as `wanem.sh help` names them, for example `{ rtt: 20, rate: '100mbit' }`. */
    constructor(settings: Readonly<Record<string, string | number>>) {
        const options = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
        this.wanem('up', ...options);
    }

    /** Changes the link while it runs. */
    set(settings: Readonly<Record<string, string | number>>): void {
        this.wanem('set', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`));
    }

    /** IP bytes that the client has handed to the link so far. */
    get clientBytes(): number {
        const counters = JSON.parse(this.wanem('stats')) as { ab: { in_bytes: number } };
        return counters.ab.in_bytes;
    }

    /** Resolves when the client has sent so many bytes more. */
    async untilSent(bytes: number): Promise<void> {
        for (const until = this.clientBytes + bytes; this.clientBytes < until;) {
            await new Promise(resume => setTimeout(resume, 50));
        }
    }

    /** From now on IP packets above this size vanish on their way to the server, and nobody says so. */
    swallowAbove(bytes: number): void {
        const chain = 'chain in { type filter hook prerouting priority -300; meta l4proto udp ip length >';
        const rules = `table ip narrow { ${chain} ${bytes} drop; }; }`;
        const [command, ...args] = [...this.serverPrefix, 'nft', '-f', '-'];
        execFileSync(command, args, { input: rules });
    }

    swallowNothing(): void {
        const [command, ...args] = [...this.serverPrefix, 'nft', 'flush', 'ruleset'];
        execFileSync(command, args);
    }

    dispose(): void {
        this.wanem('down');
    }

    private wanem(command: string, ...args: string[]): string {
        return execFileSync('bash', [WANEM, command, '--name', this.name, ...args], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe']
        });
    }
}
