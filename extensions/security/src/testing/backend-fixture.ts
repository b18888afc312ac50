/**
 * A real Theia backend with this extension and nothing else of ours, as a process of its own:
 * `node backend-fixture.js --port=N --hostname=127.0.0.1`. Serves `/`, and `/environment` with what
 * windows may read of the environment, to those who are logged in.
 */
import 'reflect-metadata';
import { BackendApplicationConfigProvider } from '@theia/core/lib/node/backend-application-config-provider';

BackendApplicationConfigProvider.set({
    configurationFolder: '.connect',
    singleInstance: false,
    frontendConnectionTimeout: 0,
    startupTimeout: -1,
    resolveSystemPlugins: false
} as Parameters<typeof BackendApplicationConfigProvider.set>[0]);

import { EnvVariablesServer } from '@theia/core/lib/common/env-variables';
import { BackendApplication, BackendApplicationContribution, CliManager } from '@theia/core/lib/node';
import { backendApplicationModule } from '@theia/core/lib/node/backend-application-module';
import hostingModule from '@theia/core/lib/node/hosting/backend-hosting-module';
import { loggerBackendModule } from '@theia/core/lib/node/logger-backend-module';
import { messagingBackendModule } from '@theia/core/lib/node/messaging/messaging-backend-module';
import requestModule from '@theia/core/lib/node/request/backend-request-module';
import { Container } from '@theia/core/shared/inversify';
import securityModule from '../node/security-backend-module';

async function main(): Promise<void> {
    const container = new Container();
    container.load(
        backendApplicationModule,
        messagingBackendModule,
        loggerBackendModule,
        hostingModule,
        requestModule,
        securityModule
    );
    const pages: BackendApplicationContribution = {
        configure: app => {
            app.get('/', (_request, response) => void response.send('inside'));
            app.get('/environment', (_request, response) => {
                void container
                    .get<EnvVariablesServer>(EnvVariablesServer)
                    .getVariables()
                    .then(variables => response.json(variables));
            });
        }
    };
    container.bind(BackendApplicationContribution).toConstantValue(pages);
    const application = (): BackendApplication => container.get(BackendApplication);
    await container.get(CliManager).initializeCli(
        process.argv.slice(2),
        () => application().configured,
        async () => void (await application().start())
    );
}

void main();
