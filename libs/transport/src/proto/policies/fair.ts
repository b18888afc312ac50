import { RateController, RateSample, RateSettings } from '../rate-controller';
import { CalmRate } from './calm-rate';
import { CompetingRate } from './competing-rate';
import { Drain } from './drain';
import { clampRate, firstRateBps, leastRateBps } from './limits';
import { PathView } from './path-view';
import { StartUp } from './start-up';

/** With so much of what goes through the queue being ours, nobody competes. */
const ALONE_SHARE = 0.85;

/**
 * Shares the path evenly, and keeps its queue short where the others let it.
 *
 * Two ways, with a switch between them as in Copa (Arun and Balakrishnan, NSDI 2018, §2.2): while the queue answers to
 * what this flow does, `CalmRate` aims at a small queue of its own; when others keep the queue long or overflowing,
 * `CompetingRate` holds a window as a TCP flow would. Loss counts only when it comes with a full queue. BBR's
 * start-up comes before, and short drains keep the base delay true, so that who comes late gains nothing.
 */
export class FairRate implements RateController {
    private readonly path = new PathView();
    private readonly drain = new Drain();
    private readonly calm: CalmRate;
    private startUp: StartUp | undefined;
    private competing: CompetingRate | undefined;
    /** Exploring once more whenever a drain or a pausing BBR flow has emptied the queue would take the others' share. */
    private hasCompeted = false;
    private currentBps: number;

    /**
     * @param weight how many ordinary flows this one stands for
     * @param startBps known rate to go on with; without it the path is explored first
     */
    constructor(
        private settings: RateSettings,
        private readonly weight = 1,
        startBps?: number
    ) {
        this.calm = new CalmRate(weight);
        this.startUp = startBps === undefined ? new StartUp() : undefined;
        this.currentBps = clampRate(settings, startBps ?? firstRateBps(settings));
    }

    get rateBps(): number {
        return clampRate(this.settings, this.currentBps * this.drain.factor);
    }

    onSample(sample: RateSample): void {
        this.path.onSample(sample);
        if (this.startUp) {
            this.adopt(this.startUp.next(this.path, this.currentBps));
            if (this.startUp.isOver) {
                this.startUp = undefined;
                this.calm.begin(this.path);
            }
            return;
        }
        const drained = this.drain.onSample(this.path);
        if (drained && drained.share > ALONE_SHARE) {
            this.becomeCalm();
        } else if (drained) {
            this.competing?.onShare(drained.share);
        }
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

    /**
     * A rate that is not used has not made the queue: then it falls no lower than where a flow begins that knows nothing
     * (RFC 7661 §4.3: the window of a flow that pauses shrinks to the initial one, not to nothing).
     */
    private adopt(rateBps: number): void {
        const heldBps = this.path.isLimited ? Math.min(this.currentBps, firstRateBps(this.settings)) : 0;
        const leastBps = Math.max(leastRateBps(this.path.rttMs), heldBps);
        this.currentBps = clampRate(this.settings, Math.max(rateBps, leastBps));
    }

    private next(): number {
        const { path, calm } = this;
        if (this.competing) {
            const rateBps = this.competing.next(path);
            if (this.competing.isOver(path)) {
                this.becomeCalm();
            }
            return rateBps;
        }
        const rateBps = calm.next(path, this.currentBps);
        if (calm.isCrowdedOut(path, rateBps)) {
            const isExploring = !this.hasCompeted && !calm.isOverflowing(path);
            this.competing = new CompetingRate(path, this.weight, isExploring);
            this.hasCompeted = true;
            return Math.min(rateBps, this.currentBps);
        }
        return rateBps;
    }

    private becomeCalm(): void {
        if (this.competing) {
            this.competing = undefined;
            this.calm.begin(this.path);
        }
    }
}
