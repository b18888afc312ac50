import { StageReport, WireError } from '@connect/base';
import { ListedEntry, WorkOrder, WorkOutcome } from '../../proto/multi/work-order';
import { RateSettings } from '../../proto/rate-controller';
import { ConnectionStats } from '../../proto/types';
import type { SessionInfo } from '../session-client';
import { FileProgress, TransferSummary } from '../transfer-types';

/** Version of these messages: all processes of a transfer run the same program. */
export const WORKER_PROTOCOL = 1;

/** What became of an order. */
export interface SettledOrder {
    readonly work: number;
    readonly outcome: WorkOutcome;
}

/** Coordinator → worker. `J` is what a worker without a command line of its own needs. */
export type ToWorker<J = unknown> =
    | { readonly type: 'job'; readonly job: J }
    /** The first orders are about to come. */
    | { readonly type: 'begin'; readonly sourceCount: number }
    | { readonly type: 'list' }
    | { readonly type: 'orders'; readonly orders: readonly WorkOrder[] }
    | { readonly type: 'rate'; readonly rate: RateSettings }
    /** No more orders. */
    | { readonly type: 'end' }
    | { readonly type: 'stop'; readonly reason: WireError };

/** Worker → coordinator. */
export type FromWorker =
    | {
          readonly type: 'hello';
          readonly protocol: number;
          readonly session: number;
          readonly hasJob: boolean;
      }
    | { readonly type: 'started'; readonly info: SessionInfo }
    | { readonly type: 'listed'; readonly entries: readonly ListedEntry[] }
    | { readonly type: 'list-failed'; readonly path: string; readonly error: WireError }
    | { readonly type: 'list-end' }
    | { readonly type: 'settled'; readonly orders: readonly SettledOrder[] }
    | {
          readonly type: 'figures';
          readonly progress: FileProgress;
          readonly stats: ConnectionStats | undefined;
      }
    | { readonly type: 'stage'; readonly report: StageReport }
    | { readonly type: 'log'; readonly line: string }
    | { readonly type: 'ended'; readonly summary?: TransferSummary; readonly error?: WireError };
