/**
 * A program that takes the command line of ascp, speaks its management frames and really copies, between this machine's
 * files and a folder that plays the server's. Started by {@link writeAscpStandIn}; it is no server and no transport.
 */
import { decodePathBytes, fsPath } from '@connect/base';
import { encodeFrame, FrameParser, type FrameFields } from '@connect/transport/lib/cli/management-frames';
import * as fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { STAND_IN_VERSION, type AscpWorld } from './ascp-world';

const STEP_MS = 50;
const STATS_MS = 100;

const OPTIONS = {
    ...Object.fromEntries(
        ['mode', 'host', 'user', 'check-sshfp', 'policy', 'overwrite', 'file-list', 'proxy'].map(name => [
            name,
            { type: 'string' } as const
        ])
    ),
    ...Object.fromEntries(
        ['M', 'P', 'O', 'l', 'm', 'k', 'c', 'y', 'x', 'i'].map(short => [
            `option-${short}`,
            { type: 'string', short } as const
        ])
    ),
    ...Object.fromEntries(
        ['A', 'q', 'd', 'p'].map(short => [`flag-${short}`, { type: 'boolean', short } as const])
    ),
    dest64: { type: 'boolean' },
    'precalculate-job-size': { type: 'boolean' }
} as const;

interface Item {
    readonly from: string;
    readonly to: string;
    readonly shown: string;
    readonly sizeBytes: number;
    readonly modified: Date;
}

/** What ends the program, with the number of its last frame. */
class Ending extends Error {
    constructor(
        readonly number: number,
        text: string
    ) {
        super(text);
    }
}

class StandIn {
    private kilobits: number;
    private isCancelled = false;
    private readonly startedMs = performance.now();
    private lastStatsMs = -Infinity;
    private sum = { moved: 0, resumed: 0, passed: 0, failed: 0 };

    constructor(
        private readonly options: Readonly<Record<string, string | boolean | undefined>>,
        private readonly named: readonly string[],
        private readonly world: AscpWorld,
        private readonly socket: Socket
    ) {
        this.kilobits = Number(options['option-l']);
        const parser = new FrameParser();
        socket
            .setEncoding('utf8')
            .on('data', text => parser.push(String(text)).forEach(each => this.order(each)));
        // whoever started it is gone
        socket.on('close', () => process.exit(1));
    }

    async run(): Promise<number> {
        this.say({ Type: 'INIT', SessionId: 's1', Direction: this.isSend ? 'Send' : 'Receive' });
        try {
            this.admit();
            this.sayRate('SESSION');
            const items = this.scan();
            const bytes = items.reduce((sum, item) => sum + item.sizeBytes, 0);
            this.say({
                Type: 'NOTIFICATION',
                PreTransferFiles: String(items.length),
                PreTransferBytes: String(bytes)
            });
            for (const item of items) {
                await this.bring(item);
            }
            if (this.sum.failed > 0) {
                throw new Ending(27, `${this.sum.failed} files failed`);
            }
            this.say({ Type: 'DONE', ...this.figures() });
            return 0;
        } catch (error) {
            const { number, message } = error instanceof Ending ? error : new Ending(11, String(error));
            this.say({ Type: 'ERROR', Code: String(number), Description: message });
            return 1;
        }
    }

    private get isSend(): boolean {
        return this.options['mode'] === 'send';
    }

    private admit(): void {
        if (this.options['check-sshfp'] !== this.world.hostKeySha1) {
            throw new Ending(51, 'Remote host key does not match');
        }
        if (process.env['ASPERA_SCP_PASS'] !== this.world.password) {
            throw new Ending(19, 'Authentication failed');
        }
        if (this.world.refusal) {
            throw new Ending(this.world.refusal.number, this.world.refusal.text);
        }
    }

    private order(frame: FrameFields): void {
        if (frame['Type'] === 'CANCEL') {
            this.isCancelled = true;
        } else if (frame['Type'] === 'RATE') {
            this.kilobits = Number(frame['Rate']);
            this.sayRate('NOTIFICATION');
        }
    }

    private sayRate(type: string): void {
        const rate = { Rate: String(this.kilobits), MinRate: '0', Adaptive: 'Fixed', Priority: '2' };
        this.say({ Type: type, SessionId: 's1', Port: String(this.options['option-O']), ...rate });
    }

    /** All regular files below the sources; those that are missing are told at once. */
    private scan(): Item[] {
        const near = (file: string): string => file;
        const far = (file: string): string => path.join(this.world.root, file);
        const [source, target] = this.isSend ? [near, far] : [far, near];
        const destination = target(decode(Buffer.from(this.named.at(-1)!, 'base64')));
        const items: Item[] = [];
        const walk = (file: string, to: string): void => {
            const facts = fs.statSync(fsPath(source(file)), { throwIfNoEntry: false });
            if (facts === undefined) {
                this.sum.failed += 1;
                this.say({
                    Type: 'FILEERROR',
                    File: file,
                    Code: '4',
                    Description: 'No such file or directory'
                });
            } else if (facts.isDirectory()) {
                const names = fs.readdirSync(fsPath(source(file)), { encoding: 'buffer' }).map(decode);
                names.sort().forEach(name => walk(`${file}/${name}`, path.join(to, name)));
            } else {
                const { size: sizeBytes, mtime: modified } = facts;
                items.push({ from: source(file), to, shown: file, sizeBytes, modified });
            }
        };
        this.sources().forEach(file => walk(file, path.join(destination, path.posix.basename(file))));
        return items;
    }

    private sources(): string[] {
        const list = this.options['file-list'];
        if (typeof list !== 'string') {
            return this.named.slice(0, -1);
        }
        const lines = fs.readFileSync(list, 'latin1').split('\n').filter(Boolean);
        return lines.map(line => decode(Buffer.from(line, 'latin1')));
    }

    private async bring(item: Item): Promise<void> {
        if (this.isLeftAlone(item)) {
            this.say({ Type: 'SKIP', File: item.shown, Size: String(item.sizeBytes) });
            return;
        }
        fs.mkdirSync(fsPath(path.dirname(item.to)), { recursive: true });
        const partial = fsPath(`${item.to.slice(0, -path.basename(item.to).length)}.${short(item)}.partial`);
        const resumes = this.options['option-k'] !== '0';
        const there = resumes ? (fs.statSync(partial, { throwIfNoEntry: false })?.size ?? 0) : 0;
        this.sum.resumed += there;
        const [input, output] = [
            fs.openSync(fsPath(item.from), 'r'),
            fs.openSync(partial, there ? 'r+' : 'w')
        ];
        try {
            await this.pump(item, input, output, there);
        } finally {
            fs.closeSync(input);
            fs.closeSync(output);
        }
        fs.utimesSync(partial, item.modified, item.modified);
        fs.renameSync(partial, fsPath(item.to));
        this.sum.passed += 1;
        this.say({ Type: 'STATS', ...this.figures(), File: item.shown });
        const size = String(item.sizeBytes);
        this.say({ Type: 'STOP', File: item.shown, Size: size, Written: size });
    }

    private async pump(item: Item, input: number, output: number, from: number): Promise<void> {
        for (let at = from; at < item.sizeBytes;) {
            if (this.isCancelled) {
                throw new Ending(28, 'Session stopped');
            }
            const step = Buffer.alloc(
                Math.min(item.sizeBytes - at, Math.ceil((this.kilobits * STEP_MS) / 8))
            );
            const length = fs.readSync(input, step, 0, step.length, at);
            fs.writeSync(output, step, 0, length, at);
            at += length;
            this.sum.moved += length;
            this.sayStats(item);
            await new Promise(resolve => setTimeout(resolve, (length * 8) / this.kilobits));
        }
    }

    private isLeftAlone({ to, sizeBytes, modified }: Item): boolean {
        const there = fs.statSync(fsPath(to), { throwIfNoEntry: false });
        const rule = this.options['overwrite'];
        if (!there || rule === 'always') {
            return false;
        }
        const isSame = there.size === sizeBytes && Math.abs(there.mtimeMs - modified.getTime()) < 1;
        const isOlder = there.mtimeMs < modified.getTime();
        return rule === 'never' || (rule !== 'older' && isSame) || (rule !== 'diff' && !isOlder);
    }

    private sayStats({ shown }: Item): void {
        if (performance.now() - this.lastStatsMs >= STATS_MS) {
            this.lastStatsMs = performance.now();
            this.say({
                Type: 'STATS',
                ...this.figures(),
                Rate: String(this.kilobits),
                Loss: '0',
                File: shown
            });
        }
    }

    private figures(): FrameFields {
        const { moved, resumed, passed, failed } = this.sum;
        return {
            TransferBytes: String(moved),
            StartByte: String(resumed),
            Elapsedusec: String(Math.round((performance.now() - this.startedMs) * 1000)),
            TransfersPassed: String(passed),
            TransfersFailed: String(failed)
        };
    }

    private say(frame: FrameFields): void {
        this.socket.write(encodeFrame(frame));
    }
}

const decode = (bytes: Buffer): string => decodePathBytes(bytes);

/** Names of 255 bytes leave no room for a suffix. */
function short({ to, sizeBytes, modified }: Item): string {
    return Buffer.from(`${path.basename(to).slice(0, 60)}${sizeBytes}${modified.getTime()}`)
        .toString('hex')
        .slice(0, 200);
}

function main(): void {
    const world = JSON.parse(fs.readFileSync(process.env['ASCP_WORLD']!, 'utf8')) as AscpWorld;
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
    const options = values as Readonly<Record<string, string | boolean | undefined>>;
    if (options['flag-A']) {
        process.stdout.write(STAND_IN_VERSION);
        return;
    }
    const environment = Object.fromEntries(
        Object.entries(process.env).filter(([name]) => /^ASPERA_/.test(name))
    );
    fs.appendFileSync(world.record, `${JSON.stringify({ args: process.argv.slice(2), environment })}\n`);
    if (world.deadWords !== undefined) {
        process.stderr.write(world.deadWords);
        process.exitCode = 1;
        return;
    }
    const socket = connect({ host: '127.0.0.1', port: Number(options['option-M']) }, () => {
        const standIn = new StandIn(options, positionals, world, socket);
        void standIn.run().then(code => {
            socket.removeAllListeners('close');
            socket.end(() => process.exit(code));
        });
    });
}

main();
