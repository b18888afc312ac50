import { ConnectError } from '@connect/base';
import { DestinationKind, DestinationPlan, planDestination } from '../proto/placement';
import { FileStore } from './file-store';

/** Decides where things land, by what is at the destination now. @throws ConnectError when it cannot be looked at */
export async function lookAtDestination(
    store: FileStore,
    asked: {
        readonly destination: string;
        readonly createFolder: boolean;
        readonly firstIsFile: boolean;
        readonly sourceCount: number;
    }
): Promise<DestinationPlan> {
    let destinationKind: DestinationKind = 'missing';
    try {
        const { kind } = await store.stat(asked.destination);
        destinationKind = kind === 'directory' ? 'directory' : 'file';
    } catch (error) {
        if (!ConnectError.is(error, 'files.not-found')) {
            throw error;
        }
    }
    return planDestination({ ...asked, destinationKind });
}
