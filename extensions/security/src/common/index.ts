export * from './account-protocol';
export * from './remote-uri';
export * from './rpc-errors';
