import { WorkOrder } from '../../proto/multi/work-order';
import { WorkQueue } from '../../proto/multi/work-queue';
import { MessageLink } from './message-link';
import { FromWorker, ToWorker } from './worker-messages';

export type WorkerLink = MessageLink<ToWorker, FromWorker>;

/** What a coordinator knows of one of its sessions. */
export interface Worker {
    readonly session: number;
    readonly link: WorkerLink;
    state: 'expected' | 'started' | 'ending' | 'ended';
    isBegun: boolean;
    settledBytes: number;
    /** Bytes settled per second, smoothed. */
    paceBps: number;
}

/** A session's backlog is what it settles in this time, within bounds. */
const BACKLOG_SECONDS = 2;
const MIN_BACKLOG_BYTES = 16 * 1024 * 1024;
const MAX_BACKLOG_BYTES = 512 * 1024 * 1024;
const MAX_ORDERS_PER_MESSAGE = 256;

/** A process that has said which session it runs. */
export function newWorker(session: number, link: WorkerLink): Worker {
    return { session, link, state: 'expected', isBegun: false, settledBytes: 0, paceBps: 0 };
}

/** Gives a session as much as it can do in the near future. */
export function giveOrders(worker: Worker, queue: WorkQueue): void {
    const { link, session } = worker;
    const mark = backlogMark(worker);
    let orders: WorkOrder[] = [];
    const send = (): void => {
        if (orders.length > 0) {
            link.send({ type: 'orders', orders });
        }
        orders = [];
    };
    while (queue.backlogBytes(session) < mark) {
        const taken = queue.take(session);
        if (taken.length === 0) {
            break;
        }
        orders.push(...taken);
        if (orders.length >= MAX_ORDERS_PER_MESSAGE) {
            send();
        }
    }
    send();
}

/** So many bytes of orders are to lie at a session. */
function backlogMark({ paceBps }: Worker): number {
    return Math.min(MAX_BACKLOG_BYTES, Math.max(MIN_BACKLOG_BYTES, paceBps * BACKLOG_SECONDS));
}
