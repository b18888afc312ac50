import type { EngineDescription, TransferTask } from '@connect/api';
import { ConnectError } from '@connect/base';
import { inject, injectable } from '@theia/core/shared/inversify';
import { homedir } from 'node:os';
import { EnginePreferences } from '../../common/engine-preferences';
import { ascpCommand, ascpRefusal } from './ascp-command';
import { AscpFacts, AscpReport } from './ascp-report';
import { parseAscpVersion } from './ascp-version';
import { besideAscp, findAscp, isFile, type Machine } from './find-ascp';
import { ProgramEngine } from './program-engine';
import { outputOf } from './program-output';
import type { TransferProgram } from './program-run';

/** Names under which installations keep the key that lets users with a token in. */
const TOKEN_KEYS = ['aspera_tokenauth_id_rsa', 'aspera_bypass_rsa.pem', 'asperaweb_id_dsa.openssh'];
const PURPOSE = 'Aspera servers';
const LICENCE_FILES = ['aspera-license', 'aspera-license.txt'];

const MACHINE: Machine = { platform: process.platform, home: homedir(), environment: process.env, isFile };

/** IBM's transfer program, where the user has it: for Aspera servers. Its own limits apply. */
@injectable()
export class AscpEngine extends ProgramEngine {
    readonly id = 'ascp';
    readonly label = 'ascp';

    @inject(EnginePreferences) protected readonly enginePreferences: EnginePreferences;
    protected readonly machine: Machine = MACHINE;

    refuses(task: Omit<TransferTask, 'credentials'>): string | undefined {
        return ascpRefusal(task) ?? (this.find() === undefined ? this.missing() : undefined);
    }

    async describe(): Promise<EngineDescription> {
        const program = this.find();
        if (program === undefined) {
            return { purpose: PURPOSE, problem: this.missing() };
        }
        const licenceFile = besideAscp(program, LICENCE_FILES, this.machine);
        try {
            const { version, licence } = parseAscpVersion(await outputOf(program, ['-A']));
            const known = [licence, licenceFile].filter(text => text !== undefined).join('; ');
            return {
                ...{ purpose: PURPOSE, program },
                ...(version ? { version } : {}),
                ...(known === '' ? {} : { licence: known })
            };
        } catch (error) {
            const problem = `It does not run: ${(error as Error).message.trim()}`;
            return { purpose: PURPOSE, program, ...(licenceFile ? { licence: licenceFile } : {}), problem };
        }
    }

    protected program(task: TransferTask): TransferProgram {
        const program = this.find();
        if (program === undefined) {
            throw new ConnectError('transfer.engine-missing', `There is no ascp: ${this.missing()}`);
        }
        const tokenKey = besideAscp(program, TOKEN_KEYS, this.machine);
        const place = { program, ...(tokenKey === undefined ? {} : { tokenKey }) };
        return {
            name: 'ascp',
            report: new AscpReport(task),
            facts: new AscpFacts(task),
            unverified: 'ascp does not report hashes of the target',
            command: (managementPort, listPath) => ascpCommand(task, place, managementPort, listPath)
        };
    }

    private find(): string | undefined {
        return findAscp(this.configured(), this.machine);
    }

    private configured(): string {
        return this.enginePreferences['connect.engines.ascp.path'] ?? '';
    }

    private missing(): string {
        const configured = this.configured();
        return configured === ''
            ? 'the program is not installed, neither on the PATH nor in its usual places'
            : `the settings name ${configured}, where there is no such program`;
    }
}
