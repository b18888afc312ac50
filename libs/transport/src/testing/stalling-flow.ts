import { Random } from '@connect/base';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionFlow } from './connection-flow';
import { PacketSink } from './shared-bottleneck';

/** How a sender is kept from running; both times are means of an exponential distribution. */
export interface Stalls {
    readonly everyMs: number;
    readonly lengthMs: number;
}

/** A flow whose sending process gets no time every now and then, as on a machine that has other things to do. */
export class StallingFlow extends ConnectionFlow {
    private stallEndMs = 0;
    private nextStallMs = 0;
    private readonly waiting: unknown[] = [];

    constructor(
        rate: RateSettings,
        private readonly stalls: Stalls,
        private readonly random: Random
    ) {
        super(rate);
    }

    override nextTimeoutMs(): number | undefined {
        const nextMs = this.waiting.length > 0 ? this.stallEndMs : super.nextTimeoutMs();
        return nextMs === undefined ? undefined : Math.max(nextMs, this.stallEndMs);
    }

    override transmit(nowMs: number, forth: PacketSink, back: PacketSink): void {
        if (this.isStalled(nowMs)) {
            return;
        }
        for (const packet of this.waiting.splice(0)) {
            super.onBack(nowMs, packet);
        }
        super.transmit(nowMs, forth, back);
    }

    override onBack(nowMs: number, packet: unknown): void {
        if (nowMs < this.stallEndMs) {
            this.waiting.push(packet);
        } else {
            super.onBack(nowMs, packet);
        }
    }

    private isStalled(nowMs: number): boolean {
        if (nowMs >= this.nextStallMs) {
            this.stallEndMs = nowMs + this.draw(this.stalls.lengthMs);
            this.nextStallMs = this.stallEndMs + this.draw(this.stalls.everyMs);
        }
        return nowMs < this.stallEndMs;
    }

    private draw(meanMs: number): number {
        return -Math.log(1 - this.random.nextFloat()) * meanMs;
    }
}
