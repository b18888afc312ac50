import { AccountType, TransferEngine } from '@connect/api';
import { systemClock } from '@connect/base';
import { ContainerModule } from '@theia/core/shared/inversify';
import { SampleAccount } from './sample-account';
import { SampleEngine } from './sample-engine';
import { SampleServers } from './sample-servers';

export default new ContainerModule(bind => {
    const servers = new SampleServers(() => systemClock.wallNow());
    bind(AccountType).toConstantValue(new SampleAccount(servers));
    bind(TransferEngine).toConstantValue(new SampleEngine(servers, systemClock));
});
