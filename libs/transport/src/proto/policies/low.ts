import { RateController, RateSample, RateSettings } from '../rate-controller';
import { Drain } from './drain';
import { clampRate, firstRateBps, leastRateBps } from './limits';
import { PathView } from './path-view';
import { StartUp } from './start-up';

/** Queue that is aimed at: so short that flows that watch the delay do not notice it. */
const TARGET_SHARE = 1 / 16;
const MIN_TARGET_MS = 1.5;
const MAX_TARGET_MS = 8;
/** Growth per round trip while the path is empty: slow, so that a flow that has just made room can take it back. */
const GROWTH = 0.02;
/** At most so much of the rate is given up per round trip, whatever the queue. */
const MIN_STEP = 0.5;
/** Error of one target takes so much of the rate per round trip. */
const DECREASE = 0.5;
const DRAIN_INTERVAL_MS = 3000;

/**
 * Takes what nobody else wants. The rate grows slowly while there is no queue, and falls by up to half per round trip
 * as soon as there is more than the shortest that can be told from none, whoever made it. Sources: RFC 6817 (LEDBAT)
 * for the delay target and the base delay; draft-irtf-iccrg-ledbat-plus-plus for the multiplicative decrease and the
 * periodic slowdown.
 */
export class LowRate implements RateController {
    private readonly path = new PathView();
    private readonly drain = new Drain(DRAIN_INTERVAL_MS);
    private startUp: StartUp | undefined;
    private currentBps: number;

    /** @param startBps as in FairRate */
    constructor(
        private settings: RateSettings,
        startBps?: number
    ) {
        this.startUp = startBps === undefined ? new StartUp() : undefined;
        this.currentBps = startBps ?? firstRateBps(settings);
    }

    get rateBps(): number {
        return clampRate(this.settings, this.currentBps * this.drain.factor);
    }

    onSample(sample: RateSample): void {
        const { path } = this;
        path.onSample(sample);
        if (this.startUp) {
            this.adopt(this.startUp.next(path, this.currentBps));
            this.startUp = this.startUp.isOver ? undefined : this.startUp;
            return;
        }
        this.drain.onSample(path);
        if (!this.drain.isShadowing) {
            this.adopt(this.next());
        }
    }

    onFeedbackLost(): void {
        // the guard stops the sender
    }

    setSettings(settings: RateSettings): void {
        this.settings = settings;
        this.currentBps = clampRate(settings, this.currentBps);
    }

    private adopt(rateBps: number): void {
        this.currentBps = clampRate(this.settings, Math.max(rateBps, leastRateBps(this.path.rttMs)));
    }

    private next(): number {
        const { path } = this;
        const targetMs = Math.min(MAX_TARGET_MS, Math.max(MIN_TARGET_MS, path.baseRttMs * TARGET_SHARE));
        const rounds = path.elapsedMs / path.rttMs;
        if (path.queueMs <= targetMs && !path.isOverflowing) {
            return path.isLimited
                ? this.currentBps
                : this.currentBps * (1 + GROWTH * (1 - path.queueMs / targetMs) * rounds);
        }
        const error = path.queueMs / targetMs - 1;
        return this.currentBps * (1 - Math.min(1 - MIN_STEP, DECREASE * error) * Math.min(1, rounds));
    }
}
