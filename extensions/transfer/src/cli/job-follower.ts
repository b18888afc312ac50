import { ConnectError } from '@connect/base';
import { JobList } from '../common/job-list';
import type { JobDelta } from '../common/transfer-protocol';
import type { BackendClient } from '../node/command/backend-client';
import type { CommandContext } from './command-context';

/**
 * The list of transfers as it changes, over the backends that come and go meanwhile: where one gives way to a window,
 * or is killed, the next one is followed.
 */
export class JobFollower {
    readonly list = new JobList();
    private end: (() => void) | undefined;
    private isOver = false;

    /** @param onChange the list is there, or changed; call {@link stop} when there is no more to learn */
    constructor(
        private readonly context: CommandContext,
        private readonly onChange: (list: JobList, removed: readonly string[]) => void
    ) {}

    /** Resolves after {@link stop}. */
    async run(): Promise<void> {
        while (!this.isOver) {
            const client = await this.context.client();
            try {
                await this.follow(client);
            } catch (error) {
                if (!ConnectError.is(error, 'transfer.backend-missing')) {
                    throw error;
                }
            }
            this.context.close();
        }
    }

    stop(): void {
        this.isOver = true;
        this.end?.();
    }

    /** Till the connection is gone, or there is no more to learn. */
    private async follow(client: BackendClient): Promise<void> {
        const before = this.list.jobs.map(({ id }) => id);
        let isLoaded = false;
        const over = new Promise<void>((resolve, reject) => {
            this.end = resolve;
            void client.closed.then(resolve);
            const take = (delta: JobDelta): void => {
                // what comes before the list is in it
                if (!isLoaded) {
                    return;
                }
                if (this.list.apply(delta) === 'gap') {
                    this.reload(client).catch(reject);
                } else {
                    this.onChange(this.list, delta.removed);
                }
            };
            client.watch(take).then(snapshot => {
                this.list.load(snapshot);
                isLoaded = true;
                this.onChange(
                    this.list,
                    before.filter(id => !this.list.get(id))
                );
            }, reject);
        });
        await over;
    }

    private async reload(client: BackendClient): Promise<void> {
        const before = this.list.jobs.map(({ id }) => id);
        this.list.load(await client.transfers.snapshot());
        this.onChange(
            this.list,
            before.filter(id => !this.list.get(id))
        );
    }
}
