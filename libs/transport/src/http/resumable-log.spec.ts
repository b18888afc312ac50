import { ConnectError, seededRandom } from '@connect/base';
import { expect } from 'chai';
import { MAX_LOG_MESSAGE_BYTES, ResumableLog } from './resumable-log';

/** Two logs over a connection that carries messages one by one and may be cut between any two. */
class Wire {
    readonly arrived: [number[], number[]] = [[], []];
    readonly ends: [ResumableLog, ResumableLog];
    largest = 0;
    private queues: [Uint8Array[], Uint8Array[]] = [[], []];

    constructor() {
        this.ends = [0, 1].map(
            side => new ResumableLog(bytes => this.arrived[side as 0 | 1].push(...bytes))
        ) as typeof this.ends;
    }

    connect(): void {
        const queues: typeof this.queues = [[], []];
        this.queues = queues;
        this.ends.forEach((end, side) =>
            end.attach(message => {
                this.largest = Math.max(this.largest, message.length);
                queues[side as 0 | 1].push(message);
            })
        );
    }

    /** What is on the way is lost. */
    cut(): void {
        this.queues = [[], []];
        this.ends.forEach(end => end.detach());
    }

    step(from: 0 | 1): boolean {
        const message = this.queues[from].shift();
        if (message) {
            this.ends[1 - from]!.onMessage(message);
        }
        return message !== undefined;
    }

    settle(): void {
        do {
            this.ends.forEach(end => {
                end.flush();
                end.tellReceived();
            });
        } while ([this.step(0), this.step(1)].some(Boolean));
    }
}

describe('resumable log', () => {
    for (let seed = 1; seed <= 20; seed++) {
        it(`brings every byte once and in order over connections that break, seed ${seed}`, () => {
            const random = seededRandom(seed);
            const wire = new Wire();
            const sent: [number[], number[]] = [[], []];
            wire.connect();
            for (let turn = 0; turn < 300; turn++) {
                const side = (random.nextUint32() % 2) as 0 | 1;
                switch (random.nextUint32() % 8) {
                    case 0:
                        wire.cut();
                        break;
                    case 1:
                        wire.connect();
                        break;
                    case 2:
                    case 3: {
                        const bytes = Uint8Array.from(
                            { length: 1 + (random.nextUint32() % 50) },
                            (_, i) => turn + i
                        );
                        sent[side].push(...bytes);
                        wire.ends[side].append(bytes);
                        wire.ends[side].flush();
                        break;
                    }
                    default:
                        wire.step(side);
                }
            }
            wire.connect();
            wire.settle();
            expect(wire.arrived).to.deep.equal([sent[1], sent[0]]);
            expect(wire.ends.map(end => end.isIdle)).to.deep.equal([true, true]);
        });
    }

    it('cuts what is long into messages within the bound', () => {
        const wire = new Wire();
        wire.connect();
        wire.ends[0].append(new Uint8Array(300_000));
        wire.settle();
        expect(wire.arrived[1]).to.have.lengthOf(300_000);
        expect(wire.largest).to.be.at.most(MAX_LOG_MESSAGE_BYTES);
    });

    it('makes callers wait while much is not acknowledged, and lets them go when it is', async () => {
        const wire = new Wire();
        wire.ends[0].append(new Uint8Array(2_000_000));
        let isFree = false;
        const room = wire.ends[0].room().then(() => (isFree = true));
        await Promise.resolve();
        expect(isFree).to.equal(false);
        wire.connect();
        wire.settle();
        await room;
    });

    const wrong: ReadonlyArray<readonly [string, readonly number[]]> = [
        ['another kind', [7]],
        ['nothing', []],
        ['a gap', [1, 5, 1]],
        ['an acknowledgement of what was never sent', [0, 9]]
    ];
    for (const [what, message] of wrong) {
        it(`refuses a message of ${what}`, () => {
            const log = new ResumableLog(() => undefined);
            log.attach(() => undefined);
            expect(() => log.onMessage(Uint8Array.from(message)))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        });
    }
});
