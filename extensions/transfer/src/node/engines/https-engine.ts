import type { EngineDescription } from '@connect/api';
import { injectable } from '@theia/core/shared/inversify';
import { ConnectCpEngine } from './connect-cp-engine';

/**
 * Nothing over UDP: SSH logs in, and the data goes over HTTPS from the first byte, with the same proofs and the same
 * partial files. For networks that forbid UDP, where {@link ConnectCpEngine} would find that out anew each time.
 */
@injectable()
export class HttpsEngine extends ConnectCpEngine {
    override readonly id = 'https';
    override readonly label = 'HTTPS';
    protected override readonly isHttpsChosen = true;

    override async describe(): Promise<EngineDescription> {
        return { ...(await super.describe()), purpose: 'nothing over UDP, where a network forbids it' };
    }

    // sessions of a group cannot go over HTTPS
    protected override ways(): readonly string[] {
        return ['-y', 'H'];
    }
}
