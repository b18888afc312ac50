import type { MonitorUpdate, WindowClient, WindowNews } from '../common/monitor-protocol';
import type { JobDelta } from '../common/transfer-protocol';

/** What a window has open beside the list. */
export interface OpenMonitors {
    /** What the window was not told yet. */
    take(): readonly MonitorUpdate[];
    dispose(): void;
}

/** One window that is told of transfers: what changed in the list and in its monitors, in one message at each beat. */
export class TransferWindow {
    private client: WindowClient | undefined;

    /** @param monitors those of this window */
    constructor(readonly monitors: OpenMonitors) {}

    /** From now on it is told. */
    attach(client: WindowClient): void {
        this.client = client;
    }

    /** The beat has come. @param jobs undefined when no job changed */
    tell(jobs: JobDelta | undefined): void {
        // before someone listens, nothing is taken, so that nothing gets lost
        if (!this.client) {
            return;
        }
        const monitors = this.monitors.take();
        const news: WindowNews = {
            ...(jobs ? { jobs } : {}),
            ...(monitors.length > 0 ? { monitors } : {})
        };
        if (news.jobs || news.monitors) {
            this.client.onNews(news);
        }
    }

    /** The window is gone. */
    dispose(): void {
        this.client = undefined;
        this.monitors.dispose();
    }
}
