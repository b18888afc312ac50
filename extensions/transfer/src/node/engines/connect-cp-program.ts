import type { TransferTask } from '@connect/api';
import { connectCpCommand } from './connect-cp-command';
import { FrameReader } from './frame-facts';
import type { TransferProgram } from './program-run';
import { RunReport } from './run-report';

/** Where our own program is, and what is said to it beside the task. */
export interface ConnectCpPlace {
    readonly node: string;
    readonly script: string;
    readonly extraArgs: readonly string[];
    /** They say that nothing goes over UDP. */
    readonly isHttpsChosen?: boolean;
}

/** `connect-cp`, about to do `task`. */
export function connectCpProgram(task: TransferTask, place: ConnectCpPlace): TransferProgram {
    return {
        name: 'connect-cp',
        report: new RunReport(),
        facts: new FrameReader(place.isHttpsChosen),
        command: (managementPort, listPath) => {
            const command = connectCpCommand(task, managementPort, listPath, place.extraArgs);
            return {
                file: place.node,
                args: [place.script, ...command.args],
                environment: { ELECTRON_RUN_AS_NODE: '1', ...command.secrets },
                fileList: command.fileList
            };
        }
    };
}
