import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FrameFields } from '@connect/transport/lib/cli/management-frames';
import { Service } from '../command';
import type { Lab } from '../lab';

/** A frame and when it arrived, by the wall clock. */
export interface TapEvent {
    readonly atMs: number;
    readonly frame: FrameFields;
}

/** What a connect-cp says on its management socket, and a way to give it orders; one program after the other. */
export class ManagementTap {
    private events: TapEvent[] = [];
    private readonly listeners = new Set<() => void>();
    port = 0;

    private constructor(private readonly service: Service) {
        createInterface({ input: service.child.stdout! }).on('line', line => {
            this.events.push(JSON.parse(line) as TapEvent);
            this.listeners.forEach(listener => listener());
        });
    }

    static async start(lab: Lab): Promise<ManagementTap> {
        const program = join(__dirname, 'management-tap-program.js');
        const tap = new ManagementTap(new Service(lab.onClient([process.execPath, program])));
        const { frame } = await tap.next(event => event.frame['Type'] === 'LISTENING');
        tap.port = Number(frame['Port']);
        return tap;
    }

    /** Forgets what was said so far. */
    begin(): void {
        this.events = [];
    }

    get heard(): readonly TapEvent[] {
        return this.events;
    }

    /** The first event, past or future, that fits; rejects when the tap is closed first. */
    async next(fits: (event: TapEvent) => boolean): Promise<TapEvent> {
        for (;;) {
            const found = this.events.find(fits);
            if (found) {
                return found;
            }
            if (this.service.isOver) {
                throw new Error('the management tap has ended');
            }
            await new Promise<void>(next => {
                const listener = (): void => {
                    this.listeners.delete(listener);
                    this.service.child.off('close', listener);
                    next();
                };
                this.listeners.add(listener);
                this.service.child.once('close', listener);
            });
        }
    }

    order(frame: FrameFields): void {
        this.service.child.stdin!.write(`${JSON.stringify(frame)}\n`);
    }

    stop(): Promise<void> {
        return this.service.stop();
    }
}
