export { DataDirectory } from './config/data-directory';
export { ServerConfig, serverConfig } from './config/server-config';
export { Log, stderrLog } from './log';
export { addressLine, ConnectServer, ServerAddress } from './server';
