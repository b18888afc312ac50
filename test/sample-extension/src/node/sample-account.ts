import { AccountSession, AccountSettings, AccountType } from '@connect/api';
import { SAMPLE_PROTOCOL } from '../common/sample-names';
import { SampleServers } from './sample-servers';

const SIZES_MB = ['1', '16', '64'];

/** Accounts on servers that are nothing but memory. The form to add one is drawn from `options`. */
export class SampleAccount implements AccountType {
    readonly id = 'sample-memory-server';
    readonly label = 'Sample memory server';
    readonly options = [
        {
            key: 'title',
            label: 'Title',
            kind: 'text',
            required: true,
            help: 'Accounts with the same title see the same files.'
        },
        {
            key: 'sizeMb',
            label: 'Size',
            kind: 'choice',
            required: true,
            default: '16',
            choices: SIZES_MB.map(value => ({ value, label: `${value} MB` }))
        }
    ] as const;

    constructor(private readonly servers: SampleServers) {}

    /** What was typed was checked against `options` when the account was saved. */
    async connect({ title, sizeMb }: AccountSettings): Promise<AccountSession> {
        const files = this.servers.open(title, Number(sizeMb) * 1e6);
        return {
            files,
            transferEndpoint: async () => ({
                endpoint: { protocol: SAMPLE_PROTOCOL, address: title },
                credentials: {}
            }),
            dispose: () => files.dispose()
        };
    }
}
