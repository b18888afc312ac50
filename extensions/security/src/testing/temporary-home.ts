import { Container } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectHome } from '../node/connect-home';

/** A home of its own for one test. */
export class TemporaryHome extends ConnectHome {
    override readonly root = fs.mkdtempSync(join(tmpdir(), 'connect-home-'));

    /** A container that knows this home and the classes given, each once. */
    container(...classes: Array<new () => object>): Container {
        const container = new Container();
        container.bind(ConnectHome).toConstantValue(this);
        classes.forEach(each => container.bind(each).toSelf().inSingletonScope());
        return container;
    }

    /** Also when something that was just closed, such as a log, is still making its last file. */
    remove(): void {
        fs.rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
    }
}
